"""The pressure loop: it holds a pressure, believes no flush, never winds up, turns seldom, and leaves gently."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from agents.control.circulation.pressure import LEAVING, PAUSE, STEP, Settings, WithPressure, with_pressure
from agents.fixed_targets import FixedTargets
from sim.covariates import Covariates
from sim.interfaces import NOREPINEPHRINE, Readings
from sim.surgery import EMERGENCE, MAINTENANCE
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate

ADULT = Covariates.of([50.0], ["F"], [165.0], [60.0])
PERIOD = 10.0
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def shown(time, pressure, valid=True, phase=MAINTENANCE, age=0.0) -> Readings:
    one, yes = np.ones(1), np.ones(1, dtype=bool)
    return Readings(
        one * time,
        np.array([phase]),
        50.0 * one,
        yes,
        100.0 * one,
        one * pressure,
        yes & valid,
        one * age,
        70.0 * one,
        yes,
        np.zeros((3, 1)),
    )


def rates(pressures, agent: WithPressure | None = None, **more) -> np.ndarray:
    """Norepinephrine, µg/kg/min, after each of these pressures (or readings)."""
    agent = agent or with_pressure(FixedTargets())
    state, given = agent.initial(ADULT, np.zeros(1, np.uint64)), []
    for turn, pressure in enumerate(pressures):
        readings = pressure if isinstance(pressure, Readings) else shown(turn * PERIOD, pressure, **more)
        orders, state = agent.act(state, readings, {})
        given.append(orders.infusions[NOREPINEPHRINE, 0] * 60.0 / 60.0)  # of 60 kg
    return np.array(given)


@dataclass(frozen=True)
class Own(FixedTargets):
    """Gives norepinephrine of its own, in a bolus, too."""

    def act(self, state, readings, estimates):
        orders, state = super().act(state, readings, estimates)
        return replace(orders, infusions=orders.infusions + 1.0, boluses=orders.boluses + 1.0), state


def test_the_loop_gives_the_norepinephrine_and_leaves_the_other_drugs():
    plain, wrapped = Own(), with_pressure(Own())
    orders, _ = plain.act(plain.initial(ADULT, np.zeros(1)), shown(0.0, 90.0), {})
    ours, _ = wrapped.act(wrapped.initial(ADULT, np.zeros(1)), shown(0.0, 90.0), {})
    np.testing.assert_array_equal(ours.infusions[:2], orders.infusions[:2])
    np.testing.assert_array_equal(ours.boluses[:2], orders.boluses[:2])
    assert ours.infusions[2] == ours.boluses[2] == 0.0
    assert wrapped.orders == plain.orders


def test_a_high_pressure_gets_nothing_and_a_low_one_more_and_more_up_to_the_highest_rate():
    assert (rates([95.0] * 200) == 0.0).all()
    low = rates([55.0] * 400)
    assert (np.diff(low) >= 0.0).all()
    assert low.max() == pytest.approx(0.3)


def test_after_an_hour_of_the_highest_rate_it_falls_as_soon_as_the_pressure_is_back():
    """A wound-up integral would hold the rate for as long again."""
    given = rates([60.0] * 360 + [90.0] * 60)
    back = given[360:]
    assert back[18] < 0.27
    assert back[-1] < 0.2


def test_changes_are_larger_than_a_step_and_a_minute_apart():
    pressures = 72.0 + 8.0 * np.sin(np.arange(720) / 40.0)
    given = rates(pressures)
    changes = np.flatnonzero(np.diff(given))
    assert len(changes) > 10
    assert (np.diff(changes) * PERIOD >= PAUSE - 1e-9).all()
    assert (np.abs(np.diff(given)[changes]) > STEP).all()


@pytest.mark.parametrize("wrong", [250.0, 0.0, 125.0])
def test_a_flush_a_zeroing_and_a_jump_of_a_minute_change_nothing(wrong):
    steady = [70.0] * 30
    given = rates(steady + [wrong] * 6 + [70.0] * 6)
    held = rates([*steady, *(shown(PERIOD * turn, 70.0, valid=False) for turn in range(30, 36))])
    np.testing.assert_array_equal(given[30:36], held[30:])
    assert (given[30:36] == given[29]).all()


def test_a_jump_that_lasts_is_believed():
    given = rates([100.0] * 30 + [62.0] * 30)
    assert given[35] == 0.0
    assert given[-1] > 0.02


def test_an_old_pressure_of_a_cuff_moves_nothing():
    first = rates([70.0] * 30)[-1]
    given = rates([*[70.0] * 30, *(shown(PERIOD * turn, 70.0, age=90.0) for turn in range(30, 60))])
    assert (given[30:] == first).all()


def test_at_emergence_it_leaves_in_a_quarter_of_an_hour_without_a_fall():
    readings = [shown(PERIOD * turn, 62.0) for turn in range(120)]
    readings += [shown(PERIOD * turn, 62.0, phase=EMERGENCE) for turn in range(120, 240)]
    given = rates(readings)
    end = given[120:]
    before = given[119]
    assert before > 0.05
    assert (np.diff(end) <= 0.0).all()
    assert -np.diff(end).min() < 0.2 * before
    assert end[round(LEAVING / PERIOD) + 6] == 0.0


def test_hypotension_of_a_deep_patient_is_treated():
    room = Theatre(orders="targets", horizon=3600.0, physiology_step=10.0)
    case = cases(room, seed=1000, numbers=20)
    agent = FixedTargets(propofol=4.0, remifentanil=4.0)
    alone, held = simulate(room, case, agent), simulate(room, case, with_pressure(agent))
    low = [(trace.mean_arterial_pressure[60:] < 65.0).mean() for trace in (alone, held)]
    assert low[1] < 0.35 * low[0]
    assert np.median(held.mean_arterial_pressure[200:]) > 74.0


def test_gains_that_are_none_are_refused():
    with pytest.raises(ValueError, match=r"ti: 0\.0 is not allowed; a positive number"):
        Settings(ti=0.0)
