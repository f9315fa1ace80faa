"""Proposals wait for somebody's look, and what the signs contradict is declined."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from agents.control.supervised import Doubts, contradicted, supervised
from sim.interfaces import NOREPINEPHRINE, PROPOFOL, REMIFENTANIL
from tests.agents.control.shield.scripted import KEYS, PEOPLE, PERIOD, Scripted, constant, reading

PRESENT = np.full((3, 4), 2.0)


def live(agent, readings):
    state, given = agent.initial(PEOPLE, KEYS), []
    for one in readings:
        orders, state = agent.act(state, one, {})
        given.append(orders)
    return given, state


def step(turns):
    """3 µg/mL, and 4 from the tenth turn on."""
    return constant(3.0)(turns) + np.array([[1.0], [0.0], [0.0]]) * (turns >= 10)


def test_a_proposal_is_given_after_a_look_and_the_delay_of_each_clinician():
    given, state = live(supervised(Scripted("targets", step)), [reading(turn) for turn in range(30)])
    propofol = np.array([orders.infusions[PROPOFOL] for orders in given])
    late = (np.argmax(propofol == 4.0, axis=0) - 10) * PERIOD
    assert (late >= 0.0).all()
    assert (late <= state.look + state.delay + 2.0 * PERIOD).all()
    assert len(set(late)) > 1
    assert (propofol[-1] == 4.0).all()


def test_what_is_injected_waits_for_the_look_and_none_is_lost():
    class Injects(Scripted):
        def act(self, state, readings, estimates):
            orders, state = super().act(state, readings, estimates)
            return replace(orders, boluses=orders.boluses + 1.0), state

    given, state = live(supervised(Injects("targets", constant(3.0))), [reading(turn) for turn in range(60)])
    total = sum(orders.boluses for orders in given) + state.boluses
    assert (total == 60.0).all()
    assert any((orders.boluses == 0.0).any() for orders in given)


def test_signs_contradict_more_drug_for_the_deep_and_the_hypotensive_and_less_for_the_light():
    index, pressure = np.array([35.0, 50.0, 70.0, 70.0]), np.array([80.0, 55.0, 80.0, 55.0])
    shown = reading(0, bis=index, pressure=pressure)
    more = contradicted(Doubts(), PRESENT + 1.0, PRESENT, shown)
    assert more[PROPOFOL].tolist() == [True, True, False, False]
    assert more[REMIFENTANIL].tolist() == [False, True, False, True]
    assert not more[NOREPINEPHRINE].any()
    assert contradicted(Doubts(), PRESENT - 1.0, PRESENT, shown)[PROPOFOL].tolist() == [
        False,
        False,
        True,
        True,
    ]


def test_what_is_declined_is_not_given_is_counted_and_told():
    class Told(Scripted):
        told = 0

        def follow(self, state, orders):
            self.told += 1
            assert (orders.infusions[PROPOFOL] == 3.0).all()
            return state

    agent = Told("targets", step)
    deep = [reading(turn) for turn in range(8)] + [
        reading(turn, bis=30.0 + turn % 2) for turn in range(8, 30)
    ]
    given, state = live(supervised(agent), deep)
    assert all((orders.infusions[PROPOFOL] <= 3.0).all() for orders in given)
    assert (state.declined >= 1.0).all()
    assert agent.told > 0
