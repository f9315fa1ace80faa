"""Whole cases: the trace tells what happened, the same bytes for the same seed, and bad orders are refused."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from agents.fixed_targets import FixedTargets
from predictors.nominal import NominalObserver
from sim import surgery
from sim.cohort import COHORTS
from sim.faults import FAULTS
from sim.interfaces import Orders
from sim.settings import Models
from sim.surgery import SURGERIES
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate

ROOM = Theatre(orders="targets", horizon=1800.0)
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@dataclass(frozen=True)
class Scripted:
    """Gives prepared orders by turn, and keeps what it was shown."""

    script: Any
    orders: str = "rates"
    log: list = field(default_factory=list)

    def initial(self, covariates, keys):
        return 0

    def act(self, state, readings, estimates):
        self.log.append((readings, dict(estimates)))
        return self.script(state, len(readings.time)), state + 1


def constant(rates, boluses=0.0):
    return lambda number, size: Orders(np.zeros((3, size)) + rates, np.zeros((3, size)) + boluses)


def test_a_trace_begins_awake_and_holds_every_period():
    case = cases(ROOM, numbers=4, seed=3)
    trace = simulate(ROOM, case, FixedTargets())
    np.testing.assert_array_equal(trace.time, 10.0 * np.arange(181))
    assert trace.patients == 4
    for name, signal in trace.signals().items():
        assert signal.shape == (181, 4), name
    assert (trace.bis[0] > 85.0).all()
    for name in ("propofol", "remifentanil", "norepinephrine", "effect_propofol", "order_changes"):
        assert (getattr(trace, name)[0] == 0.0).all(), name
    assert (trace.propofol[1] > 0.0).all()
    assert (trace.conscious[0] > 0.99).all()
    assert (trace.bis[-1] < 70.0).all()
    expected = [surgery.stimulus_at(case.surgery, np.full(4, t)) for t in trace.time]
    np.testing.assert_allclose(trace.stimulus, expected, rtol=1e-6)
    expected = [surgery.phase_at(case.surgery, np.full(4, t)) for t in trace.time]
    np.testing.assert_array_equal(trace.phase, expected)


@pytest.mark.parametrize("name", COHORTS)
def test_the_same_seed_gives_the_same_bytes_and_another_does_not(name):
    def play(seed):
        room = replace(ROOM, cohort=name, horizon=300.0, faults=("occlusion",), bleeding_probability=0.5)
        return simulate(room, cases(room, seed=seed, numbers=3), FixedTargets()).signals()

    one, again, other = play(5), play(5), play(6)
    for signal in one:
        assert one[signal].tobytes() == again[signal].tobytes(), signal
    assert one["measured_bis"].tobytes() != other["measured_bis"].tobytes()


def test_a_patient_alone_has_the_trace_of_the_batch():
    room = replace(ROOM, horizon=900.0, faults=tuple(name for name in FAULTS if name != "controller_nan"))
    crowd = simulate(room, cases(room, numbers=50, seed=9), FixedTargets(), NominalObserver())
    case = cases(room, numbers=np.array([31]), seed=9)
    alone = simulate(room, case, FixedTargets(), NominalObserver())
    for name, signal in alone.signals().items():
        np.testing.assert_allclose(signal[:, 0], crowd.signals()[name][:, 31], rtol=3e-7, err_msg=name)


def test_surgery_and_missing_readings_do_not_depend_on_the_agent():
    room = Theatre(orders="targets", horizon=1800.0, faults=("bis_dropout",))
    case = cases(room, numbers=6, seed=2)
    light, deep = (simulate(room, case, FixedTargets(propofol=target)) for target in (1.0, 6.0))
    np.testing.assert_array_equal(light.stimulus, deep.stimulus)
    np.testing.assert_array_equal(np.isnan(light.measured_bis), np.isnan(deep.measured_bis))
    assert (light.bis[-1] > deep.bis[-1] + 5.0).all()


def test_what_is_not_measured_is_nan_and_only_that():
    faults = ("bis_dropout", "pressure_missing")
    room = Theatre(orders="targets", horizon=1800.0, noise=False, faults=faults)
    case = cases(room, numbers=5, seed=2)
    trace = simulate(room, case, FixedTargets())
    for i, signal in enumerate((trace.measured_bis, trace.measured_pressure)):
        running = (case.faults.starts[i] <= trace.time[:, None]) & (trace.time[:, None] < case.faults.ends[i])
        np.testing.assert_array_equal(np.isnan(signal), running)
    assert np.isfinite(trace.bis).all()


def test_order_changes_count_drugs_whose_infusion_moved_or_got_a_bolus():
    def script(number, size):
        rates = [[0.1 + 0.1 * (number >= 2)], [0.1], [0.05 * number]]
        return Orders(
            np.array(rates) * np.ones(size), np.array([[0.0], [10.0 * (number == 4)], [1.0]]) * np.ones(size)
        )

    room = Theatre(horizon=60.0)
    trace = simulate(room, cases(room, numbers=2), Scripted(script))
    np.testing.assert_array_equal(trace.order_changes[:, 0], [0, 2, 0, 1, 0, 1, 0])


def test_delivered_rates_add_up_to_what_was_ordered():
    room = Theatre(horizon=1200.0)
    script = Scripted(lambda n, size: constant(0.2, 30.0 * (n == 0))(n, size))
    trace = simulate(room, cases(room, numbers=2), script)
    for drug in (trace.propofol, trace.remifentanil, trace.norepinephrine):
        np.testing.assert_allclose(10.0 * drug.sum(0), 0.2 * 1200.0 + 30.0, rtol=2e-3)


def test_agents_see_readings_and_estimates_of_the_moment_they_decide():
    room = Theatre(horizon=120.0)
    blind, seeing = Scripted(constant(0.3)), Scripted(constant(0.3))
    simulate(room, cases(room, numbers=2), blind)
    simulate(room, cases(room, numbers=2), seeing, NominalObserver())
    np.testing.assert_array_equal([readings.time[0] for readings, _ in seeing.log], 10.0 * np.arange(12))
    assert all(estimates == {} for _, estimates in blind.log)
    assert all(set(estimates) == set(NominalObserver().estimates) for _, estimates in seeing.log)
    effect = [estimates["effect_propofol"][0] for _, estimates in seeing.log]
    assert effect[0] == 0.0
    assert (np.diff(effect) > 0.0).all()


def test_progress_counts_turns():
    room, seen = Theatre(horizon=50.0), []
    simulate(room, cases(room), Scripted(constant(0.0)), progress=seen.append)
    assert seen == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("orders", "message"),
    [
        (
            constant(float("nan")),
            r"agent Scripted: orders\.infusions: nan is not allowed; 0 to 66\.67 mg/s of propofol",
        ),
        (constant(-0.1), r"orders\.infusions: -0\.1 is not allowed"),
        (constant(float("inf")), r"orders\.infusions: inf is not allowed"),
        (constant(0.0, float("nan")), r"orders\.boluses: nan is not allowed"),
        (constant(0.0, -1.0), r"orders\.boluses: -1\.0 is not allowed"),
        (constant(1e12), r"orders\.infusions: 1000000000000\.0 is not allowed; 0 to"),
        (constant(0.0, 1e12), r"orders\.boluses: 1000000000000\.0 is not allowed; 0 to 1000 mg of propofol"),
    ],
)
def test_orders_that_no_pump_could_give_are_refused(orders, message):
    room = Theatre(horizon=50.0)
    with pytest.raises(ValueError, match=message):
        simulate(room, cases(room, numbers=2), Scripted(orders))


@pytest.mark.parametrize("shape", [(3, 1), (2, 2), (2, 3), (3,)])
def test_orders_of_a_wrong_shape_are_refused(shape):
    room = Theatre(horizon=50.0)
    wrong = Scripted(lambda number, size: Orders(np.zeros(shape), np.zeros(shape)))
    with pytest.raises(ValueError, match=r"orders\.infusions: shape .* is not allowed; \(3, 2\)"):
        simulate(room, cases(room, numbers=2), wrong)


def test_an_agent_of_the_other_kind_of_orders_is_refused():
    room = Theatre(orders="rates")
    with pytest.raises(ValueError, match="orders: the agent gives 'targets'; the theatre takes 'rates'"):
        simulate(room, cases(room), FixedTargets())


@pytest.mark.parametrize(
    ("scenario", "options", "message"),
    [
        ({"cohort": "x"}, {}, f"cohort: unknown name 'x'; allowed are {', '.join(COHORTS)}"),
        ({"surgery": "x"}, {}, f"surgery: unknown name 'x'; allowed are {', '.join(SURGERIES)}"),
        ({"faults": ("x",)}, {}, f"fault: unknown name 'x'; allowed are {', '.join(FAULTS)}"),
        ({}, {"models": Models(bis="x")}, "BIS model: unknown name 'x'; allowed are"),
        ({}, {"numbers": 0}, "numbers: 0 cases are not allowed; at least 1"),
        ({}, {"numbers": np.array([], int)}, "numbers: 0 cases are not allowed; at least 1"),
        ({"bleeding_probability": 2.0}, {}, "bleeding_probability: 2.0 is not allowed; 0 to 1"),
        ({}, {"seed": -1}, "seed: -1 is not allowed; 0 or more"),
    ],
)
def test_bad_cases_are_refused_before_anything_is_simulated(scenario, options, message):
    with pytest.raises(ValueError, match=message):
        cases(replace(ROOM, **scenario), **options)
