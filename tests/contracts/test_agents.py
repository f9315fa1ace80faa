"""One contract over every agent: orders that a room takes, nothing remembered beside its state, nothing touched."""

from __future__ import annotations

import dataclasses
import warnings
from functools import cache

import numpy as np
import pytest

from experiments.loop.evaluation import AGENTS  # with the agents that have a predictor inside
from sim import theatre
from sim.arrays import map_arrays
from sim.covariates import Covariates
from sim.faults import FAULTS
from sim.interfaces import Agent, Orders
from sim.randomness import case_keys
from sim.theatre import Theatre
from sim.theatre.acting import check
from sim.theatre.rollout import cases
from tests.contracts import watching

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning"),
    pytest.mark.usefixtures("with_clone"),
]

SIZE = 6
IN_SINGLE_PRECISION = ("foresight",)  # what it is shown
# By turn, s: from induction to faults in maintenance, and on to closing and emergence.
SKIPPED = {14: 2960.0, 25: 2590.0}


def room_for(agent) -> Theatre:
    return Theatre(orders=agent.orders, horizon=7200.0, readings=getattr(agent, "readings", ()))


def by_hand(orders: Orders, size: int = SIZE) -> np.ndarray:
    """What people inject, (2, patients)."""
    return np.zeros((2, size)) if orders.pressors is None else np.asarray(orders.pressors)


def lived(agent, numbers, turns=36, watched=0) -> list[Orders]:
    """Orders of an agent over parts of a case with faults, surgery and noise; in the first turns it is watched.

    Whatever it is given must then stay as it was: its memory, what it is shown, what observers say.
    """
    room = dataclasses.replace(room_for(agent), faults=("bis_dropout", "pressure_missing", "cautery"))
    case = cases(room, seed=5, numbers=numbers)
    person = case.patient.covariates
    observer = watching(agent)
    memory, mind = agent.initial(person, case.keys), observer.initial(person)
    state, seen = theatre.begin(room, case)
    given = []
    for number in range(turns):
        mind, estimates = observer.update(mind, seen.readings)
        before = memory, seen.readings, dict(estimates)
        copies = map_arrays(np.copy, before) if number < watched else None
        orders, memory = agent.act(memory, seen.readings, estimates)
        if copies is not None:
            map_arrays(lambda a, b: np.testing.assert_array_equal(a, b), before, copies)
        given.append(orders)
        state, seen = theatre.turn(room, case, state, orders)
        state = dataclasses.replace(state, time=state.time + SKIPPED.get(number, 0.0))
    return given


@cache
def batch(name) -> tuple[Agent, list[Orders]]:
    """A registered agent, and its orders for several patients; lived once for all tests."""
    agent = AGENTS.get(name)()
    return agent, lived(agent, SIZE, watched=12)


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_gives_orders_that_a_room_takes_and_leaves_what_it_is_given_as_it_was(name):
    assert AGENTS.get(name)().orders in ("rates", "targets")
    agent, given = batch(name)
    for orders in given:
        check(orders, agent.orders, SIZE)
        assert orders.infusions.shape == (3, SIZE)
        assert orders.boluses.shape == (3, SIZE)
    total = np.sum([orders.infusions + orders.boluses for orders in given], axis=0)
    assert (total[0] > 0.0).all()


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_treats_a_patient_alone_as_in_the_batch_and_keeps_no_memory_of_its_own(name):
    """Alone comes second, with the same object: what that had kept of the first play would show."""
    agent, given = batch(name)
    near = 1e-6 if name in IN_SINGLE_PRECISION else 1e-9
    for many, one in zip(given, lived(agent, np.array([4])), strict=True):
        np.testing.assert_allclose(one.infusions[:, 0], many.infusions[:, 4], rtol=near, atol=1e-12)
        np.testing.assert_allclose(one.boluses[:, 0], many.boluses[:, 4], rtol=1e-9, atol=1e-12)
        np.testing.assert_array_equal(by_hand(one, 1)[:, 0], by_hand(many)[:, 4])


def test_every_fault_can_meet_every_agent():
    """Whatever fails, orders stay what a pump can give."""
    for name in AGENTS:
        agent = AGENTS.get(name)()
        room = dataclasses.replace(room_for(agent), horizon=120.0, faults=tuple(FAULTS))
        case = cases(room, seed=1, numbers=4)
        memory, observer = agent.initial(case.patient.covariates, case.keys), watching(agent)
        mind = observer.initial(case.patient.covariates)
        state, seen = theatre.begin(room, case)
        for _ in range(12):
            mind, estimates = observer.update(mind, seen.readings)
            orders, memory = agent.act(memory, seen.readings, estimates)
            check(orders, agent.orders, len(case.keys))
            state, seen = theatre.turn(room, case, state, orders)


def test_keys_seed_an_agents_chance_and_nothing_else_does():
    person = Covariates.of([25.0] * 3, "F", 165, 60)
    keys = case_keys(1, np.array([3, 3, 8]))
    for name in AGENTS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            memory = AGENTS.get(name)().initial(person, keys)
        map_arrays(lambda array: np.testing.assert_array_equal(array[..., 0], array[..., 1]), memory)


@pytest.mark.parametrize("name", [name for name in AGENTS if name != "fixed_targets"])
def test_an_agent_with_rules_of_its_own_warns_outside_adults(name):
    child = Covariates.of([5], ["F"], [110], [18])
    with pytest.warns(UserWarning, match="agent .* is used outside the people it was built on: age 18 to 90"):
        AGENTS.get(name)().initial(child, case_keys(0, np.arange(1)))
