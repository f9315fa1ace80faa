"""Suppressed EEG, by the two published detectors. Both under-read: a flag needs a whole window of silence."""

from __future__ import annotations

from functools import cache

import numpy as np

from sim.arrays import Array
from sim.signals.eeg import RATE

MEMORY = 126  # half seconds, over which a suppression ratio is taken
SILENT = 5.0  # µV, from a straight line through a second; Connor, Anesth Analg 2022;135:855
QUAZI_SILENT = 10.0  # µV, over half a second, high-passed; vitaldb/openeeg


@cache
def _line(length: int) -> np.ndarray:
    """Return what fits a straight line to a window, (length, length)."""
    line = np.stack([np.ones(length), np.linspace(-1.0, 1.0, length)])
    return line.T @ np.linalg.solve(line @ line.T, line)


def from_line(second: Array) -> Array:
    """Return how far a second of EEG, (..., 128), strays from a straight line, µV."""
    return np.abs(second - second @ _line(RATE)).max(-1)


def silent(second: Array) -> Array:
    """Return whether seconds of raw EEG, (..., 128), are suppressed: within 5 µV of a straight line."""
    return from_line(second) <= SILENT


def ratio(flags: Array) -> Array:
    """Return the suppression ratio, %, after each half second of flags (125 + half seconds, patients), NaN unknown.

    It looks back on 63 s, or on as much as is known.
    """
    known = np.isfinite(flags)
    summed = np.cumsum(np.concatenate([np.zeros_like(flags[:1]), np.where(known, flags, 0.0)]), axis=0)
    counted = np.cumsum(np.concatenate([np.zeros_like(flags[:1]), known]), axis=0)
    total, count = (sums[MEMORY:] - sums[:-MEMORY] for sums in (summed, counted))
    return np.where(count > 0, 100.0 * total / np.maximum(count, 1.0), np.nan)


def quazi(half_second: Array) -> Array:
    """Return whether half seconds of high-passed EEG, (..., 64), are suppressed: within 10 µV of zero."""
    return np.abs(half_second).max(-1) < QUAZI_SILENT
