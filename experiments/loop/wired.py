"""Agents that need a predictor: put together here, because agents and predictors do not know each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from agents.control.planning.look_ahead import LookAhead
from agents.control.planning.mpc import PredictiveControl
from agents.control.planning.prices import SETTINGS, Prices
from agents.files import in_folder
from agents.human.rules import Settings
from predictors import OBSERVERS
from predictors.belief.observer import BeliefFilter
from predictors.belief.population import TABLE, Population
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
    path: Path = SETTINGS,
    assumed_propofol: str = Room.assumed_propofol,
    assumed_remifentanil: str = Room.assumed_remifentanil,
) -> PredictiveControl:
    """Return the agent that moves both drugs and norepinephrine to what a bank of filters foresees as best."""
    return _predictive(BeliefFilter.members, path, assumed_propofol, assumed_remifentanil)


def mpc_ekf(
    path: Path = SETTINGS,
    assumed_propofol: str = Room.assumed_propofol,
    assumed_remifentanil: str = Room.assumed_remifentanil,
) -> PredictiveControl:
    """Return the same agent with a single extended Kalman filter, of the average patient, in the place of the bank."""
    return _predictive(1, path, assumed_propofol, assumed_remifentanil)


def _predictive(members: int, path: Path, propofol: str, remifentanil: str) -> PredictiveControl:
    """Return the agent with these prices, and with the people that were tuned beside them, or those that ship."""
    settings = in_folder(path, SETTINGS.name)
    beside = settings.with_name(TABLE.name)
    people = Population.read(beside if beside.is_file() else TABLE)
    planner = BeliefFilter(members=members, people=people)
    return PredictiveControl(planner, Prices.read(settings), propofol=propofol, remifentanil=remifentanil)
