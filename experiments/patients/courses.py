"""Recorded cases as material for a fit, and the index that people of a population would have had under their doses.

The kinetics are exact on the grid of the records, and the models are the simulator's own. What is shown is the true
index, late by the delay that goes with a person's age.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from predictors.depth.phases import first_propofol, last_propofol
from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL
from predictors.twins import course
from sim.arrays import take
from sim.cohort.population import Depth
from sim.covariates import Covariates
from sim.pharmacodynamics.hypnosis import ResponseSurface, eleveld_delay, potency, unclipped
from sim.pharmacodynamics.recorded import surface
from sim.pharmacokinetics import REMIFENTANIL
from sim.pharmacokinetics import compartments as pk
from sim.pharmacokinetics.recorded import propofol

KINETIC = ("v1", "v2", "v3", "cl", "q2", "q3")  # deviates that keep the spread of their model
EFFECT = ("ke0", "c50_propofol", "c50_remifentanil", "gamma_light", "gamma_deep", "e0", "emax", "start")
DEVIATES = (*KINETIC, *EFFECT)  # `start` is added to that of the drift, all others are logs
GROUP = 42  # cases of about equal length, worked on together

Eta = Mapping[str, np.ndarray]  # deviates by name, (cases,)


@dataclass(frozen=True)
class Group:
    """Cases of about equal length, from shortly before the first propofol.

    Attributes:
        rows: (cases,), which of all cases they are.
        bis, propofol, remifentanil: (samples, cases), index (NaN: none), mg/s and µg/s.
        remifentanil_site: (samples, cases), ng/mL, of typical people (Eleveld).
        first, last: (cases,), samples of the first and the last propofol.
    """

    rows: np.ndarray
    person: Covariates
    bis: np.ndarray
    propofol: np.ndarray
    remifentanil: np.ndarray
    remifentanil_site: np.ndarray
    first: np.ndarray
    last: np.ndarray

    @property
    def since(self) -> np.ndarray:
        """Seconds since the first propofol, (samples, cases)."""
        return INTERVAL * (np.arange(len(self.bis))[:, None] - self.first)


def groups(cases: Cases) -> list[Group]:
    """Return the cases in groups of about equal length."""
    order = np.argsort(cases.length, kind="stable")
    return [_group(cases, order[start : start + GROUP]) for start in range(0, len(order), GROUP)]


def _group(cases: Cases, rows: np.ndarray) -> Group:
    part = cases.select(rows)
    inside = np.arange(len(part["bis"]))[:, None] < part.samples(INTERVAL)
    propofol, remifentanil = (np.where(inside, part[drug], 0.0) for drug in ("propofol", "remifentanil"))
    site = pk.effect_sites(REMIFENTANIL.get("eleveld")(part.person), remifentanil, INTERVAL)
    bis = np.where(inside, part["bis"], np.nan)
    first, last = first_propofol(part), last_propofol(part)
    return Group(rows, part.person, bis, propofol, remifentanil, site, first, last)


def propofol_sites(group: Group, depth: Depth, etas: Sequence[Eta]) -> list[np.ndarray]:
    """Return the effect sites of propofol (samples, cases) under each set of kinetic deviates."""
    rows = np.tile(np.arange(len(group.rows)), len(etas))
    names = [name for name in (*KINETIC, "ke0") if name in etas[0]]
    own = {name: np.concatenate([eta[name] for eta in etas]) for name in names}
    kinetics = propofol(depth)(take(group.person, rows), own)
    sites = pk.effect_sites(kinetics, np.tile(group.propofol, (1, len(etas))), INTERVAL)
    return np.split(sites, len(etas), axis=1)


def true_index(
    group: Group, depth: Depth, eta: Eta, site: np.ndarray, wander: np.ndarray | float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return the index without delay and its slope over log C50 of propofol, (samples, cases).

    Args:
        group: whose.
        depth: of which population.
        eta: deviates by name; a missing one is zero.
        site: effect site of propofol, (samples, cases).
        wander: log of the drifting factor on C50, beside its start.
    """
    known = {name: values for name, values in eta.items() if name in EFFECT and name not in ("ke0", "start")}
    person = surface(depth)(group.person, known)
    begun = np.maximum(group.since, 0.0)
    start = (depth.drift.start + eta.get("start", 0.0)) * np.exp(-begun / depth.drift.seconds)
    given = site * np.exp(-(start + wander))
    return unclipped(person, given, group.remifentanil_site), _slope(person, given, group.remifentanil_site)


def late(values: np.ndarray, age: np.ndarray) -> np.ndarray:
    """Return a signal (samples, cases) as it is shown, delayed by age, between samples linearly."""
    return course.late(values, eleveld_delay(age))


def moved(depth: Depth, by: Mapping[str, float]) -> Depth:
    """Return the population with typical values multiplied by exp of a deviate; `c50_age` and `start` are added to."""
    drift = replace(depth.drift, start=depth.drift.start + by.get("start", 0.0))
    values: dict[str, Any] = {
        name: getattr(depth, name) * float(np.exp(value))
        for name, value in by.items()
        if name not in ("c50_age", "start")
    }
    values["c50_age"] = depth.c50_age + by.get("c50_age", 0.0)
    return replace(depth, **values, drift=drift)


def _slope(person: ResponseSurface, propofol: np.ndarray, remifentanil: np.ndarray) -> np.ndarray:
    """Return by how many points the index rises per log unit of the C50 of propofol (additive drugs)."""
    dose = potency(person, propofol, remifentanil)
    gamma = np.where(dose > 1.0, person.gamma_deep, person.gamma_light)
    odds = dose**gamma
    share = propofol / person.c50_propofol / np.where(dose > 0.0, dose, 1.0)
    return person.emax * gamma * share * odds / (1.0 + odds) ** 2
