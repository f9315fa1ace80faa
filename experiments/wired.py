"""Agents that need a predictor: put together here, because agents and predictors do not know each other."""

from __future__ import annotations

from agents.look_ahead import LookAhead
from predictors import OBSERVERS


def look_ahead() -> LookAhead:
    """Return the agent that tries propofol targets on the shipped forecaster and gives the one that looks best."""
    return LookAhead(OBSERVERS.get("forecaster")())
