"""What a table may claim: paired differences, interquartile means and tails with bootstrap intervals.

The patient is the unit throughout: every agent meets the same patients, so agents are compared patient by
patient, and it is patients that are drawn again (those without a value too). Mean, interquartile mean and
worst 5 % are one statistic, the mean between two quantiles: a fixed matrix times the sorted values.
After Agarwal, NeurIPS 2021 (rliable); percentile bootstrap: Efron, Ann Stat 1979;7:1.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from sim.metrics import Metric, metric_table

Better = Literal["lower", "higher"]

RESAMPLES = 2000
LEVEL = 95.0  # % of an interval
TAIL = 0.05  # share of patients in the worst tail
MIDDLE = (0.25, 0.75)
ALL = (0.0, 1.0)


class Interval(NamedTuple):
    """An estimate with the ends of its 95 % interval; NaN where there was nothing to estimate from."""

    estimate: float
    low: float
    high: float


def _passed(ranks: np.ndarray, lower: float, upper: float) -> np.ndarray:
    """Return how much of the span between two quantiles lies at or below each sorted value, (..., n), 0-1.

    Args:
        ranks: (..., n), number of values drawn up to and with this one, smallest first.
        lower, upper: quantiles, 0-1.
    """
    with np.errstate(invalid="ignore"):  # a resample that drew only patients without a value is NaN
        reached = ranks / ranks[..., -1:]
    return (np.clip(reached, lower, upper) - lower) / (upper - lower)


def _mean_of(ordered: np.ndarray, passed: np.ndarray) -> np.ndarray:
    """Return the mean between two quantiles of sorted values, (n,): the largest less the gaps passed."""
    return ordered[-1] - passed @ np.diff(ordered, append=ordered[-1])


@lru_cache(maxsize=2)
def resample_counts(size: int, resamples: int, seed: int) -> np.ndarray:
    """Return how often each of `size` patients was drawn in each resample, (resamples, size)."""
    drawn = np.random.default_rng(seed).integers(size, size=(resamples, size))
    drawn += size * np.arange(resamples)[:, None]
    return np.bincount(drawn.ravel(), minlength=resamples * size).reshape(resamples, size)


@lru_cache(maxsize=2)
def _drawn_ranks(size: int, resamples: int, seed: int) -> np.ndarray:
    """Return the ranks of `_passed` in each resample, (resamples, size)."""
    return np.cumsum(resample_counts(size, resamples, seed), axis=1, dtype=float)


@lru_cache(maxsize=6)
def _drawn_passed(size: int, kept: int, resamples: int, seed: int, lower: float, upper: float) -> np.ndarray:
    """Return `_passed` of each resample over the first `kept` of `size` patients; many metrics share it."""
    return _passed(_drawn_ranks(size, resamples, seed)[:, :kept], lower, upper)


def percentile_ends(statistics: np.ndarray) -> tuple[float, float]:
    """Return the ends of the percentile interval of resampled statistics, (resamples,)."""
    tail = (100.0 - LEVEL) / 2.0
    low, high = np.nanpercentile(statistics, [tail, 100.0 - tail])
    return float(low), float(high)


def _finite(values: np.ndarray) -> np.ndarray:
    """Return values without NaN. Raises ValueError on an infinite one."""
    values = np.asarray(values, dtype=float)
    if np.isinf(values).any():
        row = int(np.isinf(values).argmax()) + 1
        raise ValueError(f"values: {values[row - 1]} (row {row}) is not allowed; finite or NaN")
    return values[~np.isnan(values)]


def quantile_mean(values: np.ndarray, lower: float = 0.0, upper: float = 1.0) -> float:
    """Return the mean of the values, (patients,), between two quantiles; NaN left out, NaN if none left."""
    kept = np.sort(_finite(values))
    if kept.size == 0:
        return float("nan")
    return float(_mean_of(kept, _passed(np.arange(1.0, kept.size + 1.0), lower, upper)))


def interquartile_mean(values: np.ndarray) -> float:
    """Return the mean of the middle half of the patients."""
    return quantile_mean(values, *MIDDLE)


def worst_mean(values: np.ndarray, better: Better) -> float:
    """Return the mean of the worst 5 % of patients (CVaR). Rockafellar, J Risk 2000;2:21."""
    lower, upper = (1.0 - TAIL, 1.0) if better == "lower" else (0.0, TAIL)
    return quantile_mean(values, lower, upper)


def interval(
    values: np.ndarray, between: tuple[float, float] = ALL, seed: int = 0, resamples: int = RESAMPLES
) -> Interval:
    """Return the mean between two quantiles and its percentile bootstrap interval over patients.

    Args:
        values: (patients,), NaN left out.
        between: quantiles: `ALL` for the mean, `MIDDLE` for the interquartile mean.
        seed: of the draws.
        resamples: number of draws.
    """
    kept = np.sort(_finite(values))
    if kept.size < 2:
        return Interval(quantile_mean(kept, *between), float("nan"), float("nan"))
    passed = _drawn_passed(len(values), kept.size, resamples, seed, *between)
    return Interval(quantile_mean(kept, *between), *percentile_ends(_mean_of(kept, passed)))


def paired_difference(values: np.ndarray, reference: np.ndarray, seed: int = 0) -> Interval:
    """Return the mean of values - reference over patients who have both, (patients,) each in one order."""
    return interval(np.asarray(values, dtype=float) - np.asarray(reference, dtype=float), seed=seed)


def probability_of_improvement(
    values: np.ndarray, reference: np.ndarray, better: Better, seed: int = 0
) -> Interval:
    """Return how likely a patient does better than under the reference; ties count half."""
    gain = np.asarray(values, dtype=float) - np.asarray(reference, dtype=float)
    return interval(0.5 + 0.5 * np.sign(-gain if better == "lower" else gain), seed=seed)


def cluster_interval(
    samples: np.ndarray, patients: np.ndarray, seed: int = 0, resamples: int = RESAMPLES
) -> Interval:
    """Return the mean over samples with an interval from drawing whole patients again.

    Samples of one patient are alike: drawing samples instead makes the interval far too narrow.

    Args:
        samples: (samples,), NaN left out.
        patients: (samples,), whose each is.
        seed, resamples: of the draws, and their number.
    """
    kept = ~np.isnan(samples)
    _, owner = np.unique(np.asarray(patients)[kept], return_inverse=True)
    counts = np.bincount(owner)
    sums = np.bincount(owner, weights=_finite(samples))
    if counts.size < 2:
        return Interval(quantile_mean(samples), float("nan"), float("nan"))
    drawn = resample_counts(counts.size, resamples, seed)
    return Interval(float(sums.sum() / counts.sum()), *percentile_ends((drawn @ sums) / (drawn @ counts)))


def _by_patient(cases: pd.DataFrame, reference_agent: str, metrics: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Return each agent's metrics on one index of patients, the reference first.

    Raises:
        ValueError: naming a missing column, an agent that is not there, or a patient an agent has twice.
    """
    for column in ("agent", "patient", *metrics):
        if column not in cases.columns:
            raise ValueError(f"cases: column {column!r} is missing; agent, patient, metrics are needed")
    agents = list(dict.fromkeys(cases["agent"]))
    if reference_agent not in agents:
        allowed = ", ".join(map(str, agents))
        raise ValueError(f"reference_agent: {reference_agent!r} is not allowed; {allowed}")
    twice = cases.duplicated(["agent", "patient"])
    if twice.any():
        agent, patient = cases.loc[twice, ["agent", "patient"]].iloc[0]
        raise ValueError(f"cases: agent {agent!r} has patient {patient} twice; one row each is allowed")
    patients = sorted(cases["patient"].unique())
    agents.sort(key=lambda agent: agent != reference_agent)
    table = cases.set_index(["agent", "patient"])[list(metrics)]
    return {agent: table.loc[agent].reindex(patients) for agent in agents}


