"""Contracts over everything that has a name; and who watches beside an agent."""

from __future__ import annotations

from predictors import OBSERVERS
from sim.interfaces import Agent
from sim.settings import Room
from sim.theatre.observing import Team


def watching(agent: Agent) -> Team:
    """Return the nominal observer and those that the agent names, as a room gives them to it."""
    names = dict.fromkeys(("nominal", *getattr(agent, "observers", ())))
    return Team.of({name: OBSERVERS.get(name)() for name in names}, Room.control_period)
