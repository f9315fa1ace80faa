"""One contract over every agent and observer: all they remember belongs to a patient, and goes with the patient."""

from __future__ import annotations

from copy import copy

import numpy as np
import pytest

from agents import WRAPPERS
from experiments.loop.evaluation import AGENTS  # with the agents that have a predictor inside
from predictors import OBSERVERS
from predictors.nominal import NominalObserver
from sim import theatre
from sim.arrays import put
from sim.interfaces import Orders
from sim.theatre import Theatre
from sim.theatre.rollout import cases
from tests.contracts import watching

SIZE, BEDS, NEXT = 4, np.array([1, 3]), np.array([11, 12])  # who is replaced by which cases
TURNS = 5  # before and after that
FAULTS = ("bis_dropout", "pressure_missing")
pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning"),
    pytest.mark.usefixtures("with_clone"),
]


class Scripted:
    """Gives targets that rise, for observers to watch; remembers how far it is."""

    orders = "targets"

    def initial(self, covariates, keys):
        return [0.0 * covariates.age]

    def act(self, state, readings, estimates):
        (turn,) = state
        infusions = np.stack([2.0 + turn / 45.0, 3.0 + 0.0 * turn, 0.05 + 0.0 * turn])
        return Orders(infusions, 0.0 * infusions), [turn + 1.0]


class Play:
    """Cases under way: room, patients, agent and observer, and what the two have said."""

    def __init__(self, agent, observer, numbers):
        self.agent, self.observer = agent, observer
        heard = {"waves": getattr(observer, "waves", ()), "readings": getattr(agent, "readings", ())}
        self.room = Theatre(orders=agent.orders, horizon=2.0 * TURNS * 10.0, faults=FAULTS, **heard)
        self.case = cases(self.room, seed=5, numbers=numbers)
        person = self.case.patient.covariates
        self.memory, self.mind = agent.initial(person, self.case.keys), observer.initial(person)
        self.state, self.seen = theatre.begin(self.room, self.case)
        self.said: list[dict[str, np.ndarray]] = []

    def go_on(self, turns):
        for _ in range(turns):
            self.mind, estimates = self.observer.update(self.mind, self.seen.readings)
            orders, self.memory = self.agent.act(self.memory, self.seen.readings, estimates)
            given = 0.0 * orders.infusions[:2] if orders.pressors is None else orders.pressors
            said = {"infusions": orders.infusions, "boluses": orders.boluses, "pressors": given}
            self.said.append({**estimates, **said})
            self.state, self.seen = theatre.turn(self.room, self.case, self.state, orders)
        return self

    def replace(self, beds, other):
        for name in ("case", "state", "seen", "memory", "mind"):
            setattr(self, name, put(getattr(self, name), beds, getattr(other, name)))
        return self


def check_memory(agent, observer):
    """Put new patients into a running batch: they and their neighbours go on as they would have alone."""
    batch = Play(agent, observer, SIZE).go_on(TURNS)
    undisturbed = copy(batch).go_on(TURNS).said[-TURNS:]
    batch.replace(BEDS, Play(agent, observer, NEXT)).go_on(TURNS)
    alone = Play(agent, observer, NEXT).go_on(TURNS).said
    stayed = np.setdiff1d(np.arange(SIZE), BEDS)
    for found, before, fresh in zip(batch.said[-TURNS:], undisturbed, alone, strict=True):
        for name, values in found.items():
            for got, expected in (
                (values[..., stayed], before[name][..., stayed]),
                (values[..., BEDS], fresh[name]),
            ):
                np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_remembers_nothing_of_the_patient_who_lay_there_before(name):
    agent = AGENTS.get(name)()
    check_memory(agent, watching(agent))


@pytest.mark.parametrize("name", WRAPPERS)
def test_a_wrapped_agent_remembers_nothing_of_the_patient_who_lay_there_before(name):
    agent = WRAPPERS.get(name)(AGENTS.get("anaesthetist_textbook")())
    check_memory(agent, watching(agent))


@pytest.mark.parametrize("name", WRAPPERS)
def test_a_wrapper_passes_on_what_the_agent_needs_and_says(name):
    class Talks(Scripted):
        observers, readings, orders = ("nominal",), ("next_event",), "rates"

        def report(self, state):
            return {"turns": state[0]}

        def explain(self, state):
            return [f"turn {turn:g}" for turn in state[0]]

    agent, people = WRAPPERS.get(name)(Talks()), cases(Theatre(), seed=5, numbers=SIZE)
    memory = agent.initial(people.patient.covariates, people.keys)
    assert (agent.observers[0], agent.readings, agent.orders) == ("nominal", ("next_event",), "rates")
    assert (agent.report(memory)["turns"] == 0.0).all()
    assert agent.explain(memory) == ["turn 0"] * SIZE
    assert isinstance(getattr(agent, agent.guards), Talks)


@pytest.mark.parametrize("name", OBSERVERS)
def test_an_observer_remembers_nothing_of_the_patient_who_lay_there_before(name):
    check_memory(Scripted(), OBSERVERS.get(name)())


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_needs_nobody_but_registered_observers(name):
    assert set(getattr(AGENTS.get(name)(), "observers", ())) <= set(OBSERVERS)


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_that_follows_goes_on_from_what_was_ordered_instead(name):
    agent = AGENTS.get(name)()
    if not hasattr(agent, "follow"):
        pytest.skip("offers no follow: whoever overrules it lets it wait")
    play = Play(agent, NominalObserver(), SIZE).go_on(TURNS)
    ordered = np.tile([[1.0], [1.5], [0.0]] if agent.orders == "targets" else [[0.2], [0.4], [0.0]], SIZE)
    own = copy(play).go_on(1).said[-1]["infusions"]
    play.memory = agent.follow(play.memory, Orders(ordered, 0.0 * ordered))
    told = play.go_on(1).said[-1]["infusions"]
    assert np.abs(told - ordered)[0].mean() < 0.5 * np.abs(own - ordered)[0].mean()


def test_a_memory_that_cannot_be_reached_would_be_found():
    class Hidden(Scripted):
        """Keeps its count in a set, where nobody finds it."""

        def initial(self, covariates, keys):
            return {0.0}

        def act(self, state, readings, estimates):
            turn = state.copy().pop() + 0.0 * readings.time
            return super().act([turn], readings, estimates)[0], {float(turn[0]) + 1.0}

    with pytest.raises(ValueError, match="state: it is a set, which is not allowed; arrays"):
        check_memory(Hidden(), NominalObserver())
