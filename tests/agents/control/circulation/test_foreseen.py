"""The loop that is told what is to come: it gives more, and sooner, and spares propofol where sleep is deep."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from agents.control.circulation.foreseen import SOON, WithForesight
from agents.control.circulation.pressure import WithPressure
from agents.fixed_targets import FixedTargets
from sim.covariates import Covariates
from sim.interfaces import NOREPINEPHRINE, PROPOFOL
from tests.seen import seen

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
PEOPLE = Covariates.of(50.0 + np.zeros(3), "F", 165.0, 60.0)
CHANCES = np.array([0.0, 0.25, 0.9])


def treated(agent, bis, chance=CHANCES, minutes=5):
    """Return the last orders of an agent beside a pressure of 76 mmHg."""
    memory = agent.initial(PEOPLE, np.arange(3, dtype=np.uint64))
    for turn in range(1, 6 * minutes):
        now = replace(
            seen(bis, size=3),
            time=np.full(3, 10.0 * turn),
            mean_arterial_pressure=np.full(3, 76.0),
            pressure_valid=np.ones(3, dtype=bool),
        )
        orders, memory = agent.act(memory, now, {SOON: chance})
    return orders.infusions


def test_the_likelier_hypotension_is_the_more_norepinephrine_is_given_before_it_comes():
    given = treated(WithForesight(FixedTargets()), bis=45.0)[NOREPINEPHRINE]
    assert given[0] < given[1] < given[2]


def test_nothing_foreseen_leaves_the_loop_as_it_is():
    told = treated(WithForesight(FixedTargets()), 45.0, chance=np.zeros(3))
    np.testing.assert_array_equal(told, treated(WithPressure(FixedTargets()), 45.0))


@pytest.mark.parametrize(("bis", "share"), [(45.0, 0.85), (55.0, 1.0)])
def test_propofol_is_spared_only_where_hypotension_is_likely_and_sleep_is_deep(bis, share):
    given = treated(WithForesight(FixedTargets()), bis)[PROPOFOL]
    assert given[1] == given[0]
    assert given[2] == pytest.approx(share * given[0])
