"""EEG in epochs of five seconds: which of them can be read at all, and what stands for those that cannot."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array
from sim.signals.eeg import RATE

SECONDS = 5
SAMPLES = RATE * SECONDS
STEPS = 12  # epochs that a network looks back on: a minute
SILENT = 6  # epochs without EEG, after which nothing is said any more
LARGEST = 350.0  # µV; amplifiers saturate at 400
FLATTEST = 0.1  # µV, standard deviation; suppressed EEG has 1 and more


def epochs(eeg: Array) -> Array:
    """Return EEG (samples, patients) as (steps, SAMPLES, patients), float32, without what is no whole epoch at its end.

    Args:
        eeg: µV at 128 Hz.
    """
    steps = len(eeg) // SAMPLES
    return np.asarray(eeg[: steps * SAMPLES], dtype=np.float32).reshape(steps, SAMPLES, -1)


def heard(cut: Array) -> Array:
    """Return whether epochs (..., SAMPLES, patients) can be read: all there, neither flat nor saturated."""
    whole = np.isfinite(cut).all(axis=-2)
    known = np.where(whole[..., None, :], cut, 0.0)
    return whole & (np.abs(known).max(axis=-2) < LARGEST) & (known.std(axis=-2) > FLATTEST)


def held(values: Array) -> tuple[Array, Array]:
    """Return values (..., steps, patients) with the last known one in gaps, and how old each is, (steps, patients).

    An age is in steps. Before anything was heard the first value stands, and the age is infinite.
    """
    known = np.isfinite(values).all(axis=tuple(range(values.ndim - 2)))
    step = np.arange(len(known))[:, None]
    last = np.maximum.accumulate(np.where(known, step, -1), axis=0)
    source = np.where(last >= 0, last, known.argmax(axis=0))
    filled = np.take_along_axis(values, np.broadcast_to(source, values.shape), axis=-2)
    return filled, np.where(last >= 0, step - last, np.inf)


def windows(values: Array) -> Array:
    """Return what is looked back on at each step, (rows, STEPS, steps, patients), of values (rows, steps, patients).

    The newest comes last. Before the first step it had always been as it was then.
    """
    before = np.repeat(values[:, :1], STEPS - 1, axis=1)
    seen = np.lib.stride_tricks.sliding_window_view(np.concatenate([before, values], axis=1), STEPS, axis=1)
    return np.moveaxis(seen, -1, 1)
