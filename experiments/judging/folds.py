"""Who is judged by models that others taught: folds of subjects; and folds of cases, which leak, to show how much."""

from __future__ import annotations

import numpy as np


def by_subject(subject: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Return the fold of each case, 0 to count - 1: all cases of a subject are in one.

    Args:
        subject: (cases,).
        count: number of folds; their numbers of subjects differ by one at most.
        seed: of who comes into which.

    Raises:
        ValueError: fewer than two folds, or fewer subjects than folds.
    """
    names, owner = np.unique(subject, return_inverse=True)
    return _dealt("subjects", len(names), count, seed)[owner]


def by_case(cases: int, count: int, seed: int) -> np.ndarray:
    """Return the fold of each case, whoever it belongs to; see `by_subject`.

    What a model learned of a subject helps it with other cases of that subject: its scores are too good.
    """
    return _dealt("cases", cases, count, seed)


def _dealt(what: str, number: int, count: int, seed: int) -> np.ndarray:
    if not 2 <= count <= number:
        raise ValueError(f"folds: {count} is not allowed of {number} {what}; 2 to {number}")
    return np.random.default_rng(seed).permutation(number) % count
