"""Simulated cases to learn from: virtual patients dosed by human-style agents who titrate to what they see.

Titration is what makes the problem real: resistant patients get more drug, so doses and depth are confounded as in
theatre. A site says who the patients are, what they are made of, what the pumps believe and who doses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from experiments.recorded.recordings import clean_pressure
from experiments.sites.batches import in_batches
from predictors.depth.phases import RECOVERY_SAMPLES, trimmed
from predictors.learning.cases import Cases, Signal
from predictors.learning.watching import INTERVAL
from sim import surgery, theatre
from sim.arrays import Array, map_arrays
from sim.cohort import sample
from sim.covariates import Covariates
from sim.faults import plan as faults
from sim.interfaces import Agent
from sim.patient import Patient
from sim.randomness import case_keys, truncated_normals, uniforms
from sim.settings import Models
from sim.theatre import Theatre
from sim.theatre.rollout import simulate

BATCH = 100  # cases simulated at once
NO_LINE = 0.1  # share of cases whose pressure nobody writes down every 10 s: predictors must do without
HORIZONS = (10800.0, 9000.0, 14400.0, 7200.0)  # s, of the batches in turn


@dataclass(frozen=True)
class Site:
    """Where cases come from.

    Attributes:
        name: as in the registry.
        description: in a line.
        models: what the patients are made of.
        agent: makes the agent who doses.
        people: makes people on paper of keys.
        pump: propofol model of the pumps.
        potency: factor on the C50 of propofol.
        spread: factor on the log-deviates of kinetics and index.
        recovery: samples kept after the last propofol.
    """

    name: str
    description: str
    models: Models
    agent: Callable[[], Agent]
    people: Callable[[np.ndarray], Covariates]
    pump: str = "marsh_pump"
    potency: float = 1.0
    spread: float = 1.0
    recovery: int = RECOVERY_SAMPLES

    def cases(self, count: int, seed: int, progress: Callable[[int], None] | None = None) -> Cases:
        """Return cases; case k of a seed is always the same. The label `truth` is the true index.

        Args:
            count: how many.
            seed: of patients, surgery, noise and clinicians.
            progress: called with the number of cases finished.

        Raises:
            ValueError: no cases.
        """

        def some(numbers: np.ndarray) -> Cases:
            return _batch(self, numbers, seed, HORIZONS[(numbers[0] // BATCH) % len(HORIZONS)])

        return in_batches(some, count, BATCH, progress)


def people(keys: np.ndarray) -> Covariates:
    """Return East Asian surgical adults: age 57 ± 14, body mass index 23.5 ± 3 kg/m² (as in predictors of VitalDB)."""
    z = truncated_normals(keys, "people", 3, limit=2.5)
    female = (uniforms(keys, "people sex", 0, 1)[0] < 0.42).astype(float)
    height = 168.0 - 12.0 * female + 6.0 * z[1]
    bmi = 23.5 + 3.0 * z[2]
    return Covariates(
        np.maximum(np.round(57.0 + 14.0 * z[0]), 19.0),
        female,
        np.round(height),
        np.round(bmi * (height / 100.0) ** 2, 1),
    )


def _batch(site: Site, numbers: np.ndarray, seed: int, horizon: float) -> Cases:
    keys = case_keys(seed, numbers)
    room = Theatre(orders="targets", horizon=horizon, assumed_propofol=site.pump)
    person = site.people(keys)
    planned = surgery.plan("random", keys, horizon)
    case = theatre.admit(room, keys, patients(site, person, keys), planned, faults.plan((), keys, horizon))
    trace = simulate(room, case, site.agent())
    shown, pressure = trace.measured_bis[1:].astype(float), trace.measured_pressure[1:].astype(float)
    line = uniforms(keys, "line", 0, 1)[0] >= NO_LINE
    kept = {
        "bis": Signal(shown, INTERVAL),
        "pressure": Signal(np.where(line, clean_pressure(pressure), np.nan), INTERVAL, "mmHg"),
        "heart_rate": Signal(trace.measured_heart_rate[1:].astype(float), INTERVAL, "1/min"),
        "propofol": Signal(trace.propofol[1:].astype(float), INTERVAL, "mg/s", nothing=0.0),
        "remifentanil": Signal(trace.remifentanil[1:].astype(float), INTERVAL, "µg/s", nothing=0.0),
        "phase": Signal(trace.phase[1:].astype(float), INTERVAL, nothing=0.0),
    }
    names = np.array([f"{site.name} {seed} {number}" for number in numbers])
    length = np.full(len(keys), len(shown) * INTERVAL)
    labels = {"truth": Signal(trace.bis[1:].astype(float), INTERVAL)}
    return trimmed(Cases(names, names, person, length, kept, labels), site.recovery)


def patients(site: Site, person: Covariates, keys: np.ndarray) -> Patient:
    """Return the patients of a site; `keys` (patients,) seed their deviations."""
    drawn = sample(person, keys, site.models)
    if site.potency == site.spread == 1.0:
        return drawn
    typical = sample(person, keys, replace(site.models, variability=False))
    hypnosis = _widened(drawn.hypnosis, typical.hypnosis, site.spread)
    awake = np.minimum(hypnosis.e0, 100.0)
    return replace(
        drawn,
        hypnosis=replace(
            hypnosis,
            c50_propofol=site.potency * hypnosis.c50_propofol,
            e0=awake,
            emax=np.minimum(hypnosis.emax, awake),
        ),
        kinetics=_widened(drawn.kinetics, typical.kinetics, site.spread),
    )


def _widened(drawn, typical, factor: float):  # type: ignore[no-untyped-def]
    """Raise every individual deviation from the typical parameters to a power."""

    def wider(own: Array, common: Array) -> Array:
        known = np.isfinite(common) & (common > 0.0)
        ratio = np.where(known, own, 1.0) / np.where(known, common, 1.0)
        return np.where(known, common * ratio**factor, own)

    return map_arrays(wider, drawn, typical)
