"""Who doses at the simulated sites: a pump that wanders does not look, and stops with the surgery."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.sites.clinicians import Wandering
from experiments.sites.simulated import people
from sim.randomness import case_keys
from sim.surgery import CLOSING, EMERGENCE, MAINTENANCE
from tests.seen import seen


def orders(bis, time=1200.0, phase=MAINTENANCE):
    agent = Wandering()
    person = people(case_keys(0, np.arange(4)))
    state = agent.initial(person, case_keys(0, np.arange(4)))
    one = np.ones(4)
    shown = replace(seen(bis), time=time * one, phase=np.full(4, phase))
    given, _ = agent.act(state, shown, {})
    return np.concatenate([given.infusions, given.boluses])


def test_a_wandering_pump_does_not_look():
    np.testing.assert_array_equal(orders(20.0), orders(95.0))
    assert not np.array_equal(orders(50.0, time=1200.0), orders(50.0, time=4000.0))
    targets = np.array([orders(50.0, time=60.0 * minute)[:2] for minute in range(180)])
    assert targets[:, 0].min() >= 1.0
    assert targets[:, 0].max() <= 5.5
    assert len(np.unique(targets[:, 0])) > 4 * 20  # each patient has targets of their own, and many


@pytest.mark.parametrize(("phase", "off"), [(CLOSING, [0]), (EMERGENCE, [0, 1])])
def test_a_wandering_pump_stops_at_the_end_of_surgery(phase, off):
    given = orders(50.0, phase=phase)[:2]
    assert np.flatnonzero((given == 0.0).all(axis=1)).tolist() == off
