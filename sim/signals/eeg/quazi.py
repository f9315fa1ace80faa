"""Silence as the detector called quazi has it: half seconds within 10 µV, slow waves taken away without a delay.

Source: vitaldb/openeeg, where it agrees best with a monitor's own suppression ratio. Its filter looks ahead, so that
what it says is two seconds late; quiet waking EEG it takes for silence (`sim.signals.eeg.openbsr` does not).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.signal import butter, sosfilt

from sim.arrays import Array
from sim.signals.eeg import RATE, suppression, whole_seconds
from sim.signals.eeg.spectra import filled

SILENT = 10.0  # µV
HIGH_PASS = 1.0  # Hz, second order, there and back
AHEAD = 2  # s that the way back begins ahead: what is left of its beginning is a ten-thousandth


@dataclass(frozen=True)
class QuaziState:
    """What is carried.

    Attributes:
        seconds: heard so far, (patients,).
        drift: of the filter, (2, patients).
        held: the last sample that was heard, µV, (patients,).
        there: the last two seconds, filtered one way, (256, patients), NaN where missing.
    """

    seconds: Array
    drift: Array
    held: Array
    there: Array


def begin(patients: int) -> QuaziState:
    """Return the state before the first second."""
    nothing = np.zeros(patients)
    return QuaziState(nothing, np.zeros((2, patients)), nothing, np.full((AHEAD * RATE, patients), np.nan))


def listen(state: QuaziState, eeg: Array) -> tuple[QuaziState, Array]:
    """Return the state, and how far each half second strays from zero, µV, (2 x seconds, patients), NaN unknown.

    The rows belong to the half seconds that ended two seconds before those of the EEG.

    Args:
        eeg: (128 x seconds, patients), µV, NaN where missing.
    """
    seconds = whole_seconds(eeg)
    whole, held = filled(eeg, state.held)
    there, drift = sosfilt(_high_pass(), whole, axis=0, zi=state.drift[None])
    there = np.concatenate([state.there, np.where(np.isfinite(eeg), there, np.nan)])
    size = np.abs(_back(there, seconds)).reshape(2 * seconds, RATE // 2, -1)
    after = QuaziState(state.seconds + seconds, drift[0], held, there[-AHEAD * RATE :])
    return after, size.max(1)


def quazi(eeg: Array) -> Array:
    """Return whether half seconds of whole records are silent, (2 x (seconds - 2), patients), NaN where not known."""
    _, strays = listen(begin(eeg.shape[1]), eeg[: len(eeg) // RATE * RATE])
    return np.where(np.isnan(strays), np.nan, strays < SILENT)[2 * AHEAD :]


def ratio(eeg: Array) -> Array:
    """Return the suppression ratio of whole records, %, after each half second, (2 x (seconds - 2), patients)."""
    flags = quazi(eeg)
    return suppression.ratio(np.concatenate([np.full((suppression.MEMORY - 1, eeg.shape[1]), np.nan), flags]))


def _back(there: Array, seconds: int) -> Array:
    """The way back through the filter, (128 x seconds, patients), for each second from two seconds ahead of it."""
    missing = ~np.isfinite(there)
    some = missing.any()
    if some:
        there = np.where(missing, 0.0, there)
    length = (1 + AHEAD) * RATE
    ahead = np.lib.stride_tricks.sliding_window_view(there, length, axis=0)[::RATE][
        :seconds
    ]  # (s, patients, 384)
    back = sosfilt(_high_pass(), ahead[..., ::-1], axis=-1)[..., -RATE:][..., ::-1]
    said = back.transpose(0, 2, 1).reshape(RATE * seconds, -1)
    return np.where(missing[: len(said)], np.nan, said) if some else said


@cache
def _high_pass() -> np.ndarray:
    return butter(2, HIGH_PASS, "highpass", fs=RATE, output="sos")
