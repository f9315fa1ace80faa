"""Every arm against every other, patient by patient: differences, how often better, and whether that is chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import wilcoxon

from experiments.judging.arms import seeds
from experiments.judging.bootstrap import Interval, percentile_ends
from sim.metrics import metric_table

COLUMNS = ("arm", "other", "metric", "pairs", "difference", "low", "high", "improvement", "p", "p_holm")


def compare(cases: pd.DataFrame, metrics: Sequence[str], seed: int = 0) -> pd.DataFrame:
    """Return one row per metric and pair of arms, both ways round.

    Args:
        cases: one row per agent and patient: columns agent, patient and the metrics.
        metrics: whose differences are asked for.
        seed: of the bootstrap.

    Returns:
        arm, other, metric, pairs (patients that both have), difference (arm - other, mean over patients of what is the
        mean over training seeds), low and high (95 %, patients and seeds drawn again), improvement (probability that
        arm is better in a patient, ties count half), p (Wilcoxon's signed ranks), p_holm (times what Holm's steps ask
        for, over all pairs of the metric; Scand J Stat 1979;6:65).
    """
    known = metric_table()
    tables = []
    for metric in metrics if cases["agent"].map(seeds.arm).nunique() > 1 else ():
        arms = seeds.scores(cases, metric)
        rows = _pairs(arms, seed)
        better = known[metric].better
        for row in rows:
            row["improvement"] = _improvement(arms[row["arm"]], arms[row["other"]], better)
        table = pd.DataFrame(rows).assign(metric=metric)
        table["p_holm"] = holm(table["p"].to_numpy())
        tables.append(pd.concat([table, _reversed(table)]))
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


def _pairs(arms: Mapping[str, np.ndarray], seed: int) -> list[dict]:
    """Return a row a pair: the difference with its interval, and the test of it."""
    names = list(arms)
    means = {name: _mean(values) for name, values in arms.items()}
    patients = len(means[names[0]])
    draws: dict[tuple[str, str], list[np.ndarray]] = {pair: [] for pair in combinations(names, 2)}
    for counts, own in seeds.drawn(patients, [len(arms[name]) for name in names], seed):
        drawn = {name: _drawn(arms[name], one) for name, one in zip(names, own, strict=True)}
        counts = counts.astype(float)
        for one, other in draws:
            draws[one, other].append(_weighted(drawn[one] - drawn[other], counts))
    rows = []
    for (one, other), found in draws.items():
        gap = means[one] - means[other]
        gap = gap[~np.isnan(gap)]
        ends = percentile_ends(np.concatenate(found)) if gap.size > 1 else (np.nan, np.nan)
        interval = Interval(float(gap.mean()) if gap.size else np.nan, *ends)
        row = {"arm": one, "other": other, "pairs": gap.size, "difference": interval.estimate}
        rows.append({**row, "low": interval.low, "high": interval.high, "p": signed_ranks(gap)})
    return rows


def _weighted(gap: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the mean gap in each resample, (resamples,); gap is (1 or resamples, patients), NaN left out."""
    there = ~np.isnan(gap)
    filled = np.where(there, gap, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):  # nobody drawn whom both have
        if len(gap) == 1:
            return (counts @ filled[0]) / (counts @ there[0])
        return np.sum(counts * filled, axis=1) / np.sum(counts * there, axis=1)


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


def _reversed(table: pd.DataFrame) -> pd.DataFrame:
    """Return the same pairs, seen from the other side."""
    turned = {"arm": "other", "other": "arm", "low": "high", "high": "low"}
    signs = {name: -table[name] for name in ("difference", "low", "high")}
    return table.assign(**signs, improvement=1.0 - table["improvement"]).rename(columns=turned)
