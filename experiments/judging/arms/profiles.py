"""All patients of an arm at once: how many do worse than any given value, and what is lacking to be good enough."""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.judging.arms import seeds
from experiments.judging.bootstrap import LEVEL, MIDDLE, Interval
from experiments.judging.statistics import TAIL

ENOUGH = (
    10.0  # % of time out of range, below which nothing is lacking; clinical loops reach 11 (Liu 2006; choice)
)
POINTS = 101  # of a profile


def profiles(cases: pd.DataFrame, metric: str, seed: int = 0) -> pd.DataFrame:
    """Return each arm's performance profile: the share of patients and seeds with more than each value.

    Dolan, Math Program 2002;91:201; with pointwise 95 % bands over patients and seeds (Agarwal, NeurIPS 2021).

    Args:
        cases: one row per agent and patient: columns agent, patient and the metric.
        metric: of which less is better, 0 to 100 %.
        seed: of the bootstrap.

    Returns:
        arm, value, share, low, high (shares 0-1).
    """
    at = np.linspace(0.0, 100.0, POINTS)
    tables = []
    for name, values in seeds.scores(cases, metric).items():
        there = ~np.isnan(values)
        drawn = []
        for counts, (own,) in seeds.drawn(values.shape[1], [len(values)], seed):
            weight = _crossed(there[None], counts, own)
            drawn.append(_crossed(values[None] > at[:, None, None], counts, own) / weight)
        tail = (100.0 - LEVEL) / 2.0
        low, high = np.nanpercentile(np.concatenate(drawn, axis=1), [tail, 100.0 - tail], axis=1)
        share = np.sum(values[None] > at[:, None, None], axis=(1, 2)) / max(1, np.count_nonzero(there))
        tables.append(pd.DataFrame({"arm": name, "value": at, "share": share, "low": low, "high": high}))
    return pd.concat(tables, ignore_index=True)


def _crossed(inside: np.ndarray, counts: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return how many are inside in each resample, (values, resamples); inside is (values, seeds, patients)."""
    by_seed = inside.astype(np.float32) @ counts.T.astype(np.float32)
    return np.einsum("vsr,rs->vr", by_seed, own)


def aggregates(cases: pd.DataFrame, metric: str, seed: int = 0) -> pd.DataFrame:
    """Return what rliable reports of every arm, over patients and seeds, of a metric of which less is better, %.

    Returns:
        arm, seeds, patients (with the metric, under every seed counted once), and with its interval each: iqm
        (interquartile mean), gap (optimality gap: the mean by which patients exceed `ENOUGH`), worst (mean of the worst
        5 %); lowest and highest (interquartile means of single seeds).
    """
    rows = []
    for name, values in seeds.scores(cases, metric).items():
        alone = [seeds.interval(own[None], MIDDLE, resamples=1).estimate for own in values]
        row = {"arm": name, "seeds": len(values), "patients": int((~np.isnan(values)).any(axis=0).sum())}
        row |= _named("iqm", seeds.interval(values, MIDDLE, seed))
        row |= _named("gap", seeds.interval(np.maximum(values - ENOUGH, 0.0), seed=seed))
        row |= _named("worst", seeds.interval(values, (1.0 - TAIL, 1.0), seed))
        rows.append({**row, "lowest": min(alone), "highest": max(alone)})
    return pd.DataFrame(rows)


def _named(name: str, found: Interval) -> dict[str, float]:
    return {name: found.estimate, f"{name}_low": found.low, f"{name}_high": found.high}
