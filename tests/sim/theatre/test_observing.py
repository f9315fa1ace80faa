"""Several observers in one room: estimates by name, never by place, checked once, each with a memory of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import torch

from predictors import OBSERVERS
from predictors.nominal import NominalObserver
from sim.arrays import map_arrays, put
from sim.covariates import Covariates
from sim.environment.env import AnesthesiaEnv, AnesthesiaVectorEnv
from sim.environment.sb3 import AnesthesiaVecEnv
from sim.interfaces import Orders
from sim.theatre import Theatre
from sim.theatre.observing import Team
from sim.theatre.rollout import cases, simulate
from tests.seen import seen

PEOPLE = Covariates.of([30, 50, 70], ["F", "M", "F"], [165, 180, 160], [60, 80, 65])
RANGES = {"depth": (0.0, 100.0, ""), "dose": (0.0, 10.0, "µg/mL")}
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@dataclass(frozen=True)
class Told:
    """An observer who declares `RANGES`, counts its readings, and says what it is told to say."""

    says: Any
    control_period: float = 10.0
    estimates: Any = field(default_factory=lambda: RANGES)

    def initial(self, covariates):
        return (0.0 * covariates.age,)

    def update(self, state, readings):
        return (state[0] + 1.0,), self.says(state[0] + 1.0) if callable(self.says) else self.says


def three(value: float) -> np.ndarray:
    return np.full(3, value)


def told(team: Team) -> dict[str, np.ndarray]:
    """What a team says of three patients at the first reading."""
    return team.update(team.initial(PEOPLE), seen(50.0, size=3))[1]


def test_one_observer_keeps_the_names_of_its_estimates_and_several_put_theirs_before():
    lone = Team.of(NominalObserver(), 10.0)
    assert dict(lone.estimates) == NominalObserver().estimates
    assert list(told(lone)) == list(NominalObserver().estimates)
    two = Team.of({"clinic": NominalObserver(), "other": Told({"depth": three(50), "dose": three(1)})}, 10.0)
    names = [*(f"clinic.{name}" for name in NominalObserver().estimates), "other.depth", "other.dose"]
    assert list(two.estimates) == list(told(two)) == names
    assert two.estimates["other.dose"] == RANGES["dose"]
    assert told(Team.of(None, 10.0)) == told(Team.of({}, 10.0)) == {}
    assert Team.of(two, 10.0) == two


@pytest.mark.parametrize("observers", [lambda one: one, lambda one: {"x": one, "nominal": NominalObserver()}])
def test_estimates_are_told_apart_by_name_in_whatever_order_they_come(observers):
    swapped = Told({"dose": three(2.0), "depth": three(60.0)})
    env = AnesthesiaVectorEnv(3, observer=observers(swapped), horizon=60.0)
    shown, _ = env.reset(seed=1)
    prefix = "" if observers(swapped) is swapped else "x."
    columns = {name: shown[:, column] for column, name in enumerate(env.observation_names)}
    np.testing.assert_array_equal(columns[f"estimated_{prefix}depth"], 60.0)
    np.testing.assert_array_equal(columns[f"estimated_{prefix}dose"], 2.0)
    learning = AnesthesiaVecEnv(3, observer=observers(swapped), horizon=60.0)
    assert learning.observation_names == env.observation_names
    np.testing.assert_array_equal(learning.reset()[:, -len(RANGES) :], shown[:, -len(RANGES) :])


GOOD = {"depth": three(50.0), "dose": three(1.0)}
BAD = [
    ({**GOOD, "extra": three(1.0)}, "'extra' is not declared, which is not allowed; depth, dose"),
    ({"depth": three(50.0)}, "'dose' is missing, which is not allowed; depth, dose"),
    ({**GOOD, "dose": np.ones(2)}, r"'dose' has shape \(2,\), which is not allowed; \(3,\)"),
    ({**GOOD, "dose": np.ones((1, 3))}, r"'dose' has shape \(1, 3\), which is not allowed; \(3,\)"),
    ({**GOOD, "dose": 1.0}, r"'dose' has shape None, which is not allowed; \(3,\)"),
    ({**GOOD, "depth": np.array([50, np.nan, 50])}, "'depth' is nan, which is not allowed; 0 to 100$"),
    ({**GOOD, "depth": np.array([50, 50, 100.1])}, r"'depth' is 100\.1, which is not allowed; 0 to 100$"),
    ({**GOOD, "dose": np.array([-1.0, 1, 1])}, r"'dose' is -1\.0, which is not allowed; 0 to 10 µg/mL"),
    ({**GOOD, "dose": np.array([np.inf, 1, 1])}, "'dose' is inf, which is not allowed; 0 to 10 µg/mL"),
]


@pytest.mark.parametrize(("says", "message"), BAD)
def test_what_was_not_declared_is_refused_with_the_names_of_observer_and_estimate(says, message):
    with pytest.raises(ValueError, match=f"^observer Told: estimate {message}"):
        told(Team.of(Told(says), 10.0))
    with pytest.raises(ValueError, match=f"^observer odd: estimate {message}"):
        told(Team.of({"fine": NominalObserver(), "odd": Told(says)}, 10.0))


def test_rounding_may_touch_the_edge_of_a_range_and_tensors_are_checked_alike():
    told(Team.of(Told({"depth": three(100.0 + 1e-6), "dose": three(-1e-9)}), 10.0))
    tensors = {"depth": torch.full((3,), 50.0), "dose": torch.full((3,), 1.0)}
    assert told(Team.of(Told(tensors), 10.0))["depth"] is tensors["depth"]
    with pytest.raises(ValueError, match="estimate 'dose' is nan"):
        told(Team.of(Told({**tensors, "dose": torch.full((3,), float("nan"))}), 10.0))


@pytest.mark.parametrize(
    ("observers", "message"),
    [
        ({"a.b": NominalObserver()}, r"observer: name 'a\.b' is not allowed; text without a dot"),
        ({"": NominalObserver(), "b": NominalObserver()}, "observer: name '' is not allowed"),
        ({1: NominalObserver()}, "observer: name 1 is not allowed"),
        ({"a": NominalObserver}, "observer: the class NominalObserver is not allowed; an object as in"),
        ({"a": "nominal"}, "observer: 'nominal' is not allowed; an object as in"),
        ("nominal", "observer: 'nominal' is not allowed; an object as in"),
        (
            Told({}, estimates=["depth"]),
            r"observer Told: estimates \['depth'\] is not allowed; name -> \(lowest, high",
        ),
        (
            Told({}, estimates={"depth": (0, 1)}),
            r"observer Told: estimates 'depth': \(0, 1\) is not allowed; name",
        ),
        (
            Told({}, estimates={"depth": (9.0, 1.0, "")}),
            r"observer Told: estimates 'depth': \(9.0, 1.0, ''\) is not",
        ),
        (
            {"a": NominalObserver(30.0)},
            r"observer a: made for a control_period of 30\.0 s, .*theatre's is 10\.0 s",
        ),
    ],
)
def test_what_is_no_observer_of_this_room_is_refused(observers, message):
    for use in (lambda: Team.of(observers, 10.0), lambda: AnesthesiaEnv(observer=observers)):
        with pytest.raises(ValueError, match=message):
            use()


class Notebook:
    """Where nobody can look for arrays."""

    def __init__(self, lines):
        self.lines = lines


@dataclass(frozen=True)
class Keeping(Told):
    """One who remembers what it is told to."""

    memory: Any = None

    def initial(self, covariates):
        return self.memory(len(covariates.age))

    def update(self, state, readings):
        size = len(readings.bis)
        return state, {"depth": np.full(size, 50.0), "dose": np.full(size, 1.0)}


@pytest.mark.parametrize(
    ("memory", "message"),
    [
        (
            lambda size: Notebook(np.zeros(size)),
            "it is a Notebook, which is not allowed; arrays, numbers and text in",
        ),
        (lambda size: {"seen": {1, 2}}, r"\['seen'\] is a set, which is not allowed; arrays"),
        (
            lambda size: (np.zeros((size, 8)),),
            r"\[0\] has shape \(., 8\), which is not allowed; \(\.\.\., .\)",
        ),
        (lambda size: (np.float64(1.0),), r"\[0\] has shape \(\), which is not allowed"),
    ],
)
@pytest.mark.parametrize(
    "make",
    [
        AnesthesiaEnv,
        lambda **options: AnesthesiaVectorEnv(3, **options),
        lambda **o: AnesthesiaVecEnv(3, **o),
    ],
)
def test_a_memory_that_no_new_patient_could_take_over_is_refused_before_the_first_step(make, memory, message):
    with pytest.raises(ValueError, match=f"^observer Keeping: state: {message}"):
        make(observer=Keeping(None, memory=memory), horizon=60.0)


@pytest.mark.parametrize(("says", "message"), BAD[1:2])
def test_a_rollout_holds_observers_to_their_word_too(says, message):
    room = Theatre(horizon=60.0)
    with pytest.raises(ValueError, match=f"^observer Told: estimate {message}"):
        simulate(room, cases(room, numbers=3), Watching(), Told(says))


def test_members_remember_side_by_side_and_the_memory_goes_with_the_patient():
    counting = {name: Told(lambda count: {"depth": count, "dose": 0.0 * count}) for name in ("a", "b")}
    team = Team.of({**counting, "learned": OBSERVERS.get("adaptive")()}, 10.0)
    state = team.initial(PEOPLE)
    for _ in range(3):
        state, _ = team.update(state, seen(50.0, size=3))
    state = put(state, np.array([1]), team.initial(map_arrays(lambda values: values[1:2], PEOPLE)))
    _, said = team.update(state, seen(50.0, size=3))
    for name in counting:
        np.testing.assert_array_equal(said[f"{name}.depth"], [4.0, 1.0, 4.0])


class Watching:
    """Keeps the estimates it was given."""

    orders = "rates"

    def __init__(self):
        self.log = []

    def initial(self, covariates, keys):
        return None

    def act(self, state, readings, estimates):
        self.log.append(estimates)
        rates = np.array([[0.2], [0.1], [0.0]]) * np.ones_like(readings.bis)
        return Orders(rates, 0.0 * rates), state


def test_a_trace_keeps_what_observers_made_of_the_readings_of_its_samples():
    """Row k belongs to the readings at time k, the first and the last as well; agents decided on the rows before."""
    room, agent = Theatre(horizon=60.0), Watching()
    case = cases(room, numbers=2, seed=3)
    observers = {"clinic": NominalObserver(), "other": OBSERVERS.get("persistence")()}
    trace = simulate(room, case, agent, observers)
    assert list(trace.estimates) == list(Team.of(observers, 10.0).estimates)
    for name, estimate in trace.estimates.items():
        assert estimate.shape == trace.bis.shape
        assert estimate.dtype == np.float32
        given = np.stack([estimates[name] for estimates in agent.log])
        np.testing.assert_array_equal(estimate[:-1], given.astype(np.float32))
    infused = 10.0 * np.cumsum(trace.propofol, axis=0)
    plasma = trace.estimates["clinic.plasma_propofol"]
    assert (plasma[0] == 0.0).all()
    assert (np.diff(plasma, axis=0) > 0.0).all()  # the last one included
    assert (np.diff(infused, axis=0) > 0.0).all()
    held = np.where(np.isnan(trace.measured_bis[-3:]), 0.0, trace.measured_bis[-3:])
    np.testing.assert_allclose(trace.estimates["other.bis_in_60s"][-1], held.mean(axis=0), rtol=1e-5)
    assert "estimates" not in trace.signals()
    assert simulate(room, case, Watching()).estimates == {}


def test_an_observer_changes_nothing_but_what_agents_are_given():
    room = Theatre(horizon=300.0)
    case = cases(room, numbers=2, seed=3)
    alone, watched = (simulate(room, case, Watching(), team) for team in (None, {"x": NominalObserver()}))
    for name, signal in alone.signals().items():
        np.testing.assert_array_equal(signal, watched.signals()[name])
