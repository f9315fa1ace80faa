"""Agents that need a predictor: put together here, because agents and predictors do not know each other."""

from __future__ import annotations

from dataclasses import replace

from agents.control.look_ahead import LookAhead
from agents.human.rules import Settings
from predictors import OBSERVERS
from sim.settings import Room


def look_ahead(
    assumed_propofol: str = Room.assumed_propofol, assumed_remifentanil: str = Room.assumed_remifentanil
) -> LookAhead:
    """Return the agent that tries propofol targets on the shipped forecaster and gives the one that looks best."""
    forecaster = OBSERVERS.get("forecaster")()
    return LookAhead(forecaster, propofol=assumed_propofol, remifentanil=assumed_remifentanil)


def look_ahead_narrow(
    assumed_propofol: str = Room.assumed_propofol, assumed_remifentanil: str = Room.assumed_remifentanil
) -> LookAhead:
    """Return the same agent within the textbook anaesthetist's range of targets: what looking ahead alone is worth."""
    textbook = Settings()
    return replace(
        look_ahead(assumed_propofol, assumed_remifentanil),
        lowest=textbook.propofol_lowest,
        highest=textbook.propofol_highest,
    )
