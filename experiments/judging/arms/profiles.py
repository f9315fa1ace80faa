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
        share = _shares(values, at, np.ones((1, values.shape[1])), np.ones((1, len(values))))[0]
        drawn = [
            _shares(values, at, counts, own)
            for counts, (own,) in seeds.drawn(values.shape[1], [len(values)], seed)
        ]
        tail = (100.0 - LEVEL) / 2.0
        known = np.concatenate(drawn)
        known = known[~np.isnan(known).any(axis=1)]
        low, high = np.percentile(known, [tail, 100.0 - tail], axis=0) if len(known) else (share, share)
        tables.append(pd.DataFrame({"arm": name, "value": at, "share": share, "low": low, "high": high}))
    return pd.concat(tables, ignore_index=True)


def _shares(values: np.ndarray, at: np.ndarray, counts: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return the share of what was drawn that is above each value of `at`, (resamples, values).

    Args:
        values: (seeds, patients).
        at: (values,), rising.
        counts, own: (resamples, patients) and (resamples, seeds), how often each was drawn.
    """
    above, every = np.zeros((len(counts), len(at))), np.zeros((len(counts), 1))
    for one, drawn in zip(values, own.T, strict=True):
        order = np.argsort(one)[: np.count_nonzero(~np.isnan(one))]  # NaN sorts last
        passed = np.cumsum(counts[:, order], axis=1, dtype=float)
        passed = np.concatenate([np.zeros((len(counts), 1)), passed], axis=1)
        below = passed[:, np.searchsorted(one[order], at, side="right")]
        above += drawn[:, None] * (passed[:, -1:] - below)
        every += drawn[:, None] * passed[:, -1:]
    with np.errstate(invalid="ignore", divide="ignore"):  # nobody has a value
        return above / every


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
