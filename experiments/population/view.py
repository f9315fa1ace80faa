"""Cases as every quantity looks at them: time since the first propofol, maintenance, what pumps believed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from experiments.recorded.practice import BEGINS, LEAST
from predictors.depth.phases import first_propofol, last_propofol
from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL
from sim.metrics.samples import mean
from sim.pharmacokinetics import PROPOFOL, REMIFENTANIL
from sim.pharmacokinetics import compartments as pk

PER_MINUTE = round(60.0 / INTERVAL)


@dataclass(frozen=True)
class View:
    """Cases, recorded or simulated, on the grid of `INTERVAL`; everything derived is (samples, cases)."""

    cases: Cases

    @cached_property
    def since(self) -> np.ndarray:
        """Samples since the first propofol, of which sample 0 is the first."""
        return np.arange(len(self.cases["bis"]))[:, None] - first_propofol(self.cases)

    @cached_property
    def inside(self) -> np.ndarray:
        """Whether the case still goes on."""
        return np.arange(len(self.cases["bis"]))[:, None] < self.cases.samples(INTERVAL)

    @cached_property
    def maintenance(self) -> np.ndarray:
        """From 15 min after the first propofol to the last."""
        sample = np.arange(len(self.cases["bis"]))[:, None]
        return (self.since >= BEGINS / INTERVAL) & (sample <= last_propofol(self.cases))

    @cached_property
    def known_start(self) -> np.ndarray:
        """Whose first propofol was seen, (cases,) bool; everybody's where nothing else is said."""
        if "known_start" not in self.cases.signals:
            return np.ones(self.cases.count, dtype=bool)
        return self.cases["known_start"][0] > 0.5

    @cached_property
    def marsh(self) -> np.ndarray:
        """Propofol at the effect site as pumps display it (Marsh, ke0 1.2195/min), µg/mL."""
        return pk.effect_sites(
            PROPOFOL.get("marsh_pump")(self.cases.person), self.cases["propofol"], INTERVAL
        )

    @cached_property
    def minto(self) -> np.ndarray:
        """Remifentanil at the effect site as pumps display it (Minto), ng/mL."""
        return pk.effect_sites(
            REMIFENTANIL.get("minto")(self.cases.person), self.cases["remifentanil"], INTERVAL
        )

    @cached_property
    def eleveld(self) -> np.ndarray:
        """Propofol at the effect site of typical people (Eleveld 2018), µg/mL."""
        return pk.effect_sites(PROPOFOL.get("eleveld")(self.cases.person), self.cases["propofol"], INTERVAL)

    def maintained(self, name: str) -> np.ndarray:
        """Return a signal in maintenance, NaN elsewhere and in cases that have less than 10 min of it."""
        values = np.where(self.maintenance, self.cases[name], np.nan)
        enough = np.count_nonzero(np.isfinite(values), axis=0) * INTERVAL >= LEAST
        return np.where(enough, values, np.nan)


def deviation(values: np.ndarray) -> np.ndarray:
    """Return the SDs over samples, (cases,); NaN where there are fewer than two."""
    number = np.count_nonzero(np.isfinite(values), axis=0)
    squares = mean((values - mean(values)) ** 2)
    return np.where(number > 1, np.sqrt(squares), np.nan)


def autocorrelation(values: np.ndarray, lag: int) -> np.ndarray:
    """Return Pearson's correlation of samples `lag` apart, (cases,), over pairs of which neither is missing."""
    return correlation(values[lag:], values[:-lag])


def correlation(one: np.ndarray, other: np.ndarray, least: int = 30) -> np.ndarray:
    """Return Pearson's correlation over samples, (cases,); NaN with fewer than `least` pairs or nothing that varies."""
    both = np.isfinite(one) & np.isfinite(other)
    x, y = (np.where(both, values - mean(values, both), 0.0) for values in (one, other))
    spread = np.sqrt((x**2).sum(axis=0) * (y**2).sum(axis=0))
    usable = (both.sum(axis=0) >= least) & (spread > 0.0)
    return np.where(usable, (x * y).sum(axis=0) / np.where(usable, spread, 1.0), np.nan)