def _row(metric: Metric, values: np.ndarray, reference: np.ndarray | None, seed: int) -> dict[str, float]:
    """Describe one agent's metric, and its difference to the reference unless it is the reference."""
    kept = _finite(values)
    quartiles = np.percentile(kept, [25.0, 50.0, 75.0]) if kept.size else np.full(3, np.nan)
    middle = interval(values, MIDDLE, seed)
    better = metric.better
    nothing = Interval(*[float("nan")] * 3)
    difference = nothing if reference is None else paired_difference(values, reference, seed)
    chance = nothing
    if reference is not None and better is not None:
        chance = probability_of_improvement(values, reference, better, seed)
    return {
        "n": kept.size,
        "mean": quantile_mean(values),
        "sd": float(kept.std(ddof=1)) if kept.size > 1 else float("nan"),
        "median": quartiles[1],
        "q25": quartiles[0],
        "q75": quartiles[2],
        "iqm": middle.estimate,
        "iqm_low": middle.low,
        "iqm_high": middle.high,
        "worst_5_percent": worst_mean(values, better) if better else float("nan"),
        "difference": difference.estimate,
        "difference_low": difference.low,
        "difference_high": difference.high,
        "pairs": 0 if reference is None else int(np.count_nonzero(~np.isnan(values - reference))),
        "improvement": chance.estimate,
        "improvement_low": chance.low,
        "improvement_high": chance.high,
    }


def summarise(
    cases: pd.DataFrame, reference_agent: str, metrics: Sequence[str] | None = None, seed: int = 0
) -> pd.DataFrame:
    """Return one row per agent and metric, the reference agent first.

    Args:
        cases: one row per agent and patient: columns `agent`, `patient` and metrics of `sim.metrics.metric_table`.
        reference_agent: whom differences are taken to; its own differences are NaN.
        metrics: which; all the table knows, if not given.
        seed: of the bootstrap.

    Returns:
        Columns agent, metric, label, unit, n (patients with the metric), mean, sd, median, q25, q75, iqm and
        its interval, worst_5_percent (NaN where neither side is worse), difference and its interval, pairs,
        and improvement (probability of a better value than the reference in a patient) and its interval.
        A patient without the metric under either agent is no pair: read n and pairs beside every number.

    Raises:
        ValueError: on an unknown metric or agent, a missing column, a patient an agent has twice.
    """
    known = metric_table()
    names = list(metrics) if metrics is not None else [name for name in known if name in cases.columns]
    for name in names:
        if name not in known:
            raise ValueError(f"metrics: {name!r} is not allowed; {', '.join(known)}")
    table = _by_patient(cases, reference_agent, names)
    base = table[reference_agent]
    rows = []
    for agent, values in table.items():
        for name in names:
            own = values[name].to_numpy(dtype=float)
            other = None if agent == reference_agent else base[name].to_numpy(dtype=float)
            heading = {"agent": agent, "metric": name, "label": known[name].label, "unit": known[name].unit}
            rows.append({**heading, **_row(known[name], own, other, seed)})
    return pd.DataFrame(rows)
