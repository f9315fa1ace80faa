"""Suppressed EEG, as Connor's detector has it, and suppression ratios. Connor, Anesth Analg 2022;135:855.

It reads less than there is: a flag needs a whole second of silence.
"""

from __future__ import annotations

import numpy as np

from sim.arrays import Array
from sim.signals.eeg import RATE
from sim.signals.eeg.spectra import few_at_once, straightened, windows

MEMORY = 126  # half seconds, over which a suppression ratio is taken
BEFORE = 96  # samples before new ones, where the second of their first epoch begins
SILENT = 5.0  # µV, from a straight line through a second


def from_line(second: Array) -> Array:
    """Return how far a second of EEG, (..., 128), strays from a straight line, µV."""
    strays = straightened(second)
    return np.maximum(strays.max(-1), -strays.min(-1))


def silent(second: Array) -> Array:
    """Return whether seconds of raw EEG, (..., 128), are suppressed: within 5 µV of a straight line."""
    return from_line(second) <= SILENT


def silences(raw: Array, seconds: int) -> Array:
    """Return whether the second in each of the coming epochs is suppressed, (epochs, patients), NaN where not known.

    Args:
        raw: (96 or more + 128 x seconds, patients), what was before and what is new, µV.
        seconds: how many are new; the first of their epochs looks at a second that begins 96 samples before them.
    """
    (strays,) = few_at_once(lambda some: (from_line(seconds_of_epochs(some, seconds)).T,), raw, seconds)
    return np.where(np.isnan(strays), np.nan, strays <= SILENT)


def seconds_of_epochs(raw: Array, seconds: int) -> Array:
    """Return the second that each coming epoch looks at for suppression, (patients, epochs, 128), see `silences`."""
    return windows(raw, RATE, len(raw) - RATE * seconds - BEFORE, 2 * seconds)


def ratio(flags: Array) -> Array:
    """Return the suppression ratio, %, after each half second of flags (125 + half seconds, patients), NaN unknown.

    It looks back on 63 s, or on as much as is known.
    """
    known = np.isfinite(flags)
    summed = np.cumsum(np.concatenate([np.zeros_like(flags[:1]), np.where(known, flags, 0.0)]), axis=0)
    counted = np.cumsum(np.concatenate([np.zeros_like(flags[:1]), known]), axis=0)
    total, count = (sums[MEMORY:] - sums[:-MEMORY] for sums in (summed, counted))
    return np.where(count > 0, 100.0 * total / np.maximum(count, 1.0), np.nan)
