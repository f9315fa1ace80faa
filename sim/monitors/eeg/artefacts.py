"""Seconds of EEG that tell nothing of the brain."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array
from sim.signals.eeg import RATE

SATURATED = 350.0  # µV, of an amplifier that holds 400 (choice)
JUMP = 120.0  # µV from one sample to the next: electrodes, not neurons (choice)
FLAT = 0.05  # µV from lowest to highest within a second: nothing is connected (choice)
LOUD = 60.0  # dB at 47-63 Hz: muscle, electrosurgery, the mains on a loose electrode (monitors: above 55 is too much)


def spoiled(eeg: Array, last: Array, loudness: Array) -> Array:
    """Return which seconds tell nothing, (seconds, patients), 0 or 1.

    Args:
        eeg: (128 x seconds, patients), µV; NaN is a gap.
        last: (patients,), the sample before.
        loudness: of each second at 47-63 Hz, (seconds, patients), dB, see `sim.signals.eeg.muscle`.
    """
    seconds = eeg.reshape(-1, RATE, eeg.shape[1])
    steps = np.abs(np.diff(np.concatenate([last[None], eeg]), axis=0)).reshape(seconds.shape)
    gap = ~np.isfinite(seconds).all(1)
    flat = seconds.max(1) - seconds.min(1) < FLAT
    saturated = np.abs(seconds).max(1) > SATURATED
    return (gap | flat | saturated | (steps.max(1) > JUMP) | (loudness > LOUD)).astype(float)
