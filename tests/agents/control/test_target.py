"""PI on the pump's target: the law it states, no wind-up, stillness where nothing is seen or little is wanted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from agents.control.target import HIGHEST, LOWEST, PiTarget, Settings, pi_target
from agents.fixed_targets import FixedTargets
from sim.covariates import Covariates
from sim.surgery import MAINTENANCE
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate
from tests.agents.control.test_pid import readings

ADULT = Covariates.of([50.0], ["F"], [165.0], [60.0])
PERIOD = 10.0
GAINS = Settings(kp=0.02, ti=200.0, settles=1e-6, start=1.0, dial=0.1, pause=10.0)
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def targets(indices, settings=GAINS, valid=(), base=3.0, quality=100.0) -> np.ndarray:
    """Propofol targets, µg/mL, after each index; `valid` says where it is not, by turn."""
    agent = PiTarget(settings, FixedTargets(propofol=base, remifentanil=2.0))
    state, given = agent.initial(ADULT, np.zeros(1, np.uint64)), []
    for turn, index in enumerate(indices):
        seen = readings(turn * PERIOD, [index], valid=turn not in valid, phase=MAINTENANCE)
        orders, state = agent.act(state, replace(seen, signal_quality=np.array([quality])), {})
        given.append(orders.infusions[:, 0])
    assert all(orders[1] == 2.0 for orders in given)
    return np.array(given)[:, 0]


def test_the_target_is_base_and_proportional_and_integral_part():
    given = targets([55.0] * 21)  # asleep from the first turn on
    expected = 3.0 + 0.02 * 5.0 * (1.0 + PERIOD * np.arange(21) / 200.0)
    np.testing.assert_allclose(given, np.round(expected, 1), atol=0.1001)
    assert given[0] == pytest.approx(3.1)
    assert given[20] == pytest.approx(3.2)


def test_nothing_is_integrated_while_nobody_is_asleep_before_five_minutes():
    awake = targets([95.0] * 30)
    assert np.ptp(awake[1:]) == pytest.approx(0.0)
    assert targets([95.0] * 60)[-1] > awake[-1]


def test_an_hour_at_the_limit_is_left_at_once():
    given = targets([80.0] * 360 + [40.0] * 12)
    assert given[359] == pytest.approx(HIGHEST)
    assert given[361] < HIGHEST
    low = targets([10.0] * 360 + [60.0] * 12)
    assert low[359] == pytest.approx(LOWEST)
    assert low[361] > LOWEST


@pytest.mark.parametrize("quality", [100.0, 20.0])
def test_it_holds_while_the_index_is_missing_or_poor_and_goes_on_without_a_jump(quality):
    """In a gap the last index is repeated, as monitors do; nothing may be integrated meanwhile."""
    gap = range(20, 80)
    given = targets([52.0] * 20 + [70.0] * 60 + [52.0] * 10, valid=gap)
    assert np.ptp(given[19:80]) == 0.0
    assert abs(given[80] - given[79]) < 0.11
    if quality < 50.0:
        assert np.ptp(targets([70.0] * 60, quality=quality)) == 0.0


def test_small_wishes_turn_no_dial_and_turns_are_apart():
    index = 50.0 + 12.0 * np.sin(np.arange(600) / 15.0)
    given = targets(index, replace(GAINS, dial=0.3, pause=60.0))
    turned = np.flatnonzero(np.diff(given))
    assert len(turned) > 5
    assert (np.abs(np.diff(given)[turned]) > 0.29).all()
    assert (np.diff(turned) * PERIOD >= 60.0).all()


def test_where_the_base_stops_propofol_it_stops():
    agent = PiTarget(GAINS, FixedTargets(propofol=0.0, remifentanil=1.0))
    orders, _ = agent.act(agent.initial(ADULT, np.zeros(1)), readings(0.0, [70.0]), {})
    assert orders.infusions[0, 0] == 0.0


def test_the_shipped_gains_hold_the_index_of_most():
    room = Theatre(orders="targets", horizon=2100.0)
    trace = simulate(room, cases(room, seed=1003, numbers=16), pi_target())
    held = (trace.bis[90:] >= 40.0) & (trace.bis[90:] <= 60.0)
    assert held.mean() > 0.75
