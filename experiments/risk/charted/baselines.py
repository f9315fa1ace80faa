"""Classical models that read charts, fitted on simulated training stays when they are first asked.

Logistic regression on the last values, as a bedside score would; boosted trees (Ke, NeurIPS 2017) on
statistics of windows; and rules or scores, of which logistic regression makes probabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from experiments.risk.charted.chart import Chart
from experiments.sites.purposes import seed_for
from predictors.learning.cases import Cases
from predictors.risk.charted.charts import written
from sim.registry import Registry

WINDOWS = 6, 12  # rows that are asked about, that statistics are taken of


@dataclass(frozen=True)
class Rounds:
    """When whoever does not stream is asked, and what they have learned from.

    Attributes:
        chart: see there.
        sites, site: where simulated stays come from, and which of them.
        asked: rows at which they are asked.
        taught: stays that they learn from.
        thinned: every so many-th of the rows is learned from.
    """

    chart: Chart
    sites: Registry
    site: str
    asked: slice
    taught: int = 6000
    thinned: int = 4

    @property
    def every(self) -> float:
        """Hours from one row that is asked about to the next."""
        return self.chart.hours * (self.asked.step or 1)

    def training(self) -> Cases:
        """Return stays to learn from: those of the purpose, seed 0."""
        return _stays(self.sites, self.site, self.taught)

    def last(self, cases: Cases) -> np.ndarray:
        """Return last values and what is known, (rows, features, cases)."""
        values, _ = written(cases, self.chart.channels, self.chart.hours)
        return self._with_known(cases, [values[self.asked]])

    def windows(self, cases: Cases) -> np.ndarray:
        """Return last values, their ages, and mean, least, most and change over windows, (rows, features, cases)."""
        values, age = (one[self.asked] for one in written(cases, self.chart.channels, self.chart.hours))
        parts = [values, np.minimum(age, 48.0)]
        for width in WINDOWS:
            first = np.concatenate([np.repeat(values[:1], width - 1, axis=0), values])
            rows = np.lib.stride_tricks.sliding_window_view(first, width, axis=0)
            parts += [rows.mean(-1), rows.min(-1), rows.max(-1), values - rows[..., 0]]
        return self._with_known(cases, parts)

    def _with_known(self, cases: Cases, parts: list[np.ndarray]) -> np.ndarray:
        rows = np.arange(len(parts[0]), dtype=float)[:, None, None]
        people = np.stack([cases[name][0] for name in self.chart.known])
        wide = np.broadcast_to(people, (len(rows), *people.shape))
        clock = np.broadcast_to(rows, (len(rows), 1, cases.count))
        return np.concatenate([*parts, wide, clock], axis=1).astype(np.float32)


@lru_cache(maxsize=2)
def _stays(sites: Registry, site: str, count: int) -> Cases:
    return sites.get(site).cases(count, seed_for("training", 0))


@dataclass(frozen=True)
class Fitted:
    """A model a outcome, fitted when first asked.

    Attributes:
        rounds: when it is asked.
        features: what of charts it is shown for every outcome, (rows, features, cases).
        make: makes an unfitted model of scikit-learn's manner.
    """

    rounds: Rounds
    features: Callable[[Cases], Mapping[str, np.ndarray]]
    make: Callable[[], Any]

    def answer(self, cases: Cases) -> dict[str, np.ndarray]:
        """Return the probability of every outcome, (rows, cases); NaN at rows that are not asked about."""
        train, thinned = self.rounds.training(), self.rounds.thinned
        learned, asked, said = self.features(train), self.features(cases), {}
        for outcome in self.rounds.chart.outcomes:
            came = train.label(outcome)[self.rounds.asked][::thinned].reshape(-1)
            there = np.isfinite(came)
            model = self.make().fit(flat(learned[outcome][::thinned])[there], came[there] > 0.5)
            likely = model.predict_proba(flat(asked[outcome]))[:, 1]
            said[outcome] = np.full(cases.label(outcome).shape, np.nan)
            said[outcome][self.rounds.asked] = likely.reshape(-1, cases.count)
        return said


def flat(shown: np.ndarray) -> np.ndarray:
    """Return (rows, features, cases) as (rows x cases, features)."""
    return np.moveaxis(shown, 1, -1).reshape(-1, shown.shape[1])


def logistic() -> Any:
    """Return logistic regression on standardised values, the median where none is known."""
    return make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression(max_iter=500))


def boosted() -> Any:
    """Return boosted trees, shrunk for rare outcomes; they take what is missing as it is."""
    return HistGradientBoostingClassifier(
        learning_rate=0.05,
        max_iter=150,
        max_leaf_nodes=15,
        min_samples_leaf=100,
        max_features=0.5,
        random_state=0,
    )
