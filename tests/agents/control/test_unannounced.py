from __future__ import annotations

import numpy as np

from agents.control.unannounced import unannounced
from experiments.loop.evaluation import agent_named
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate


def test_an_agent_that_is_not_told_does_what_it_does_where_nothing_is_announced():
    """Hiding that an event is near is as if none were; the same agent who hears of it moves differently."""
    told = agent_named("mpc")
    room = Theatre(orders=told.orders, horizon=1200.0, readings=told.readings, surgery="random")
    people = cases(room, seed=3, numbers=2)

    class Deaf(type(told)):
        readings = ()

    never = simulate(
        Theatre(orders=told.orders, horizon=1200.0, surgery="random"),
        people,
        Deaf(told.planner, told.prices),
    )
    hidden, heard = (simulate(room, people, agent) for agent in (unannounced(told), told))
    np.testing.assert_array_equal(hidden.propofol, never.propofol)
    assert (hidden.propofol != heard.propofol).any()
