"""The look-ahead agent: what it does with a forecaster whose physics are known, and that it knows its pumps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pytest

from agents.control.planning.imagined import mirror
from agents.control.planning.look_ahead import LookAhead, plans
from agents.human.anaesthetist import Anaesthetist
from agents.human.manual import Manual
from experiments.loop import evaluation
from experiments.loop.evaluation import Evaluation
from sim import pumps, theatre
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import Readings
from sim.randomness import case_keys
from sim.surgery import CLOSING, EMERGENCE, MAINTENANCE
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate

PEOPLE = 5
KEYS = case_keys(3, np.arange(PEOPLE))
ADULTS = Covariates.of(
    [45.0] * PEOPLE, ["F", "M"] * 2 + ["F"], [165.0] * PEOPLE, [50.0, 60.0, 70.0, 80.0, 90.0]
)
PUMP = "schnider"
PERIOD = 10.0
SETTLED = 720.0  # s, until which a watched agent leaves its dial
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@dataclass(frozen=True)
class Seen:
    """The shown index and the propofol in the one compartment of the fake, mg."""

    bis: Array
    amount: Array


@dataclass(frozen=True)
class OneCompartment:
    """A forecaster who believes that the index moves by half a point with every mg of propofol."""

    control_period: float = PERIOD
    half_width: float = 2.0
    kept: float = 0.9  # of the propofol, from minute to minute
    horizons: tuple[int, ...] = (60, 120, 180, 300)
    quantiles: tuple[float, ...] = (0.1, 0.25, 0.5, 0.75, 0.9)

    @property
    def estimates(self) -> Mapping[str, tuple[float, float, str]]:
        return {}

    def initial(self, covariates: Covariates) -> Seen:
        return Seen(0.0 * covariates.age + 95.0, 0.0 * covariates.age)

    def update(self, state: Seen, readings: Readings) -> tuple[Seen, Mapping[str, Array]]:
        return Seen(readings.bis, state.amount * self.kept ** (PERIOD / 60.0) + readings.infused[0]), {}

    def forecast_each(self, state: Seen, plans: Array) -> Array:
        assert plans.shape[2] == -(-max(self.horizons) // 60)
        amount, ahead = state.amount, []
        for minute in range(plans.shape[2]):
            amount = self.kept * amount + 60.0 * plans[:, 0, minute]
            ahead.append(state.bis - 0.5 * (amount - state.amount))
        expected = np.stack([ahead[horizon // 60 - 1] for horizon in self.horizons], axis=1)
        spread = self.half_width * np.array([0.0, *(2.5 * quantile - 1.25 for quantile in self.quantiles)])
        return expected[:, None] + spread[:, None, None]


def reading(time: float, infused: Array, more=None, **seen: float) -> Readings:
    """Show the same to everybody."""
    values = {
        "bis": 50.0,
        "bis_valid": True,
        "signal_quality": 95.0,
        "mean_arterial_pressure": 80.0,
        "pressure_valid": True,
        "pressure_age": 0.0,
        "heart_rate": 70.0,
        "heart_rate_valid": True,
        "phase": MAINTENANCE,
        "time": time,
        **seen,
    }
    shown = {name: np.full(PEOPLE, value) for name, value in values.items()}
    return Readings(infused=infused, more=more or {}, **shown)


def watch(agent: LookAhead, show, seconds: float = SETTLED + 600.0) -> tuple[np.ndarray, np.ndarray]:
    """Return times and ordered targets (times, 3, patients) on pumps that settle before the agent may turn the dial.

    Until then it looks a minute ahead, which is quicker, and leaves its dial all the same.
    """
    pump = mirror(pumps.assumed_kinetics(ADULTS, PUMP, "minto"), PERIOD)
    blinkered = replace(agent.forecaster, horizons=(60,), quantiles=(0.5,))
    state, held = pumps.start(ADULTS.age), replace(agent, forecaster=blinkered, moves=(0.0,))
    memory, infused, ordered = agent.initial(ADULTS, KEYS), np.zeros((3, PEOPLE)), []
    times = np.arange(0.0, seconds, PERIOD)
    for time in times:
        who = agent if time >= SETTLED else held
        orders, memory = who.act(memory, reading(time, infused, **show(time)), {})
        rates, state = pumps.run(pump, pumps.accept(state, orders), orders, "targets", PERIOD)
        infused = rates * PERIOD
        ordered.append(orders.infusions)
    return times, np.stack(ordered)


def looking(**changed) -> LookAhead:
    return LookAhead(OneCompartment(), propofol=PUMP, **changed)


def test_a_light_forecast_raises_the_target_to_the_highest_and_no_further():
    agent = looking()
    times, ordered = watch(agent, lambda time: {"bis": 75.0})
    later = ordered[times >= SETTLED, 0]
    assert (np.diff(later, axis=0) >= 0.0).all()
    np.testing.assert_array_equal(later[-1], agent.highest)


def test_a_deep_forecast_lowers_the_target_to_the_lowest_and_no_further():
    agent = looking(lowest=1.2)
    times, ordered = watch(agent, lambda time: {"bis": 25.0})
    later = ordered[times >= SETTLED, 0]
    assert (np.diff(later, axis=0) <= 0.0).all()
    np.testing.assert_array_equal(later[-1], agent.lowest)


def test_a_forecast_within_range_leaves_the_target_where_the_base_agent_began():
    _, ordered = watch(looking(), lambda time: {"bis": 52.0})
    start = Anaesthetist().settings.propofol_start
    np.testing.assert_array_equal(ordered[:, 0], np.full_like(ordered[:, 0], start))


def test_an_uncertain_forecast_is_kept_further_from_the_edge():
    """The expected value is in range either way; only the spread tells."""
    for half_width, raised in ((1.0, False), (12.0, True)):
        agent = LookAhead(OneCompartment(half_width=half_width), propofol=PUMP)
        _, ordered = watch(agent, lambda time: {"bis": 57.0}, SETTLED + PERIOD)
        assert ((ordered[-1, 0] > ordered[-2, 0]) == raised).all()


def test_targets_are_rounded_and_move_no_further_than_the_largest_move():
    agent = looking()
    _, ordered = watch(agent, lambda time: {"bis": 75.0 if time % 600.0 < 300.0 else 25.0})
    np.testing.assert_allclose(ordered[:, 0], np.round(ordered[:, 0], 1), rtol=0.0, atol=1e-12)
    moved = np.abs(np.diff(ordered[:, 0], axis=0))
    assert moved.max() > 0.5
    assert (moved <= max(agent.moves) + 1e-9).all()


def test_all_but_the_propofol_target_is_the_base_agents():
    """Its hypotension is rescued, its opioid titrated, its propofol stopped, at the very moments."""

    def show(time):
        phase = MAINTENANCE if time < SETTLED + 300.0 else CLOSING if time < SETTLED + 1200.0 else EMERGENCE
        return {"bis": 65.0, "phase": phase, "mean_arterial_pressure": 60.0 if time % 1000 < 500 else 105.0}

    times, ordered = watch(looking(), show, SETTLED + 1800.0)
    base, memory = Anaesthetist(), Anaesthetist().initial(ADULTS, KEYS)
    for row, time in enumerate(times):
        orders, memory = base.act(memory, reading(time, np.zeros((3, PEOPLE)), **show(time)), {})
        np.testing.assert_array_equal(ordered[row, 1:], orders.infusions[1:])
        np.testing.assert_array_equal(ordered[row, 0] > 0.0, orders.infusions[0] > 0.0)
    assert (ordered[-1, :2] == 0.0).all()
    assert (ordered[:, 2] > 0.0).any()


def test_plans_are_what_the_pumps_of_the_theatre_then_give():
    """Four times five minutes, induction among them; all along, the mirror is what the pump believes."""
    room = Theatre(orders="targets", horizon=3600.0, irregular_pumps=False, assumed_propofol=PUMP)
    case = cases(room, seed=4, numbers=6)
    agent = looking()
    memory = agent.initial(case.patient.covariates, case.keys)
    state, seen = theatre.begin(room, case)
    planned, given = [], []
    for number in range(120):
        newest, memory = agent.act(memory, seen.readings, {})
        np.testing.assert_allclose(memory.predicted, state.pumps.predicted, rtol=1e-9, atol=1e-9)
        if number % 30 == 0:  # in between, the same orders, whatever the agent would do next
            orders, infusions = newest, newest.infusions
            planned.append(plans(memory.pump, memory.predicted, infusions[:1], infusions[1], PERIOD, 5)[0])
        state, seen = theatre.turn(room, case, state, orders)
        given.append(seen.delivered[:2])
    minutes = np.array(given).reshape(4, 5, 6, 2, 6).mean(axis=2).swapaxes(1, 2)
    # plans are in single precision, and not rounded to 0.001 mL/h
    np.testing.assert_allclose(planned, minutes, rtol=1e-4, atol=pumps.RESOLUTION["targets"][:2].max())


def test_candidates_with_higher_targets_plan_more_propofol_and_the_same_remifentanil():
    pump = mirror(pumps.assumed_kinetics(ADULTS, PUMP, "minto"), PERIOD)
    targets = np.array([1.0, 3.0, 5.0])[:, None] * np.ones(PEOPLE)
    planned = plans(pump, np.zeros((4, 2, PEOPLE)), targets, np.full(PEOPLE, 3.0), PERIOD, 5)
    assert (np.diff(planned[:, 0].sum(axis=1), axis=0) > 0.0).all()
    for other in planned[1:, 1]:
        np.testing.assert_array_equal(other, planned[0, 1])


def test_a_case_alone_is_treated_as_in_a_batch():
    room = Theatre(orders="targets", horizon=900.0)
    together = simulate(room, cases(room, seed=2, numbers=np.arange(6)), looking())
    alone = simulate(room, cases(room, seed=2, numbers=np.array([4])), looking())
    for name in ("bis", "propofol", "remifentanil", "norepinephrine", "order_changes"):
        np.testing.assert_array_equal(getattr(alone, name)[:, 0], getattr(together, name)[:, 4])


def test_how_far_ahead_and_how_surely_is_the_forecasters_to_say():
    """A forecaster with horizons and quantiles of its own is asked for plans that long, and judged by all its rows."""
    for horizons, quantiles in (((120, 600), (0.05, 0.5, 0.95)), ((60,), (0.5,))):
        forecaster = OneCompartment(horizons=horizons, quantiles=quantiles, half_width=4.0)
        for bis, moved in ((75.0, 1.0), (52.0, 0.0), (25.0, -1.0)):
            _, ordered = watch(
                LookAhead(forecaster, propofol=PUMP), lambda time, bis=bis: {"bis": bis}, SETTLED + PERIOD
            )
            np.testing.assert_array_equal(np.sign(ordered[-1, 0] - ordered[-2, 0]), moved)
    narrow, wide = (
        watch(LookAhead(forecaster, propofol=PUMP), lambda time: {"bis": 57.0}, SETTLED + 120.0)[1]
        for forecaster in (OneCompartment(half_width=12.0, quantiles=(0.5,)), OneCompartment(half_width=12.0))
    )
    assert (wide[-1, 0] > narrow[-1, 0]).all()


def test_a_forecaster_that_does_not_keep_what_it_declares_is_refused():
    @dataclass(frozen=True)
    class Short(OneCompartment):
        def forecast_each(self, state, plans):
            return super().forecast_each(state, plans)[:, :-1]

    agent = LookAhead(Short(), moves=(0.0,))
    memory = agent.initial(ADULTS, KEYS)
    with pytest.raises(ValueError, match=r"forecaster: shape \(1, 5, 4, 5\) is not allowed; \(1, 6, 4, 5\)"):
        agent.act(memory, reading(0.0, np.zeros((3, PEOPLE))), {})


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match="forecaster: no quantiles is not allowed; one or more"):
        LookAhead(OneCompartment(quantiles=()))
    with pytest.raises(
        ValueError, match="forecaster: a control_period of 25 s is not allowed; a part of a minute"
    ):
        LookAhead(OneCompartment(control_period=25.0))
    with pytest.raises(ValueError, match="lowest: 9 is not allowed; 0 to highest, 8"):
        looking(lowest=9.0)
    with pytest.raises(ValueError, match=r"moves: \(0.5, 0.0\) is not allowed; 0.0, to leave the target"):
        looking(moves=(0.5, 0.0))
    with pytest.raises(ValueError, match="base: an agent that orders 'rates' is not allowed; 'targets'"):
        looking(base=Manual())
    room = Theatre(control_period=20.0, orders="targets", horizon=60.0)
    with pytest.raises(ValueError, match="control_period: 20 s is not allowed; the forecaster's is 10 s"):
        simulate(room, cases(room), looking())


def test_the_evaluation_knows_the_agent_with_its_forecaster():
    assert "look_ahead" in evaluation.AGENTS
    agent = evaluation.agent_named("look_ahead")
    assert agent.orders == "targets"
    evaluation.try_out(Evaluation(patients=1, horizon=60.0), "look_ahead")


def test_a_range_that_is_asked_for_is_the_one_that_is_held():
    wished = {"wish_low": np.full(PEOPLE, 25.0), "wish_high": np.full(PEOPLE, 40.0)}
    asked, usual = (
        watch(looking(), lambda time, more=more: {"bis": 50.0, "more": more})[1][-1]
        for more in (wished, None)
    )
    assert (asked[0] > usual[0]).all()
    np.testing.assert_array_equal(asked[1:], usual[1:])


def test_a_move_is_explained_by_what_is_foreseen_with_and_without_it():
    agent, nothing = looking(), np.zeros((3, PEOPLE))
    memory = agent.initial(ADULTS, KEYS)
    assert agent.explain(memory) == ["nothing decided yet"] * PEOPLE
    _, memory = agent.act(memory, reading(0.0, nothing, bis=75.0), {})
    first, move = agent.explain(memory)[0], memory.move
    assert first.startswith(f"propofol from {move.before[0, 0]:.1f} to {move.target[0, 0]:.1f} µg/mL: in ")
    assert first.endswith(f"at {move.expected[0]:.0f} instead of {move.without[0]:.0f}")
    assert (move.expected[0] > move.without[0]) == (move.target[0, 0] < move.before[0, 0])
