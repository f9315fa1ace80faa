"""Simulated operations that several demonstrations share, and a cheap predictor of depth from doses."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from experiments.judging.scores import Ranked, ranked, subject_sums
from experiments.risk.hypotension.sites import PRESSURE_SITES
from experiments.shortcomings.contract import Statistic
from experiments.sites import SITES
from experiments.sites.purposes import seed_for
from predictors.depth.phases import scored
from predictors.learning.cases import Cases
from predictors.learning.measures import concordance_of, roc_area
from predictors.learning.watching import watch
from predictors.nominal import NominalObserver

EVERY = 3  # samples between those that a ridge learns from
PULL = 1e-3  # of its coefficients towards zero, of standardised inputs


@dataclass(frozen=True)
class Watched:
    """Cases, and what the clinic's models say beside them, (samples, cases): effect sites, and the surface's index."""

    cases: Cases
    propofol: np.ndarray
    remifentanil: np.ndarray
    surface: np.ndarray

    def inputs(self) -> np.ndarray:
        """Return (inputs, samples, cases): effect sites to the second power, age, and a one."""
        one, other = self.propofol, self.remifentanil
        age = np.broadcast_to(self.cases.person.age / 50.0, one.shape)
        return np.stack([np.ones_like(one), one, other, one**2, one * other, other**2, age, age * one])


@dataclass(frozen=True)
class Ridge:
    """A line over `Watched.inputs`: quick, smooth, and as good as small networks of doses."""

    weight: np.ndarray

    @staticmethod
    def learned(watched: Watched, bis: np.ndarray) -> Ridge:
        """Return the ridge that learned an index, (samples, cases), NaN where it was not shown."""
        chosen = np.isfinite(bis) & scored(watched.cases)
        chosen[np.arange(len(chosen)) % EVERY > 0] = False
        inputs = watched.inputs()[:, chosen]
        pull = PULL * inputs.shape[1] * np.diag((inputs**2).mean(axis=1))
        pull[0, 0] = 0.0
        return Ridge(np.linalg.solve(inputs @ inputs.T + pull, inputs @ bis[chosen]))

    def answer(self, watched: Watched) -> np.ndarray:
        """Return the index expected, (samples, cases), 0-100."""
        return np.clip(np.tensordot(self.weight, watched.inputs(), 1), 0.0, 100.0)


@lru_cache(maxsize=8)
def operations(site: str, count: int, seed: int, nominal: NominalObserver | None = None) -> Watched:
    """Return cases of a site of depth predictors beside a nominal observer, by default that of the site's pumps."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
        cases = SITES.get(site).cases(count, seed)
        observer = nominal or NominalObserver(propofol=SITES.get(site).pump, remifentanil="minto")
        said = watch(observer, cases, ("effect_propofol", "effect_remifentanil", "bis"))
    return Watched(
        cases, *(said[name].astype(float) for name in ("effect_propofol", "effect_remifentanil", "bis"))
    )


def learned_at(site: str, count: int, seed: int) -> Ridge:
    """Return a ridge that learned from cases of a site kept for training."""
    watched = operations(site, count, seed_for("training", seed))
    return Ridge.learned(watched, watched.cases["bis"])


@lru_cache(maxsize=2)
def pressures(site: str, count: int, seed: int) -> Cases:
    """Return cases of a site with hypotension."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return PRESSURE_SITES.get(site).cases(count, seed)


def concordance(target: np.ndarray, said: np.ndarray, counted: np.ndarray, cases: Cases) -> Statistic:
    """Return Lin's concordance of all samples that count, as a function of how often patients count."""
    sums = subject_sums(target, said, counted & np.isfinite(target) & np.isfinite(said), cases.subject)
    return lambda counts: concordance_of(counts @ sums)


def area(target: np.ndarray, said: np.ndarray, counted: np.ndarray, cases: Cases) -> Statistic:
    """Return the AUROC of all samples that count, as a function of how often patients count; few values of `said`."""
    kept = counted & np.isfinite(target) & np.isfinite(said)
    own: Ranked = ranked(np.nan_to_num(target), said, kept, cases.subject)
    return lambda counts: roc_area(own.event, own.predicted, own.drawn(counts))


def mean_over_cases(values: np.ndarray) -> Statistic:
    """Return the mean of what is known of each case, (cases,), as a function of how often each counts."""
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    return lambda counts: (counts @ filled) / (counts @ known)
