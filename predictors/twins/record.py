"""What a fit looks at: who, which doses, and the index as far as it is told."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL
from sim.arrays import Array, map_arrays, namespace
from sim.covariates import Covariates
from sim.pharmacodynamics.hypnosis import eleveld_delay
from sim.randomness import case_keys


@dataclass(frozen=True)
class Record:
    """Cases side by side.

    Attributes:
        keys: (patients,), of their chance: the same for a case in any batch.
        person: covariates.
        delay: (patients,), s, of the shown index.
        rates: (samples, 2, patients), mg/s and µg/s.
        bis: (samples, patients), NaN where none was shown.
    """

    keys: np.ndarray
    person: Covariates
    delay: Array
    rates: Array
    bis: Array

    @property
    def shown(self) -> Array:
        """Where the index was shown, (samples, patients), bool."""
        return namespace(self.bis).isfinite(self.bis)

    def before(self, sample: np.ndarray) -> Record:
        """Return what was known before a sample of each case, (patients,)."""
        last = int(sample.max())
        told = np.arange(last)[:, None] < sample
        return Record(
            self.keys, self.person, self.delay, self.rates[:last], np.where(told, self.bis[:last], np.nan)
        )


def record(cases: Cases, seed: int) -> Record:
    """Return the record of cases with signals bis, propofol and remifentanil every 10 s."""
    numbers = np.array([zlib.crc32(str(who).encode()) for who in cases.who])
    person = map_arrays(lambda values: np.asarray(values, dtype=float), cases.person)
    inside = np.arange(len(cases["bis"]))[:, None] < cases.samples(INTERVAL)
    rates = np.stack([cases["propofol"], cases["remifentanil"]], axis=1)
    return Record(
        case_keys(seed, numbers),
        person,
        eleveld_delay(person.age),
        np.where(inside[:, None], rates, 0.0),
        np.where(inside, cases["bis"], np.nan),
    )
