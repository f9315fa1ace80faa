"""Negative controls: cases in which nothing can be known, as their truth is somebody else's."""

from __future__ import annotations

import numpy as np

from predictors.learning.cases import Cases, Signal


def somebody_elses(cases: Cases, label: str, seed: int) -> Cases:
    """Return the cases, each with this label of somebody else at another time."""
    random = np.random.default_rng(seed)
    drawn = random.permutation(cases.count)
    other = np.roll(drawn, 1)[np.argsort(drawn)]
    truth = cases.labels[label]
    steps = len(truth.values)
    later = random.integers(steps // 4, steps - steps // 4, cases.count)
    lasts = np.clip(np.round(cases.length[other] / truth.interval).astype(int), 1, steps)
    step = (np.arange(steps)[:, None] + later) % lasts
    return cases.with_labels(**{label: Signal(truth.values[step, other], truth.interval, truth.unit)})
