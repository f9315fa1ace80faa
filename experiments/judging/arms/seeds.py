"""Arms: an agent, or all the training seeds of one. Intervals draw patients again, and seeds.

Labels that differ in nothing but `seed` and a number at their end are training seeds of one arm: ppo@seed1 and
ppo@seed2 are the arm ppo@seeds. All arms meet the same patients; patients and seeds are crossed, and so are their draws
(Owen, Ann Appl Stat 2007;1:386). rliable (Agarwal, NeurIPS 2021) draws seeds within tasks only, as it holds its tasks
for fixed: our tasks are patients, and there are others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from experiments.judging.bootstrap import (
    ALL,
    CHUNK,
    NOTHING,
    RESAMPLES,
    Between,
    Interval,
    chunks,
    percentile_ends,
    quantile_mean,
    quantile_means,
)

SEED = re.compile(r"seed[-_]?\d+(?=$|\+)")  # before the wrappers, if there are any
SAME = 0x5EED  # begins the draws of seeds, so that they are not those of patients


def arm(label: str) -> str:
    """Return the arm of an agent's label."""
    return SEED.sub("seeds", label)


def scores(cases: pd.DataFrame, metric: str) -> dict[str, np.ndarray]:
    """Return arm -> (seeds, patients) of a metric, arms and seeds in the order of the cases, patients by number.

    Args:
        cases: one row per agent and patient: columns agent, patient and the metric.
    """
    table = cases.pivot(index="agent", columns="patient", values=metric)
    groups: dict[str, list[str]] = {}
    for label in dict.fromkeys(cases["agent"]):
        groups.setdefault(arm(label), []).append(label)
    return {name: table.loc[labels].to_numpy(dtype=float) for name, labels in groups.items()}


def drawn(
    patients: int, seeds: Sequence[int], seed: int = 0, resamples: int = RESAMPLES
) -> Iterator[tuple[np.ndarray, list[np.ndarray]]]:
    """Yield how often each patient was drawn, (some resamples, patients), and each arm's seeds, (some, seeds).

    Args:
        patients: how many.
        seeds: of every arm, how many.
        seed, resamples: of the draws, and their number.
    """
    rng = np.random.default_rng([SAME, seed])
    for counts in chunks(patients, resamples, seed):
        yield counts, [rng.multinomial(one, np.full(one, 1.0 / one), size=len(counts)) for one in seeds]


def interval(
    values: np.ndarray, between: Between = ALL, seed: int = 0, resamples: int = RESAMPLES
) -> Interval:
    """Return the mean between two quantiles over seeds and patients, with its interval.

    Args:
        values: (seeds, patients), NaN left out.
        between: quantiles.
        seed, resamples: of the draws, and their number.
    """
    kept = ~np.isnan(values)
    estimate = quantile_mean(values[kept], *between)
    if kept.any(axis=0).sum() < 2:
        return Interval(estimate, *NOTHING[1:])
    statistic = _mean(values, kept) if between == ALL else _quantile_mean(values, kept, between)
    found = [
        statistic(counts, own) for counts, (own,) in drawn(values.shape[1], [len(values)], seed, resamples)
    ]
    return Interval(estimate, *percentile_ends(np.concatenate(found)))


def _mean(values: np.ndarray, kept: np.ndarray) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Return what takes draws of patients and of seeds, and returns the means, (resamples,)."""
    sums, there = np.where(kept, values, 0.0).T, kept.T.astype(float)

    def means(counts: np.ndarray, own: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):  # a resample that drew only what is missing is NaN
            return np.sum((counts @ sums) * own, axis=1) / np.sum((counts @ there) * own, axis=1)

    return means


def _quantile_mean(
    values: np.ndarray, kept: np.ndarray, between: Between
) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Return what takes draws of patients and of seeds, and returns the means between quantiles, (resamples,)."""
    order = np.argsort(values[kept], kind="stable")
    owner, patient = (place[order] for place in np.nonzero(kept))
    ordered = values[kept][order]
    step = max(1, CHUNK // ordered.size)

    def means(counts: np.ndarray, own: np.ndarray) -> np.ndarray:
        counts, own = counts.astype(np.float32), own.astype(np.float32)
        some = (slice(first, first + step) for first in range(0, len(counts), step))
        return np.concatenate(
            [
                quantile_means(ordered, counts[rows][:, patient] * own[rows][:, owner], *between)
                for rows in some
            ]
        )

    return means
