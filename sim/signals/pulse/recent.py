"""The last beats of each patient, and which of them are to be believed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array
from sim.signals.pulse.detection import LATEST, SOONEST

LATENCY = 3.5  # s by which a beat is known at the latest: the next one follows within two, and is soon found
UNLIKE = 0.3  # share by which an interval may differ from what is usual
FOLLOWS = 0.15  # of what is usual, to each believed interval
PERSISTENT = 6  # unlike intervals in a row that make a new usual


def remembered(before: Array, new: Array) -> Array:
    """Return the last rows of both, (rows, patients) as many as `before`, with what is missing (NaN) first."""
    rows = np.concatenate([before, new])
    order = np.argsort(np.isfinite(rows), axis=0, kind="stable")
    return np.take_along_axis(rows, order, axis=0)[len(rows) - len(before) :]


@dataclass(frozen=True)
class Usual:
    """What is usual in each patient: interval (s, NaN before the first), and unlike ones in a row; (patients,)."""

    interval: Array
    unlike: Array

    @classmethod
    def unknown(cls, patients: int) -> Usual:
        """Nothing is, before the first beat."""
        return cls(np.full(patients, np.nan), np.zeros(patients))


def believed(usual: Usual, intervals: Array) -> tuple[Usual, Array]:
    """Return what is usual after these beats, and which of them are to be believed, (beats, patients) bool."""
    keep = np.zeros(intervals.shape, dtype=bool)
    reference, unlike = usual.interval, usual.unlike
    for row, interval in enumerate(intervals):
        possible = (interval >= SOONEST) & (interval <= LATEST)
        fresh = np.isnan(reference) | (unlike >= PERSISTENT)
        like = possible & (fresh | (np.abs(interval - reference) <= UNLIKE * reference))
        followed = np.where(fresh, interval, reference + FOLLOWS * (interval - reference))
        reference = np.where(like, followed, reference)
        unlike = np.where(like, 0.0, unlike + possible)
        keep[row] = like
    return Usual(reference, unlike), keep
