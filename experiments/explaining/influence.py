"""Influence over lags, scored: does a predictor lean on the doses that truly move the index, in the right direction?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from experiments.explaining import attribution, undisturbed
from experiments.explaining.attribution import Moments
from predictors.depth.now.lee2018 import STEPS
from predictors.learning.watching import INTERVAL

DRUGS = ("propofol", "remifentanil")
RANDOM_DRAWS = 10  # networks that have learned nothing
SCORES = (
    "predictor",
    "drug",
    "spearman",
    "spearman_integrated",
    "spearman_randomised",
    "lowest_randomised",
    "largest_randomised",
    "sign_agreement",
    "strength",
    "peak",
    "true_peak",
    "completeness_error",
    "completeness_of",
)
NOTICEABLE = 0.05  # of the strongest influence in a window, below which a sign says nothing


@dataclass(frozen=True)
class Influence:
    """What a model's doses do, by lag, newest first; (windows, STEPS, 2) unless said.

    Attributes:
        gradient: index points per mg/kg and µg/kg.
        attributed: index points that integrated gradients give to each dose; None where they were not asked for.
        dose: mg/kg and µg/kg.
        whole: (windows,), what `attributed` must sum to.
    """

    gradient: np.ndarray
    dose: np.ndarray
    attributed: np.ndarray | None = None
    whole: np.ndarray | None = None

    @property
    def profile(self) -> np.ndarray:
        """(STEPS, 2), the mean gradient."""
        return self.gradient.mean(0)

    @property
    def profile_integrated(self) -> np.ndarray:
        """(STEPS, 2), what was attributed to all doses of a lag, per dose; NaN where none was given."""
        if self.attributed is None:
            return np.full_like(self.profile, np.nan)
        given = self.dose.sum(0)
        return np.where(given > 0.0, self.attributed.sum(0) / np.where(given > 0.0, given, 1.0), np.nan)


def measure(
    observers: Mapping[str, Any], count: int, seed: int, progress: Callable[[str], None]
) -> dict[str, Influence]:
    """Return the influence by source: "patients", every dose predictor, and "NAME randomised K".

    Args:
        observers: dose predictors by name.
        count: simulated patients of the training sites.
        seed: of the cases.
        progress: called with the name of what is done next.
    """
    parts: dict[str, list[Influence]] = {}
    for site, share in undisturbed.shares(count).items():
        progress(f"cases of {site}")
        at = attribution.moments(site, share, seed)
        models = {"patients": attribution.true_model(at)}
        models |= {name: attribution.model_of(observer, at) for name, observer in observers.items()}
        for name, model in models.items():
            progress(f"{site}: {name}")
            parts.setdefault(name, []).append(_influence(model, at, whole=True))
        for name, observer in observers.items():
            progress(f"{site}: {name}, randomised")
            for draw in range(RANDOM_DRAWS):
                model = attribution.model_of(attribution.randomised(observer, draw), at)
                parts.setdefault(f"{name} randomised {draw}", []).append(_influence(model, at, whole=False))
    return {name: _joined(found) for name, found in parts.items()}


def scores(found: Mapping[str, Influence], observers: Mapping[str, Any]) -> pd.DataFrame:
    """Return one row a predictor and drug.

    Columns: spearman and spearman_integrated, rank correlation of mean profiles over lags with the true ones;
    spearman_, lowest_ and largest_randomised, median and range of that over networks that have learned nothing;
    sign_agreement, share of noticeable true influences whose sign the predictor has; strength, its influence summed
    over lags, in shares of the true one; peak and true_peak, s, lag of the strongest fall; completeness_error, mean
    absolute index points by which integrated gradients miss their sum, and completeness_of, the mean absolute sum.
    """
    true, rows = found["patients"], []
    for name in observers:
        own = found[name]
        assert own.attributed is not None
        assert own.whole is not None
        missed = own.attributed.sum((1, 2)) - own.whole
        for i, drug in enumerate(DRUGS):
            profile, truth = own.profile[:, i], true.profile[:, i]
            random = [
                rank_correlation(found[f"{name} randomised {draw}"].profile[:, i], truth)
                for draw in range(RANDOM_DRAWS)
            ]
            integrated = rank_correlation(own.profile_integrated[:, i], true.profile_integrated[:, i])
            row = (
                name,
                drug,
                rank_correlation(profile, truth),
                integrated,
                float(np.median(random)),
                float(np.min(random)),
                float(np.max(random)),
                sign_agreement(own.gradient[..., i], true.gradient[..., i]),
                float(profile.sum() / truth.sum()),
                INTERVAL * int(profile.argmin()),
                INTERVAL * int(truth.argmin()),
                float(np.abs(missed).mean()),
                float(np.abs(own.whole).mean()),
            )
            rows.append(row)
    return pd.DataFrame(rows, columns=list(SCORES))


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Return Spearman's correlation of two profiles over the lags known of both; NaN where one is constant."""
    known = np.isfinite(one) & np.isfinite(other)
    if known.sum() < 3 or np.ptp(one[known]) == 0.0 or np.ptp(other[known]) == 0.0:
        return float("nan")
    return float(spearmanr(one[known], other[known]).statistic)


def sign_agreement(own: np.ndarray, true: np.ndarray) -> float:
    """Return the share of noticeable true influences (windows, lags) whose sign `own` has."""
    noticeable = np.abs(true) > NOTICEABLE * np.abs(true).max(axis=1, keepdims=True)
    return float((np.sign(own) == np.sign(true))[noticeable].mean()) if noticeable.any() else float("nan")


def as_table(found: Mapping[str, Influence]) -> pd.DataFrame:
    """Return profiles as rows: source, drug, lag (s), gradient, integrated; points per mg/kg and µg/kg."""
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "source": source,
                    "drug": drug,
                    "lag": INTERVAL * np.arange(STEPS),
                    "gradient": one.profile[:, i],
                    "integrated": one.profile_integrated[:, i],
                }
            )
            for source, one in found.items()
            for i, drug in enumerate(DRUGS)
        ],
        ignore_index=True,
    )


def usual_rates(found: Mapping[str, Influence]) -> dict[str, tuple[float, float]]:
    """Return the 5 and 95 % quantiles of the mean rates of the half hours, mg/kg/h and µg/kg/min, by drug."""
    rates = found["patients"].dose.mean(1) / INTERVAL * np.array([3600.0, 60.0])
    return {drug: tuple(np.quantile(rates[:, i], [0.05, 0.95])) for i, drug in enumerate(DRUGS)}


def _influence(model: attribution.Model, at: Moments, whole: bool) -> Influence:
    per_dose = at.person.weight[:, None, None] / INTERVAL
    gradient, dose = (
        values.flip(1).numpy() for values in (attribution.gradient(model, at.rates) * per_dose, at.dose)
    )
    if not whole:
        return Influence(gradient, dose)
    attributed, total = attribution.integrated(model, at.rates)
    return Influence(gradient, dose, attributed.flip(1).numpy(), total.numpy())


def _joined(parts: list[Influence]) -> Influence:
    """Return the windows of all sites side by side."""
    fields = {name: [vars(one)[name] for one in parts] for name in vars(parts[0])}
    return Influence(
        **{name: np.concatenate(found) for name, found in fields.items() if found[0] is not None}
    )
