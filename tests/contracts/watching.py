"""Who watches beside an agent: the nominal observer, and those that the agent names."""

from __future__ import annotations

from predictors import OBSERVERS
from sim.interfaces import Agent
from sim.settings import Room
from sim.theatre.observing import Team


def watching(agent: Agent) -> Team:
    """Return the observers as a room gives them to the agent."""
    names = dict.fromkeys(("nominal", *getattr(agent, "observers", ())))
    return Team.of({name: OBSERVERS.get(name)() for name in names}, Room.control_period)
