"""Recorded EEG at 128 samples a second."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from scipy.signal import resample_poly

from sim.arrays import Array
from sim.signals.eeg import RATE

LARGEST = 1000  # of the denominator of the ratio of two rates


def resampled(samples: Array, rate: float) -> Array:
    """Return samples (samples,) at 128 a second, as many as make whole seconds; gaps stay gaps.

    By a polyphase filter; gaps are bridged by straight lines while it passes.
    """
    known = np.isfinite(samples)
    place = np.arange(len(samples))
    bridged = samples if known.all() else np.interp(place, place[known], samples[known])
    ratio = Fraction(RATE / rate).limit_denominator(LARGEST)
    middle = np.median(bridged)  # the filter takes what is beyond the ends for zero
    found = (
        bridged
        if ratio == 1
        else middle + resample_poly(bridged - middle, ratio.numerator, ratio.denominator)
    )
    at = np.arange(len(found)) * float(1 / ratio)
    near = known[np.clip(np.floor(at).astype(int), 0, len(known) - 1)]
    near &= known[np.clip(np.ceil(at).astype(int), 0, len(known) - 1)]
    return np.where(near, found, np.nan)[: len(found) // RATE * RATE]
