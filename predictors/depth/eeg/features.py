"""Twelve numbers of five seconds of EEG: two entropies, powers, their ratios, two edges and suppression.

Li, Front Neurosci 2020;14:26 used "more than ten", of which the abstract names sample and permutation entropy, spectra
and the alpha ratio; the others are the usual ones. Alpha ratio: Jensen, Br J Anaesth 2006;97:39 (its bands).
Beta ratio: Rampil, Anesthesiology 1998;89:980.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from predictors.depth.eeg.entropy import permutation_entropy, sample_entropy
from predictors.depth.eeg.epochs import RATE, SAMPLES, epochs, heard
from sim.arrays import Array

BANDS: Mapping[str, tuple[float, float]] = {
    "slow_power": (0.5, 4.0),
    "theta_power": (4.0, 8.0),
    "alpha_power": (8.0, 13.0),
    "beta_power": (13.0, 30.0),
    "gamma_power": (30.0, 47.0),
}
NAMES = (
    "permutation_entropy",
    "sample_entropy",
    *BANDS,
    "alpha_ratio",
    "beta_ratio",
    "spectral_edge",
    "median_frequency",
    "suppression",
)
COUNT = len(NAMES)
EDGES = (0.5, 30.0)  # Hz, within which edges are sought
QUIET, QUIET_FOR = 5.0, RATE // 2  # µV either side of a straight line, samples
SMALLEST = 1e-4  # µV²/Hz
BLOCK = 1024  # epochs at a time


def features(eeg: Array) -> Array:
    """Return the features of EEG, (COUNT, steps, patients), float32; NaN where an epoch cannot be read.

    Powers are in dB (µV²/Hz), ratios in log10, edges in Hz, suppression is a share.

    Args:
        eeg: (samples, patients), µV at 128 Hz.
    """
    cut = epochs(eeg)
    steps, _, patients = cut.shape
    readable = heard(cut)
    column = np.moveaxis(np.where(readable[:, None], cut, 0.0), 1, 0).reshape(SAMPLES, steps * patients)
    parts = [_features(column[:, first : first + BLOCK]) for first in range(0, steps * patients, BLOCK)]
    found = np.concatenate(parts, axis=1) if parts else np.zeros((COUNT, 0))
    return np.where(readable, found.reshape(COUNT, steps, patients), np.nan).astype(np.float32)


def spectrum(cut: Array) -> tuple[Array, Array]:
    """Return frequencies (Hz) and power density (frequencies, epochs), µV²/Hz, of epochs (SAMPLES, epochs)."""
    window = np.hanning(len(cut)).astype(np.float32)[:, None]
    wave = np.fft.rfft(straightened(cut) * window, axis=0)
    power = 2.0 * (wave.real**2 + wave.imag**2) / (RATE * float((window**2).sum()))
    return np.fft.rfftfreq(len(cut), 1.0 / RATE), power


def straightened(cut: Array) -> Array:
    """Return epochs (samples, epochs) without their mean and slope."""
    time = np.linspace(-1.0, 1.0, len(cut), dtype=cut.dtype)[:, None]
    return cut - cut.mean(axis=0) - time * ((time * cut).sum(axis=0) / (time**2).sum())


def suppression(cut: Array) -> Array:
    """Return the share of half seconds of epochs (SAMPLES, epochs) that stay within 5 µV of a straight line."""
    halves = cut.reshape(-1, QUIET_FOR, cut.shape[-1])
    straight = np.moveaxis(halves, 1, 0).reshape(QUIET_FOR, -1)
    quiet = np.abs(straightened(straight)).max(axis=0) <= QUIET
    return quiet.reshape(len(halves), -1).mean(axis=0)


def edge(frequency: Array, power: Array, share: float) -> Array:
    """Return the frequency (Hz) below which a share of the power between 0.5 and 30 Hz lies, (epochs,)."""
    inside = (frequency >= EDGES[0]) & (frequency <= EDGES[1])
    below = np.cumsum(power[inside], axis=0)
    return frequency[inside][(below >= share * below[-1]).argmax(axis=0)]


def _features(cut: Array) -> Array:
    """Return the features of epochs (SAMPLES, epochs), (COUNT, epochs)."""
    frequency, power = spectrum(cut)

    def total(low: float, high: float) -> Array:
        return power[(frequency >= low) & (frequency < high)].mean(axis=0) + SMALLEST

    halved = 0.5 * (cut[::2] + cut[1::2])  # 64 Hz: alike is asked of every pair of samples
    return np.stack(
        [
            permutation_entropy(cut),
            sample_entropy(halved),
            *(10.0 * np.log10(total(*band)) for band in BANDS.values()),
            np.log10(total(30.0, 42.5) / total(6.0, 12.0)),
            np.log10(total(30.0, 47.0) / total(11.0, 20.0)),
            edge(frequency, power, 0.95),
            edge(frequency, power, 0.5),
            suppression(cut),
        ]
    )
