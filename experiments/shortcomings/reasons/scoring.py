"""How right explanations are: by person, and by training."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from experiments.judging.bootstrap import Interval, percentile_ends
from experiments.shortcomings.contract import Contrast

DRAWS = 500


def rank_correlations(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return Spearman's correlation over columns of each of the people, (people,); 0 where one says nothing.

    Args:
        one, other: (people, columns).
    """
    a, b = (rankdata(values, axis=1) for values in (one, other))
    a, b = (ranks - ranks.mean(axis=1, keepdims=True) for ranks in (a, b))
    size = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    return np.where(size > 0.0, (a * b).sum(axis=1) / np.where(size > 0.0, size, 1.0), 0.0)


def over_both(values: np.ndarray, seed: int) -> Interval:
    """Return the mean of (trainings, people) with its interval from drawing trainings and people again."""
    return Interval(float(values.mean()), *percentile_ends(_drawn(values, seed)))


def both_contrast(one: np.ndarray, other: np.ndarray, seed: int) -> Contrast:
    """Return two means of (trainings, people) and their difference, the same trainings and people drawn for both."""
    return Contrast(*(over_both(values, seed) for values in (one, other, one - other)))


def _drawn(values: np.ndarray, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    turns, people = values.shape
    means = []
    for _ in range(DRAWS):
        chosen = values[random.integers(turns, size=turns)]
        means.append(chosen[:, random.integers(people, size=people)].mean())
    return np.array(means)
