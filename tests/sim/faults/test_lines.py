"""Faults of pumps and lines: what arrives instead, while the pumps show what they believe."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from sim.faults import FAULTS
from sim.faults.plan import FaultPlan, arriving, remembered
from sim.interfaces import Orders
from sim.pumps import CONCENTRATIONS, accept, run, start
from sim.settings import Room
from sim.theatre import Theatre
from sim.theatre.rollout import cases
from sim.units import per_second
from tests.sim.faults.living import SIZE, Record, live

PUMP_FAULTS = [
    "occlusion", "disconnection", "rate_gain", "rate_steps", "pump_latency", "syringes_swapped", "wrong_concentration",
]  # fmt: skip
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.mark.parametrize("name", PUMP_FAULTS)
def test_pumps_show_what_they_believe_they_gave(name):
    record, clean = live(name), live()
    np.testing.assert_allclose(record.readings["infused"], clean.readings["infused"], rtol=1e-12, atol=1e-12)
    assert (record.delivered != clean.delivered).any() or name == "rate_steps"  # pumps have these steps here


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


def test_a_leak_loses_the_share_that_is_said():
    record, clean = live("disconnection:share=0.25,at=300,seconds=0"), live()
    ratio = record.delivered[30:] / clean.delivered[30:]
    np.testing.assert_allclose(ratio[:, :2], 0.75)
    np.testing.assert_allclose(ratio[:, 2], 1.0)


@pytest.mark.parametrize("name", ["occlusion", "pump_latency"])
def test_drug_is_neither_made_nor_lost_by_what_holds_it_back_however_rates_change(name):
    rng = np.random.default_rng(1)
    starts, ends = np.array([[35.0, 0.0, 100.0, 62.0]]), np.array([[90.0, 40.0, 105.0, 64.0]])
    sizes = {"size": np.array([20.0, 7.0, 33.0, 0.0])} if name == "pump_latency" else {}
    plan = FaultPlan((name,), starts, ends, (sizes,))
    shown = SimpleNamespace(bis=np.zeros(4))
    memories, ordered, arrived = remembered(plan, Room(), np.zeros(4), shown), 0.0, 0.0
    for k in range(30):
        rates = rng.uniform(0.0, 2.0, (3, 4))
        found, memories = arriving(plan, memories, np.full(4, 5.0 * k), rates, 5.0)
        ordered, arrived = ordered + 5.0 * rates, arrived + 5.0 * found
        assert (found >= 0.0).all()
        assert (arrived <= ordered * (1.0 + 1e-12)).all()
    np.testing.assert_allclose(arrived, ordered, rtol=1e-12)
    np.testing.assert_array_equal(memories[name], 0.0)


@pytest.mark.parametrize(("late", "expected"), [(20.0, [0, 0, 1, 2, 3]), (25.0, [0, 0, 0.5, 1.5, 2.5])])
def test_a_late_line_gives_what_the_pump_gave_so_many_seconds_ago(late, expected):
    plan = FaultPlan(("pump_latency",), np.zeros((1, 1)), np.full((1, 1), 1e9), ({"size": np.array([late])},))
    memories = remembered(plan, Room(), np.zeros(1), SimpleNamespace(bis=np.zeros(1)))
    found = []
    for k in range(5):
        rates, memories = arriving(plan, memories, np.full(1, 10.0 * k), np.full((3, 1), k + 1.0), 10.0)
        found.append(float(rates[0, 0]))
    np.testing.assert_allclose(found, expected)


def test_coarse_pumps_give_whole_steps():
    plan = FaultPlan(("rate_steps",), np.zeros((1, 1)), np.ones((1, 1)), ({"step": np.array([5.0])},))
    rates = per_second(np.array([[22.0], [13.0], [2.0]]), CONCENTRATIONS)
    found, _ = arriving(plan, {}, np.zeros(1), rates, 10.0)
    np.testing.assert_allclose(found, per_second(np.array([[20.0], [15.0], [0.0]]), CONCENTRATIONS))


def test_swapped_syringes_give_as_many_millilitres_of_the_other_drug():
    plan = FaultPlan(("syringes_swapped",), np.zeros((1, 1)), np.ones((1, 1)), ({},))
    rates = per_second(np.array([[36.0], [9.0], [3.0]]), CONCENTRATIONS)
    found, _ = arriving(plan, {}, np.zeros(1), rates, 10.0)
    np.testing.assert_allclose(found, per_second(np.array([[9.0], [36.0], [3.0]]), CONCENTRATIONS))


def test_one_percent_for_two_halves_the_propofol_alone():
    record, clean = live("wrong_concentration:at=300"), live()
    ratio = record.delivered[30:] / clean.delivered[30:]
    np.testing.assert_allclose(ratio[:, 0], 0.5)
    np.testing.assert_allclose(ratio[:, 1:], 1.0)


def test_a_pump_whose_syringe_is_changed_gives_nothing_and_says_so():
    record, clean = live("syringe_change:at=300"), live()
    for amounts in (record.delivered, record.readings["infused"]):
        assert (amounts[30:36, 0] == 0.0).all()
    np.testing.assert_allclose(record.delivered[36:], clean.delivered[36:])
    np.testing.assert_allclose(record.delivered[:, 1:], clean.delivered[:, 1:])


def test_a_bolus_waits_until_the_syringe_is_changed():
    state = accept(start(np.zeros(1)), Orders(np.zeros((3, 1)), np.array([[20.0], [0.0], [0.0]])))
    orders = Orders(np.zeros((3, 1)), np.zeros((3, 1)))
    still = np.array([[True], [False], [False]])
    rates, state = run(cases(Theatre()).controller, state, orders, "rates", 10.0, halted=still)
    assert rates[0, 0] == 0.0
    assert state.queue[0, 0] == 20.0


def test_every_fault_of_a_line_is_tested_here():
    assert [name for name in FAULTS if FAULTS.get(name).arriving] == PUMP_FAULTS
    assert [name for name in FAULTS if FAULTS.get(name).halts] == ["syringe_change"]
