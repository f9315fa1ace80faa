"""Agents that need a predictor: put together here, because agents and predictors do not know each other."""

from __future__ import annotations

from agents.anaesthetist_rules import Settings
from agents.look_ahead import LookAhead
from predictors import OBSERVERS


def look_ahead() -> LookAhead:
    """Return the agent that tries propofol targets on the shipped forecaster and gives the one that looks best."""
    return LookAhead(OBSERVERS.get("forecaster")())


def look_ahead_narrow() -> LookAhead:
    """Return the same agent within the textbook anaesthetist's range of targets: what looking ahead alone is worth."""
    textbook = Settings()
    return LookAhead(
        OBSERVERS.get("forecaster")(), lowest=textbook.propofol_lowest, highest=textbook.propofol_highest
    )
