"""Synthetic recorded cases: people of a known population, induced, kept asleep and woken."""

from __future__ import annotations

import numpy as np

from experiments.patients.courses import Group, groups, late, propofol_sites, true_index
from experiments.patients.replays import drawn
from predictors.learning.cases import Cases, Signal
from predictors.learning.watching import INTERVAL
from sim.cohort.population import Depth
from sim.covariates import Covariates
from sim.published import Drift

TRUE = Depth(
    ke0=0.16,
    c50_propofol=3.2,
    c50_age=-0.006,
    c50_remifentanil=20.0,
    gamma_light=1.9,
    gamma_deep=1.6,
    e0=94.0,
    emax=82.0,
    arousability=0.5,
    drift=Drift(0.1, 800.0, start=0.4),
    log_sd={
        "ke0": 0.3,
        "c50_propofol": 0.2,
        "c50_remifentanil": 0.3,
        "gamma_light": 0.2,
        "gamma_deep": 0.2,
        "e0": 0.02,
        "emax": 0.03,
    },
    correlation={"gamma_deep c50_propofol": 0.4},
)
SAMPLES, FIRST = 260, 20


def doses(people: int) -> Cases:
    """Cases of 43 min: 2 mg/kg over 40 s, then rates that change, stopped for the last quarter of an hour."""
    rng = np.random.default_rng(4)
    age = np.round(np.linspace(25.0, 80.0, people))
    weight = np.round(55.0 + 30.0 * rng.random(people))
    sex = np.where(rng.random(people) < 0.5, "F", "M")
    propofol = np.zeros((SAMPLES, people))
    propofol[FIRST : FIRST + 4] = 0.05 * weight
    for start in range(FIRST + 4, SAMPLES - 90, 60):
        rate = rng.uniform(4.0, 11.0, people) * weight / 3600.0
        propofol[start : min(start + 60, SAMPLES - 90)] = rate
    remifentanil = np.where(propofol > 0.0, 0.1 * weight / 60.0, 0.0)
    who = np.arange(people).astype(str)
    signals = {
        "bis": Signal(np.zeros((SAMPLES, people)), INTERVAL),
        "propofol": Signal(propofol, INTERVAL, "mg/s", nothing=0.0),
        "remifentanil": Signal(remifentanil, INTERVAL, "µg/s", nothing=0.0),
    }
    length = np.full(people, INTERVAL * SAMPLES)
    return Cases(who, who, Covariates.of(age, sex, 168.0 + 0.0 * age, weight), length, signals)


def recorded(people: int, depth: Depth = TRUE, noise: float = 3.0) -> list[Group]:
    """The groups of such cases, with the index of drawn people and white noise; nobody drifts beyond the start."""
    material = groups(doses(people))
    rng = np.random.default_rng(9)
    for group in material:
        eta = drawn(depth, rng.standard_normal((20, len(group.rows))))
        (site,) = propofol_sites(group, depth, [eta])
        shown = late(true_index(group, depth, eta, site)[0], group.person.age)
        group.bis[:] = shown + noise * rng.standard_normal(shown.shape)
    return material
