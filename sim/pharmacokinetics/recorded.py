"""Propofol in people like those of recorded cases: Eleveld's equations and spreads, ke0 as fitted with the index."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from sim.cohort.population import Depth, recorded
from sim.covariates import Covariates
from sim.pharmacokinetics.compartments import Compartments
from sim.pharmacokinetics.models import KineticModel
from sim.pharmacokinetics.propofol import ELEVELD, KE0, eleveld
from sim.published import Deviates


def propofol(depth: Depth) -> KineticModel:
    """Return the kinetics of a population."""
    return replace(
        ELEVELD,
        name="recorded",
        parameters=partial(_propofol, ke0=depth.ke0),
        log_sd={**ELEVELD.log_sd, "ke0": depth.log_sd["ke0"]},
    )


def _propofol(person: Covariates, eta: Deviates, ke0: float) -> Compartments:
    """Eleveld, Br J Anaesth 2018;120:942, with a ke0 fitted to recorded cases (sim/data/population_recorded.md)."""
    model = eleveld(person, eta)
    return replace(model, ke0=model.ke0 * (ke0 / KE0))


def __getattr__(name: str) -> KineticModel:
    """Return `RECORDED`, made from the shipped table when it is first asked for."""
    if name != "RECORDED":
        raise AttributeError(name)
    return propofol(recorded().depth)
