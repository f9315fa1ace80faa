"""An agent behind the shield: held where its readings cannot be believed, bounded, and let back without a bump."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from agents.control.pid import pid_published
from agents.control.shield.shield import alarms, shielded
from sim.interfaces import PROPOFOL
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate
from tests.agents.control.shield.scripted import KEYS, PEOPLE, PERIOD, Scripted, constant, reading

NONE = np.zeros(4, dtype=bool)
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def live(agent, readings):
    """Let an agent behind the shield live these readings; return its orders at each, and its last memory."""
    shield = shielded(agent)
    state, given = shield.initial(PEOPLE, KEYS), []
    for one in readings:
        orders, state = shield.act(state, one, {})
        given.append(orders.infusions)
    return np.array(given), state


def blank(turn, **more):
    return replace(reading(turn, **more), bis_valid=NONE)


def test_orders_within_the_bounds_and_good_readings_pass_untouched():
    given, state = live(Scripted("targets", constant(3.3, 4.1, 0.02)), [reading(turn) for turn in range(5)])
    assert (given == np.array([3.3, 4.1, 0.02])[:, None]).all()
    assert all(np.isnan(first).all() for first in alarms(state).values())


def test_a_lost_index_holds_the_target_and_the_return_has_no_bump():
    rising = Scripted(
        "targets",
        lambda turns: constant(3.0 + 0.0 * turns)(turns) + np.array([[1], [0], [0]]) * (turns >= 10),
    )
    readings = (
        [reading(t) for t in range(10)]
        + [blank(t) for t in range(10, 20)]
        + [reading(t) for t in range(20, 60)]
    )
    given, state = live(rising, readings)
    propofol = given[:, PROPOFOL, 0]
    assert (propofol[10:20] == 3.0).all()
    assert (np.diff(propofol) <= 0.1 + 1e-9).all()
    assert propofol[-1] == 4.0
    assert not rising.shown[12].bis_valid.any()
    assert (rising.shown[12].bis == rising.shown[9].bis).all()
    assert alarms(state)["index_missing"] == pytest.approx(130.0)  # latched


def test_a_target_just_changed_is_held_but_none_that_loads():
    for target, given_first, held in ((2.6, 2.6, 2.6), (8.0, 4.0, 3.5)):
        step = Scripted(
            "targets",
            lambda t, to=target: constant(3.0)(t) + np.array([[to - 3.0], [0.0], [0.0]]) * (t >= 30),
        )
        given, _ = live(step, [reading(t) for t in range(31)] + [blank(t) for t in range(31, 40)])
        assert given[30:, PROPOFOL, 0] == pytest.approx([given_first] + [held] * 9, abs=0.05)


@pytest.mark.parametrize(("index", "first", "later"), [(50.0, 4.0, 5.2), (75.0, 8.0, 8.0)])
def test_a_target_far_above_the_usual_is_reached_slowly_unless_the_patient_is_light(index, first, later):
    step = Scripted("targets", lambda t: constant(3.0)(t) + np.array([[5.0], [0.0], [0.0]]) * (t >= 30))
    given, _ = live(step, [reading(t, index + t % 2) for t in range(37)])
    assert given[29:31, PROPOFOL, 0] == pytest.approx([3.0, first], abs=0.01)
    assert given[36, PROPOFOL, 0] == pytest.approx(later, abs=0.01)


def test_an_agent_without_tracking_does_not_live_on_while_it_is_not_followed():
    counting = Scripted("targets", constant(3.0))
    _, state = live(counting, [reading(t) for t in range(10)] + [blank(t) for t in range(10, 20)])
    assert (state.inner[0] == 10.0).all()


def test_an_integral_does_not_wind_up_while_the_index_is_stuck():
    chasing = [reading(t, bis=65.0 + t % 2) for t in range(3)] + [reading(t, bis=65.0) for t in range(3, 120)]
    given, state = live(pid_published(), chasing)
    assert state.inner.pid.output == pytest.approx(given[-1, PROPOFOL])


def test_held_rates_keep_the_models_effect_site_where_it_was():
    shield = shielded(Scripted("rates", constant(0.15, 0.1)))
    state, infused, effects = shield.initial(PEOPLE, KEYS), np.zeros((3, 4)), []
    for turn in range(240):
        shown = reading(turn) if turn < 120 else blank(turn)
        orders, state = shield.act(state, replace(shown, infused=infused), {})
        infused = orders.infusions * PERIOD
        effects.append(state.watch.predicted[3, PROPOFOL, 0])
    assert np.ptp(effects[150:]) < 0.02 * effects[150]
    assert effects[-1] == pytest.approx(state.held[PROPOFOL, 0], rel=0.01)


def test_an_order_that_is_none_is_contained_counted_and_alarmed():
    def says(turns):
        infusions = constant(3.0)(turns)
        infusions[0, 1] = np.where(turns[1] == 5.0, np.nan, infusions[0, 1])
        return infusions

    given, state = live(Scripted("targets", says), [reading(turn) for turn in range(12)])
    assert np.isfinite(given).all()
    assert (given[:, PROPOFOL] == 3.0).all()
    assert state.impossible.tolist() == [0.0, 7.0, 0.0, 0.0]  # its memory stays where it failed
    first = alarms(state)["impossible_order"]
    assert first[1] == 50.0
    assert np.isnan(first[[0, 2, 3]]).all()


def test_who_is_deep_is_given_less_whatever_the_agent_wants():
    shield = shielded(Scripted("targets", constant(6.0)))
    state = shield.initial(PEOPLE, KEYS)
    for turn in range(20):
        orders, state = shield.act(state, reading(turn, bis=20.0 + turn % 2, infused=(2.0, 5.0, 0.0)), {})
    assert (orders.infusions[PROPOFOL] < 0.6 * state.watch.predicted[3, PROPOFOL]).all()
    assert state.alarms.raised[list(alarms(state)).index("capped")].all()


def test_an_agent_that_would_wake_a_light_patient_up_is_not_followed_that_far():
    stops = Scripted("targets", lambda turns: constant(3.0)(turns) * (turns < 30))
    readings = [reading(t, bis=(50.0 if t < 30 else 85.0) + t % 2) for t in range(60)]
    given, _ = live(stops, readings)
    assert (given[40:, PROPOFOL] > 2.0).all()


def test_another_pace_than_it_is_made_for_is_refused():
    with pytest.raises(ValueError, match="control_period: 5 s is not allowed; the shield's is 10 s"):
        live(Scripted("targets", constant(3.0)), [reading(0), replace(reading(1), time=np.full(4, 5.0))])


def test_a_trace_keeps_the_alarms():
    room = Theatre(orders="targets", horizon=900.0, faults=("bis_dropout",))
    case = cases(room, seed=1003, numbers=3)
    trace = simulate(room, case, shielded(Scripted("targets", constant(3.0))))
    found = np.argmax(trace.reports["alarm_index_missing"] > 0.0, axis=0) * PERIOD
    assert (found - case.faults.starts[0] <= 50.0).all()  # 30 s, and the reading and the orders between
    assert (found >= case.faults.starts[0]).all()
