"""Seconds of EEG that tell nothing of the brain."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array
from sim.signals.eeg import RATE

SATURATED = 350.0  # µV, of an amplifier that holds 400 (choice)
JUMP = 120.0  # µV from one sample to the next: electrodes, not neurons (choice)
FLAT = 0.05  # µV from lowest to highest within a second: nothing is connected (choice)
LOUD = 60.0  # dB of muscle or electrosurgery; monitors call more than 55 unacceptable


def spoiled(eeg: Array, last: Array, emg: Array) -> Array:
    """Return which seconds tell nothing, (seconds, patients), 0 or 1.

    Args:
        eeg: (128 x seconds, patients), µV; NaN is a gap.
        last: (patients,), the sample before.
        emg: of each second, (seconds, patients), dB.
    """
    seconds = eeg.reshape(-1, RATE, eeg.shape[1])
    steps = np.abs(np.diff(np.concatenate([last[None], eeg]), axis=0)).reshape(seconds.shape)
    gap = ~np.isfinite(seconds).all(1)
    flat = seconds.max(1) - seconds.min(1) < FLAT
    saturated = np.abs(seconds).max(1) > SATURATED
    return (gap | flat | saturated | (steps.max(1) > JUMP) | (emg > LOUD)).astype(float)
