"""Model predictive control: within limits, ahead of what is announced, the same alone as in a batch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from agents.control.planning.mpc import DECISION, HIGHEST, LOWEST, START, PredictiveControl
from agents.control.planning.prices import Prices, beyond
from agents.control.wishes import PREFIX, wishes
from predictors.belief.observer import BeliefFilter
from predictors.belief.population import Depth, Population
from sim.covariates import Covariates
from sim.interfaces import Readings
from sim.surgery import CLOSING, EMERGENCE, INDUCTION, MAINTENANCE
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate

PEOPLE = Covariates.of([30.0, 50.0, 70.0], ["F", "M", "F"], 172.0, [60.0, 80.0, 70.0])
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def seen(time, phase=MAINTENANCE, **shown):
    one = np.ones(3)
    nothing = dict.fromkeys(Readings.__dataclass_fields__, 0.0 * one) | {"more": {}, "waves": {}}
    usual = {
        "bis": 50.0 * one,
        "mean_arterial_pressure": 80.0 * one,
        "infused": np.array([[4.0], [1.0], [0.0]]) * one,
    }
    valid = dict.fromkeys(("bis_valid", "pressure_valid"), one > 0.0)
    return Readings(
        **(nothing | usual | valid | {"time": time * one, "phase": phase * one.astype(int)} | shown)
    )


def watched(agent, minutes, phase=MAINTENANCE, begin=0.0, state=None, **shown):
    """Give the same readings for some minutes; return all orders and the last state."""
    state, said = state or agent.initial(PEOPLE, np.arange(3)), []
    for turn in range(round(6 * minutes)):
        orders, state = agent.act(state, seen(begin + 10.0 * turn, phase, **shown), {})
        said.append(orders.infusions)
    return np.array(said), state


def test_the_mean_beyond_a_limit_is_nearly_that_of_a_normal_number():
    mean, sd = np.linspace(-12.0, 12.0, 49), 3.0
    exact = sd * (norm.pdf(mean / sd) + mean / sd * norm.cdf(mean / sd))
    np.testing.assert_allclose(beyond(mean, sd), exact, atol=0.08 * sd)
    np.testing.assert_allclose(beyond(np.zeros(1), sd), sd / np.sqrt(2.0 * np.pi), rtol=1e-12)


@pytest.mark.parametrize(("shown", "pressure"), [(98.0, 45.0), (98.0, 95.0), (5.0, 160.0)])
def test_dials_go_where_they_must_and_no_further_than_they_may(shown, pressure):
    agent, one = PredictiveControl(BeliefFilter(members=1)), np.ones(3)
    given, state = watched(agent, 8, bis=shown * one, mean_arterial_pressure=pressure * one)
    ratio = given[:, 2] * 60.0 / PEOPLE.weight
    assert ((ratio >= LOWEST[2] - 1e-9) & (ratio <= HIGHEST[2] + 1e-9)).all()
    assert ((given[:, :2] >= LOWEST[:2]) & (given[:, :2] <= HIGHEST[:2])).all()
    if shown < 40.0:
        assert (state.dials[[0, 2]] <= [[1.0], [0.0]]).all()
    else:
        assert (given[:, :2].max(0) > START[:2]).any(0).all()
    if pressure < 65.0:
        assert (ratio[-1] > 0.1).all()


def test_a_low_pressure_is_given_more_norepinephrine_than_a_good_one():
    agent, one = PredictiveControl(BeliefFilter(members=1)), np.ones(3)
    low, good = (
        watched(agent, 8, bis=50.0 * one, mean_arterial_pressure=pressure * one)[0][-1, 2]
        for pressure in (50.0, 85.0)
    )
    assert (low > 2.0 * good).all()


def test_orders_change_only_when_a_decision_is_due():
    given, _ = watched(PredictiveControl(BeliefFilter(members=1)), 6, INDUCTION, bis=np.full(3, 95.0))
    changed = (np.diff(given, axis=0) != 0.0).any(axis=(1, 2))
    every = round(DECISION / 10.0)
    assert changed[every - 1 :: every].sum() == changed.sum() > 2


def test_both_drugs_stop_for_emergence_and_norepinephrine_goes_on_where_it_is_needed():
    agent = PredictiveControl(BeliefFilter(members=1))
    low = {"mean_arterial_pressure": np.full(3, 55.0)}
    before, state = watched(agent, 10, CLOSING, **low)
    after, _ = watched(agent, 3, EMERGENCE, begin=600.0, state=state, **low)
    assert (before[-1, :2] > 0.0).all()
    np.testing.assert_array_equal(after[:, :2], 0.0)
    assert (after[:, 2] > 0.0).all()


def test_an_announced_intubation_is_met_with_more_drug_and_no_sooner():
    planner = BeliefFilter(members=1, people=Population(depth=Depth(arousal=1.0)))
    agent = PredictiveControl(planner)
    _, state = watched(agent, 20, INDUCTION, infused=np.array([[1.5], [0.6], [0.0]]) * np.ones(3))
    induction = np.full(3, INDUCTION)
    usual = wishes(seen(0.0))
    quiet, _ = agent.decide(state, induction, usual)
    told = replace(state, mind=replace(state.mind, next_event=np.full(3, 90.0)))
    np.testing.assert_array_equal(state.mind.next_event, np.inf)
    ready, _ = agent.decide(told, induction, usual)
    more = ready - quiet
    assert ((more[0] > 0.0) | (more[1] > 0.0)).all()
    assert (more[:2] >= 0.0).all()


def test_the_range_wished_for_is_aimed_at_and_a_hold_and_a_floor_are_kept():
    agent, one = PredictiveControl(BeliefFilter(members=1)), np.ones(3)

    def end(**asked):
        more = {PREFIX + name: value * one for name, value in asked.items()}
        given, state = watched(agent, 12, bis=50.0 * one, more=more)
        return given, state.dials

    _, usual = end()
    _, lighter = end(low=55.0, high=75.0)
    assert (lighter[:2] <= usual[:2]).all()
    assert (lighter[:2] < usual[:2]).any(0).all()
    held, _ = end(hold=1.0)
    assert (held[:, :2] == held[0, :2]).all()
    floored, _ = end(opioid_floor=6.0)
    assert (floored[:, 1] >= 6.0).all()


def test_a_move_is_explained_by_what_is_foreseen_with_and_without_it():
    agent = PredictiveControl(BeliefFilter(members=1))
    state = agent.initial(PEOPLE, np.arange(3))
    assert agent.explain(state) == ["nothing decided yet"] * 3
    _, state = agent.act(state, seen(0.0, INDUCTION, bis=np.full(3, 95.0)), {})
    move, line = state.move, agent.explain(state)[0]
    assert f"remifentanil from {move.before[1, 0]:.1f} to {move.target[1, 0]:.1f} ng/mL" in line
    assert line.endswith(f"at {move.expected[0]:.0f} instead of {move.without[0]:.0f}")
    assert move.expected[0] < move.without[0]


def test_a_high_price_on_turning_keeps_the_dials_still():
    still = Prices(turning_propofol=1e3, turning_remifentanil=1e3, turning_norepinephrine=1e3)
    given, _ = watched(PredictiveControl(BeliefFilter(members=1), still), 5, bis=np.full(3, 95.0))
    assert (given == given[0]).all()


def test_a_patient_alone_is_treated_as_in_the_batch_and_kept_in_range():
    agent = PredictiveControl(BeliefFilter(members=2))
    room = Theatre(orders="targets", horizon=1200.0, readings=("next_event",))
    together = simulate(room, cases(room, 1003, 3), agent)
    alone = simulate(room, cases(room, 1003, np.array([2])), agent)
    np.testing.assert_array_equal(alone.propofol[:, 0], together.propofol[:, 2])
    np.testing.assert_array_equal(alone.norepinephrine[:, 0], together.norepinephrine[:, 2])
    later = together.bis[60:]
    assert ((later > 40.0) & (later < 60.0)).mean() > 0.85
    assert (together.order_changes.sum(0) < 25).all()


@pytest.mark.parametrize("minutes", [0, 11])
def test_a_horizon_that_the_planner_does_not_answer_is_refused(minutes):
    with pytest.raises(ValueError, match=f"minutes: {minutes} is not allowed; 1 to 10"):
        PredictiveControl(BeliefFilter(), minutes=minutes)


def test_a_negative_price_is_refused():
    with pytest.raises(ValueError, match=r"deep: -1\.0 is not allowed"):
        Prices(deep=-1.0)
