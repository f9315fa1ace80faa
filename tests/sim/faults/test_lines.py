"""Faults of pumps and lines: what arrives instead, while the pumps show what they believe."""

from __future__ import annotations

import numpy as np
import pytest

from sim.faults import FAULTS
from sim.faults.plan import FaultPlan, arriving
from tests.sim.faults.living import SIZE, Record, live

PUMP_FAULTS = ["occlusion", "disconnection", "rate_gain"]
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.mark.parametrize("name", PUMP_FAULTS)
def test_pumps_show_what_they_believe_they_gave(name):
    record, clean = live(name), live()
    np.testing.assert_allclose(record.readings["infused"], clean.readings["infused"], rtol=1e-12, atol=1e-12)
    assert (record.delivered != clean.delivered).any()
    assert (np.abs(record.truth_bis - clean.truth_bis)[-1] > 0.01).all()


def windows(record: Record) -> np.ndarray:
    """Periods that lie in the fault as a whole: running at both of their ends."""
    before = np.concatenate([np.zeros((1, SIZE), bool), record.running[:-1]])
    return before & record.running


def test_an_occlusion_holds_everything_back_and_gives_it_all_at_the_end():
    record, clean = live("occlusion"), live()
    inside = np.broadcast_to(windows(record)[:, None], record.delivered.shape)
    assert inside.any()
    assert (record.delivered[inside] == 0.0).all()
    np.testing.assert_allclose(record.delivered.sum(0), clean.delivered.sum(0), rtol=1e-9)
    assert (record.delivered.max(0) > 20.0 * clean.delivered.mean(0)).all()


def test_a_disconnection_loses_the_hypnotics_for_good_but_not_the_vasopressor():
    record, clean = live("disconnection"), live()
    inside = windows(record)
    for drug in (0, 1):
        assert (record.delivered[:, drug][inside] == 0.0).all()
        lost = (clean.delivered - record.delivered)[:, drug].sum(0) / clean.delivered[:, drug].mean(0)
        np.testing.assert_allclose(lost, 30.0, atol=2.5)  # periods of 10 s in five minutes
    np.testing.assert_array_equal(record.delivered[:, 2], clean.delivered[:, 2])


def test_a_gain_multiplies_every_rate_to_the_end():
    record, clean = live("rate_gain"), live()
    begun = record.running.cumsum(0) > 1
    ratio = record.delivered / clean.delivered
    np.testing.assert_allclose(ratio[np.broadcast_to(begun[:, None], ratio.shape)], 1.3)
    assert record.running[-1].all()


def test_drug_is_neither_made_nor_lost_by_an_occlusion_however_rates_change():
    rng = np.random.default_rng(1)
    plan = FaultPlan(
        ("occlusion",), np.full((1, 4), [35.0, 0.0, 100.0, 62.0]), np.full((1, 4), [90.0, 40.0, 105.0, 64.0])
    )
    held_back, ordered, arrived = np.zeros((3, 4)), 0.0, 0.0
    for k in range(30):
        rates = rng.uniform(0.0, 2.0, (3, 4))
        found, held_back = arriving(plan, np.full(4, 5.0 * k), rates, held_back, 5.0)
        ordered, arrived = ordered + 5.0 * rates, arrived + 5.0 * found
        np.testing.assert_allclose(arrived + held_back, ordered, rtol=1e-12)
    np.testing.assert_array_equal(held_back, 0.0)


def test_every_fault_of_a_line_is_tested_here():
    assert [name for name in FAULTS if FAULTS.get(name).arriving] == PUMP_FAULTS
