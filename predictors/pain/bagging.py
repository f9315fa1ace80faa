"""Bags of networks: each learns from other subjects, those whom it has not seen judge it, and the best may be kept.

Breiman, Mach Learn 1996;24:123. Subjects are drawn, not windows: windows of one subject are alike.
"""

from __future__ import annotations

import numpy as np

from predictors.learning.measures import roc_area

MEMBERS, KEPT = 30, 10


def drawn(subject: np.ndarray, members: int, seed: int) -> np.ndarray:
    """Return how often each window is in each bag, (members, windows): as often as its subject was drawn.

    Args:
        subject: (windows,).
        members: bags.
        seed: of the draws.
    """
    names, owner = np.unique(subject, return_inverse=True)
    random = np.random.default_rng(seed)
    lots = random.integers(len(names), size=(members, len(names)))
    counts = np.stack([np.bincount(row, minlength=len(names)) for row in lots])
    return counts[:, owner].astype(np.float32)


def out_of_bag(probability: np.ndarray, labels: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return how well each member ranks the windows it has not seen, (members,): see `class_area`.

    Args:
        probability: of classes, (members, windows, classes).
        labels: (windows,).
        counts: (members, windows).
    """
    unseen = counts == 0
    return np.array(
        [
            class_area(labels[mask], own[mask], np.ones((1, int(mask.sum()))))[0]
            for own, mask in zip(probability, unseen, strict=True)
        ]
    )


def best(scores: np.ndarray, kept: int = KEPT) -> np.ndarray:
    """Return which members score best, indices in rising order; one without a score comes last."""
    order = np.argsort(-np.nan_to_num(scores, nan=-np.inf), kind="stable")
    return np.sort(order[:kept])


def class_area(labels: np.ndarray, probability: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the area under the receiver operating characteristic, mean over the classes against all others, (draws,).

    Of two classes this is the usual area. A class that nobody or everybody belongs to is left out; NaN without any.

    Args:
        labels: (windows,), whole numbers from 0.
        probability: (windows, classes).
        weights: how often each window counts, (draws, windows).
    """
    classes = [1] if probability.shape[-1] == 2 else range(probability.shape[-1])
    areas = np.stack([roc_area(labels == one, probability[:, one], weights) for one in classes])
    there = np.isfinite(areas)
    with np.errstate(invalid="ignore"):
        return np.where(there, areas, 0.0).sum(axis=0) / there.sum(axis=0)
