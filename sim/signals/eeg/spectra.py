"""Power spectra of EEG in windows of two seconds, and what is read from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.fft import rfft
from scipy.signal import butter, sosfilt

from sim.arrays import Array
from sim.signals.eeg import RATE

WINDOW = 2 * RATE  # samples
STRIDE = RATE // 2  # samples between windows
RESOLUTION = 0.5  # Hz
FREQUENCIES = RESOLUTION * np.arange(WINDOW // 2)  # Hz, of the bins
HIGH_PASS = 0.65  # Hz; Connor, Anesth Analg 2022;135:855
DECIBEL = 10.0 / np.log(10.0)
CACHED = 320  # windows
QUIET = 1e-12  # µV²; of nothing at all there is no logarithm


@cache
def high_pass() -> np.ndarray:
    """Return the sections of the causal filter that takes drift away: Butterworth, second order."""
    return butter(2, HIGH_PASS, "highpass", fs=RATE, output="sos")


def filtered(eeg: Array, state: Array) -> tuple[Array, Array]:
    """Return the EEG (samples, patients) without drift, and the state of the filter, (2, patients), zeros at first."""
    clean, after = sosfilt(high_pass(), eeg, axis=0, zi=state[None])
    return clean, after[0]


def filled(eeg: Array, held: Array) -> tuple[Array, Array]:
    """Return the EEG (samples, patients) with missing samples held from the one before, and the last one, (patients,).

    Args:
        held: the sample before the first, (patients,).
    """
    known = np.isfinite(eeg)
    if known.all():
        return eeg, eeg[-1]
    padded = np.concatenate([held[None], np.where(known, eeg, 0.0)])
    row = np.where(known, np.arange(1, len(eeg) + 1)[:, None], 0)
    whole = np.take_along_axis(padded, np.maximum.accumulate(row, axis=0), axis=0)
    return whole, whole[-1]


def few_at_once(
    function: Callable[[Array], tuple[Array, ...]], samples: Array, seconds: int
) -> Iterator[Array]:
    """Yield each array that the function makes of samples (samples, patients), all patients together, patients last.

    It is called with so few patients that the windows of the new seconds stay in the cache: twice as fast.
    """
    few = max(1, CACHED // (2 * seconds))
    parts = [function(samples[:, first : first + few]) for first in range(0, samples.shape[1], few)]
    for part in zip(*parts, strict=True):
        yield part[0] if len(part) == 1 else np.concatenate(part, axis=-1)


def straightened(window: Array) -> Array:
    """Return windows (..., samples) without their mean and slope."""
    length = window.shape[-1]
    time = np.arange(length) - 0.5 * (length - 1)
    straight = window - window.mean(-1, keepdims=True)
    straight -= (window @ (time / (time @ time)))[..., None] * time
    return straight


@cache
def taper(length: int) -> np.ndarray:
    """Return Blackman's taper, scaled so that squared moduli of the spectrum are powers, both sides in one."""
    weights = np.blackman(length)
    return weights * np.sqrt(2.0 / (length * np.sum(weights**2)))


def windows(samples: Array, length: int, first: int, count: int) -> Array:
    """Return windows that begin every half second, (patients, count, length), of samples (samples, patients)."""
    rows = np.ascontiguousarray(samples.T)
    return sliding_window_view(rows, length, axis=1)[:, first : first + STRIDE * count : STRIDE][:, :count]


def powers(two_seconds: Array, highest: float = 63.5) -> Array:
    """Return the power in bins of 0.5 Hz from 0 up to the highest, (..., bins), µV², of windows (..., 256).

    Windows of other lengths have other bins: of one second (..., 128), of 1 Hz.
    """
    length = two_seconds.shape[-1]
    bins = round(highest * length / RATE) + 1
    spectrum = rfft(taper(length) * straightened(two_seconds), axis=-1)[..., :bins]
    return spectrum.real**2 + spectrum.imag**2


def decibels(power: Array) -> Array:
    """Return 10 log10 of the power, dB re 1 µV²."""
    return DECIBEL * np.log(np.maximum(power, QUIET))  # twice as fast as of base 10


def between(low: float, high: float) -> slice:
    """Return the bins from one frequency to another, both included, Hz."""
    return slice(round(low / RESOLUTION), round(high / RESOLUTION) + 1)


def band(power: Array, low: float, high: float) -> Array:
    """Return the mean power of a band, dB re 1 µV² a bin, of powers (..., bins)."""
    return decibels(power[..., between(low, high)].mean(-1))


def edge(power: Array, share: float = 0.95, low: float = 0.5, high: float = 30.0) -> Array:
    """Return the frequency below which a share of the power of a band lies, Hz, of powers (..., bins).

    Within a bin, power is taken as spread evenly.
    """
    chosen = power[..., between(low, high)]
    summed = np.cumsum(chosen, axis=-1)
    wanted = share * summed[..., -1:]
    reached = np.argmax(summed >= wanted, axis=-1)[..., None]
    above = np.take_along_axis(summed, reached, -1)
    own = np.maximum(np.take_along_axis(chosen, reached, -1), QUIET)
    return (low + RESOLUTION * (reached + 0.5 - (above - wanted) / own))[..., 0]
