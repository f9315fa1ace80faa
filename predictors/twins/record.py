"""What a fit looks at: who, which doses, and the index as far as it is told."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace

import numpy as np

from predictors.depth.phases import first_propofol
from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL
from sim.arrays import Array, map_arrays, namespace
from sim.covariates import Covariates
from sim.pharmacodynamics import SURFACES
from sim.pharmacodynamics.hypnosis import eleveld_delay
from sim.randomness import case_keys
from sim.settings import Models


@dataclass(frozen=True)
class Record:
    """Cases side by side.

    Attributes:
        keys: (patients,), of their chance: the same for a case in any batch.
        person: covariates.
        delay: (patients,), s, of the shown index.
        rates: (samples, 2, patients), mg/s and µg/s.
        bis: (samples, patients), NaN where none was shown.
        begun: (samples, patients), log of the sensitivity to propofol, as the time since the first has it.
    """

    keys: np.ndarray
    person: Covariates
    delay: Array
    rates: Array
    bis: Array
    begun: Array

    @property
    def shown(self) -> Array:
        """Where the index was shown, (samples, patients), bool."""
        return namespace(self.bis).isfinite(self.bis)

    def before(self, sample: np.ndarray) -> Record:
        """Return what was known before a sample of each case, (patients,)."""
        last = int(sample.max())
        told = self.told(sample)
        return replace(told, rates=told.rates[:last], bis=told.bis[:last], begun=told.begun[:last])

    def told(self, until: np.ndarray) -> Record:
        """Return the whole record, its index told before a sample of each case only, (patients,)."""
        sample = np.arange(len(self.bis))[:, None]
        return replace(self, bis=np.where(sample < until, self.bis, np.nan))


def record(cases: Cases, seed: int, models: Models) -> Record:
    """Return the record of cases with signals bis, propofol and remifentanil every 10 s.

    Args:
        cases: see above.
        seed: of the cases' chance.
        models: whose sensitivity changes from the first propofol on.
    """
    numbers = np.array([zlib.crc32(str(who).encode()) for who in cases.who])
    person = map_arrays(lambda values: np.asarray(values, dtype=float), cases.person)
    samples = np.arange(len(cases["bis"]))[:, None]
    inside = samples < cases.samples(INTERVAL)
    rates = np.stack([cases["propofol"], cases["remifentanil"]], axis=1)
    return Record(
        case_keys(seed, numbers),
        person,
        eleveld_delay(person.age),
        np.where(inside[:, None], rates, 0.0),
        np.where(inside, cases["bis"], np.nan),
        begun(models, INTERVAL * (1.0 + samples - first_propofol(cases))),
    )


def begun(models: Models, time: np.ndarray) -> np.ndarray:
    """Return the log of the sensitivity to propofol that people have some s after the first, before any drift."""
    drift = SURFACES.get(models.bis).drift
    return -drift.start * np.exp(-np.maximum(time, 0.0) / drift.seconds)
