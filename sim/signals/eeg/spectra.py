"""Power spectra of EEG in windows of two seconds, and what is read from them."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.signal import butter, sosfilt

from sim.arrays import Array
from sim.signals.eeg import RATE

WINDOW = 2 * RATE  # samples
STRIDE = RATE // 2  # samples between windows
RESOLUTION = 0.5  # Hz
FREQUENCIES = RESOLUTION * np.arange(WINDOW // 2)  # Hz, of the bins
HIGH_PASS = 0.65  # Hz; Connor, Anesth Analg 2022;135:855
QUIET = 1e-12  # µV²; of nothing at all there is no logarithm


@cache
def high_pass() -> np.ndarray:
    """Return the sections of the causal filter that takes drift away: Butterworth, second order."""
    return butter(2, HIGH_PASS, "highpass", fs=RATE, output="sos")


def filtered(eeg: Array, state: Array) -> tuple[Array, Array]:
    """Return the EEG (samples, patients) without drift, and the state of the filter, (2, patients), zeros at first."""
    clean, after = sosfilt(high_pass(), eeg, axis=0, zi=state[None])
    return clean, after[0]


@cache
def transform() -> np.ndarray:
    """Return what brings a window to cosine and sine parts, (256, 256): detrended, and tapered by Blackman."""
    line = np.stack([np.ones(WINDOW), np.linspace(-1.0, 1.0, WINDOW)])
    detrend = np.eye(WINDOW) - line.T @ np.linalg.solve(line @ line.T, line)
    taper = np.blackman(WINDOW)
    spectrum = np.fft.rfft(detrend * taper, axis=1)[:, : WINDOW // 2]
    scale = np.sqrt(2.0 / (WINDOW * np.sum(taper**2)))
    return scale * np.concatenate([spectrum.real, spectrum.imag], axis=1)


def windows(samples: Array, length: int, first: int, count: int) -> Array:
    """Return windows that begin every half second, (patients, count, length), of samples (samples, patients)."""
    rows = np.ascontiguousarray(samples.T)
    return sliding_window_view(rows, length, axis=1)[:, first : first + STRIDE * count : STRIDE][:, :count]


def powers(two_seconds: Array, highest: float = 63.5) -> Array:
    """Return the power in bins of 0.5 Hz from 0 up to the highest, (..., bins), µV², of windows (..., 256)."""
    bins = round(highest / RESOLUTION) + 1
    columns = transform()
    used = np.concatenate([columns[:, :bins], columns[:, WINDOW // 2 : WINDOW // 2 + bins]], axis=1)
    parts = two_seconds.reshape(-1, WINDOW) @ used
    power = parts[:, :bins] ** 2 + parts[:, bins:] ** 2
    return power.reshape(*two_seconds.shape[:-1], bins)


def decibels(power: Array) -> Array:
    """Return 10 log10 of the power, dB re 1 µV²."""
    return 10.0 * np.log10(np.maximum(power, QUIET))


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
