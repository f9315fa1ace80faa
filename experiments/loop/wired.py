"""Agents that need a predictor: put together here, because agents and predictors do not know each other."""

from __future__ import annotations

from dataclasses import replace

from agents.control.look_ahead import LookAhead
from agents.control.mpc import PredictiveControl
from agents.human.rules import Settings
from predictors import OBSERVERS
from predictors.belief.observer import BeliefFilter
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


def mpc(
    assumed_propofol: str = Room.assumed_propofol, assumed_remifentanil: str = Room.assumed_remifentanil
) -> PredictiveControl:
    """Return the agent that moves both drugs and norepinephrine to what a bank of filters foresees as best."""
    return _predictive(BeliefFilter(), assumed_propofol, assumed_remifentanil)


def mpc_ekf(
    assumed_propofol: str = Room.assumed_propofol, assumed_remifentanil: str = Room.assumed_remifentanil
) -> PredictiveControl:
    """Return the same agent with a single extended Kalman filter, of the average patient, in the place of the bank."""
    return _predictive(BeliefFilter(members=1), assumed_propofol, assumed_remifentanil)


def _predictive(belief: BeliefFilter, propofol: str, remifentanil: str) -> PredictiveControl:
    return PredictiveControl(belief, propofol=propofol, remifentanil=remifentanil)
