"""What pumps would have given: rates of target-controlled infusion for recorded targets."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from predictors.learning.watching import INTERVAL
from sim import pumps
from sim.covariates import Covariates
from sim.interfaces import Orders
from sim.settings import TargetSite


class Pump(NamedTuple):
    """What target-controlled pumps believe and aim at: names of kinetic models, and the site of their targets."""

    propofol: str
    remifentanil: str
    site: TargetSite


def rates_for(person: Covariates, targets: np.ndarray, pump: Pump) -> np.ndarray:
    """Return the rates of exact pumps that began with nobody drugged, (turns, 2, patients), mg/s and µg/s.

    Args:
        person: (patients,), as the pumps are told.
        targets: (turns, 2, patients), µg/mL and ng/mL, from every turn of `INTERVAL` s on.
        pump: of all patients.

    Raises:
        ValueError: a model that is not known, cannot describe somebody, or lacks the effect site aimed at.
    """
    kinetics = pumps.assumed_kinetics(person, pump.propofol, pump.remifentanil)
    controller = pumps.controller(kinetics, INTERVAL, pump.site)
    state, none = pumps.start(person.age), np.zeros((3, len(person.age)))
    rates = np.empty_like(targets)
    for turn, aim in enumerate(targets):
        orders = Orders(np.concatenate([aim, none[:1]]), none)
        given, state = pumps.run(controller, state, orders, "targets", INTERVAL)
        rates[turn] = given[:2]
    return rates
