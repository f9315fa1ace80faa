"""Samples of a patient, counted: shares, middles, first, last, longest runs. Events are (samples, patients), bool."""

from __future__ import annotations

import numpy as np

SPELL = 60.0  # s; shorter spells are not counted as one


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Divide, NaN where the whole is zero."""
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole != 0)


def count(samples: np.ndarray) -> np.ndarray:
    """Count a patient's samples."""
    return np.count_nonzero(samples, axis=0)


def percent(inside: np.ndarray, window: np.ndarray) -> np.ndarray:
    """Return the samples inside as a share of those in the window, %."""
    return 100.0 * ratio(count(inside), count(window))


def mean(values: np.ndarray, counted: np.ndarray | None = None) -> np.ndarray:
    """Return the mean of a patient's counted (all finite) samples, NaN where there are none."""
    counted = np.isfinite(values) if counted is None else counted
    number = count(counted)
    total = np.sum(values, axis=0, where=counted, dtype=float)
    return np.where(number, total / np.maximum(number, 1), np.nan)


def median(values: np.ndarray) -> np.ndarray:
    """Return the median of a patient's samples, NaN left out (np.nanmedian goes patient by patient)."""
    ordered = np.sort(values.T, axis=1)  # NaN sorts last
    known = np.count_nonzero(~np.isnan(ordered), axis=1)
    middle = np.stack([np.maximum(known - 1, 0) // 2, np.maximum(known, 1) // 2], axis=1)
    return np.take_along_axis(ordered, middle, axis=1).mean(axis=1)


def first(event: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Return the time of a patient's first event, NaN where there is none."""
    return np.where(event.any(axis=0), time[event.argmax(axis=0)], np.nan)


def last(event: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Return the time of a patient's last event, NaN where there is none."""
    return first(event[::-1], time[::-1])


def longest(event: np.ndarray) -> np.ndarray:
    """Return the length of a patient's longest run of events, in samples."""
    sample = np.arange(event.shape[0])[:, None]
    last_gap = np.maximum.accumulate(np.where(event, -1, sample), axis=0)
    return (sample - last_gap).max(axis=0)


def absolute_error(bis: np.ndarray, target: float, period: float) -> np.ndarray:
    """Integrate abs(BIS - target) over the counted samples, BIS·s; NaN where there are none."""
    total = np.nansum(np.abs(bis - target), axis=0) * period
    return np.where(np.isnan(bis).all(axis=0), np.nan, total)
