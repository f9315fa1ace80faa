"""Every arm against every other, patient by patient: differences, how often better, and whether that is chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import wilcoxon

from experiments.judging.arms import seeds
from experiments.judging.bootstrap import percentile_ends
from sim.metrics import metric_table

COLUMNS = (
    "arm", "other", "metric", "pairs", "difference", "low", "high",
    "relative", "relative_low", "relative_high", "improvement", "p", "p_holm",
)  # fmt: skip


def compare(cases: pd.DataFrame, metrics: Sequence[str], seed: int = 0) -> pd.DataFrame:
    """Return one row per metric and pair of arms, both ways round.

    Args:
        cases: one row per agent and patient: columns agent, patient and the metrics.
        metrics: whose differences are asked for.
        seed: of the bootstrap.

    Returns:
        arm, other, metric, pairs (patients that both have), difference (arm - other, mean over patients of what is the
        mean over training seeds), low and high (95 %, patients and seeds drawn again), relative (the difference in % of
        other's mean) with its interval, improvement (probability that arm is better in a patient, ties count half), p
        (Wilcoxon's signed ranks), p_holm (times what Holm's steps ask for, over all pairs of the metric; Scand J Stat
        1979;6:65).
    """
    known = metric_table()
    tables = []
    for metric in metrics if cases["agent"].map(seeds.arm).nunique() > 1 else ():
        arms = seeds.scores(cases, metric)
        rows = _pairs(arms, seed)
        for row in rows:
            own, other = arms[row["arm"]], arms[row["other"]]
            row["improvement"] = _improvement(own, other, known[metric].better)
        table = pd.DataFrame(rows).assign(metric=metric)
        tested = table["arm"].map(list(arms).index) < table["other"].map(list(arms).index)  # each pair once
        corrected = holm(np.where(tested, table["p"], np.nan))
        both = {
            frozenset(pair): p
            for *pair, p in zip(table["arm"], table["other"], corrected, strict=True)
            if p == p
        }
        table["p_holm"] = [
            both.get(frozenset(pair), np.nan) for pair in zip(table["arm"], table["other"], strict=True)
        ]
        tables.append(table)
    if not tables:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)]


def holm(p: np.ndarray) -> np.ndarray:
    """Return p values corrected for their number, step by step from the smallest; NaN are no tests."""
    found = np.full(len(p), np.nan)
    order = np.argsort(p, kind="stable")[: np.count_nonzero(~np.isnan(p))]
    steps = p[order] * np.arange(len(order), 0, -1)
    found[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return found


def _pairs(arms: Mapping[str, np.ndarray], seed: int) -> list[dict[str, Any]]:
    """Return two rows a pair, one each way round: the difference with its interval, and the test of it."""
    names = list(arms)
    means = {name: _mean(values) for name, values in arms.items()}
    patients = len(means[names[0]])
    draws: dict[tuple[str, str], list[np.ndarray]] = {pair: [] for pair in combinations(names, 2)}
    for counts, own in seeds.drawn(patients, [len(arms[name]) for name in names], seed):
        drawn = {name: _drawn(arms[name], one) for name, one in zip(names, own, strict=True)}
        counts = counts.astype(float)
        for one, other in draws:
            draws[one, other].append(_weighted(drawn[one], drawn[other], counts))
    rows = []
    for (one, other), found in draws.items():
        resampled = np.concatenate(found, axis=1)
        kept = ~np.isnan(means[one] - means[other])
        values = np.stack([means[one][kept], means[other][kept]])
        p = signed_ranks(values[0] - values[1])
        for arm, rival, order in ((one, other, slice(None)), (other, one, slice(None, None, -1))):
            row = {"arm": arm, "other": rival, "pairs": int(kept.sum())}
            rows.append({**row, **_compared(values[order], resampled[order]), "p": p})
    return rows


def _compared(values: np.ndarray, resampled: np.ndarray) -> dict[str, float]:
    """Return difference and relative difference with their intervals.

    Args:
        values: (2, patients), of an arm and of another.
        resampled: (2, resamples), their means.
    """
    if values.shape[1] == 0:
        return dict.fromkeys(COLUMNS[4:10], float("nan"))
    own, other = values.mean(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):  # another of whom all are zero
        shares = 100.0 * (resampled[0] - resampled[1]) / resampled[1]
        share = 100.0 * (own - other) / other
    several = values.shape[1] > 1
    low, high = percentile_ends(resampled[0] - resampled[1]) if several else (np.nan, np.nan)
    known = shares[np.isfinite(shares)]
    ends = percentile_ends(known) if several and known.size else (np.nan, np.nan)
    difference = {"difference": float(own - other), "low": low, "high": high}
    relative = float(share) if np.isfinite(share) else np.nan
    return {**difference, "relative": relative, "relative_low": ends[0], "relative_high": ends[1]}


def _weighted(own: np.ndarray, other: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return both means in each resample, (2, resamples), over patients who have both.

    Args:
        own, other: (1 or resamples, patients), NaN where missing.
        counts: (resamples, patients), how often each patient was drawn.
    """
    there = ~np.isnan(own - other)
    filled = np.where(there, own, 0.0), np.where(there, other, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):  # nobody drawn whom both have
        if len(there) == 1:
            return np.stack([counts @ one[0] for one in filled]) / (counts @ there[0])
        return np.stack([np.sum(counts * one, axis=1) for one in filled]) / np.sum(counts * there, axis=1)


def signed_ranks(differences: np.ndarray) -> float:
    """Return p of Wilcoxon's signed-rank test, 1 where nothing differs, NaN without differences."""
    if differences.size == 0:
        return float("nan")
    return float(wilcoxon(differences).pvalue) if np.any(differences != 0.0) else 1.0


def _mean(values: np.ndarray) -> np.ndarray:
    """Return each patient's mean over seeds, NaN where there is none."""
    return _drawn(values, np.ones((1, len(values))))[0]


def _drawn(values: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return each patient's mean over drawn seeds: (1 or resamples, patients), NaN where there is none.

    Args:
        values: (seeds, patients).
        own: (resamples, seeds), how often each was drawn.
    """
    if len(values) == 1:
        return values
    there = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return (own @ np.where(there, values, 0.0)) / (own @ there.astype(float))


def _improvement(own: np.ndarray, other: np.ndarray, better: str | None) -> float:
    """Return how likely a seed of one arm does better in a patient than a seed of the other; ties count half."""
    if better is None:
        return float("nan")
    chances = []
    for one in own:
        for two in other:
            gain = two - one if better == "lower" else one - two
            chances.append(0.5 + 0.5 * np.sign(gain[~np.isnan(gain)]))
    every = np.concatenate(chances)
    return float(every.mean()) if every.size else float("nan")
