"""Noise in bulk: normal numbers of 16 random bits, and windows of a given spectrum added over each other."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.fft import irfft
from scipy.special import ndtri

from sim.arrays import Array
from sim.randomness import words
from sim.signals.eeg import RATE

WINDOW = 2 * RATE  # samples
BINS = WINDOW // 2 + 1
SHORT = 16  # bits a number
IN_WORD = 64 // SHORT


def normals(keys: Array, purpose: str, counters: Array, rows: int) -> Array:
    """Return float32 normal numbers, (counters, rows, patients); rows in fours."""
    return _real()[_shorts(keys, purpose, counters, rows)]


def complex_normals(keys: Array, purpose: str, counters: Array, rows: int) -> Array:
    """Return complex64 normal numbers of unit power, (counters, rows, patients); rows in fours."""
    return _complex()[_shorts(keys, purpose, counters, rows)]


def coloured(keys: Array, purpose: str, seconds: Array, level: Array, tail: Array) -> tuple[Array, Array]:
    """Return noise of a spectrum, (seconds, 128, patients), and what it leaves for the next second, (128, patients).

    Windows of two seconds and random phases begin every second; the square roots of Hann windows, they add up to
    constant power. Source: weighted overlap-add, Crochiere, IEEE Trans Acoust Speech Signal Process 1980;28:99.

    Args:
        seconds: numbers of the seconds, (seconds, patients).
        level: dB re 1 unit²/Hz, (seconds, bins, patients).
        tail: what the second before left.
    """
    spectrum = complex_normals(keys, purpose, seconds, BINS - 1)
    scale = np.float32(WINDOW * np.sqrt(0.5 * RATE / WINDOW))
    spectrum *= np.exp(level[:, :-1] * np.float32(np.log(10.0) / 20.0)) * scale
    frames = irfft(spectrum, WINDOW, axis=1)
    frames *= _taper()
    frames[1:, :RATE] += frames[:-1, RATE:]
    frames[0, :RATE] += tail
    return frames[:, :RATE], frames[-1, RATE:].copy()


def _shorts(keys: Array, purpose: str, counters: Array, rows: int) -> Array:
    drawn = words(keys, purpose, counters, rows // IN_WORD)
    parts = [(drawn >> np.uint64(SHORT * part)).astype(np.uint16) for part in range(IN_WORD)]
    return np.concatenate(parts, axis=1)


@cache
def _taper() -> np.ndarray:
    return np.sin(np.pi * (np.arange(WINDOW) + 0.5) / WINDOW).astype(np.float32)[:, None]


@cache
def _real() -> np.ndarray:
    """Normal quantiles, of unit variance."""
    values = ndtri((np.arange(2**SHORT) + 0.5) / 2**SHORT)
    return (values / values.std()).astype(np.float32)


@cache
def _complex() -> np.ndarray:
    """256 sizes times 256 directions, of unit power."""
    number = np.arange(2**SHORT)
    size = np.sqrt(-np.log((number // 256 + 0.5) / 256.0))
    values = size * np.exp(2j * np.pi * (number % 256 + 0.5) / 256.0)
    return (values / np.sqrt(np.mean(size**2))).astype(np.complex64)
