"""Twelve numbers of five seconds of EEG: two entropies, powers, their ratios, two edges and suppression.

Li, Front Neurosci 2020;14:26 used "more than ten", of which the abstract names sample and permutation entropy, spectra
and the alpha ratio; the others are the usual ones. Spectra are means over windows of two seconds, one every second.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from predictors.depth.eeg.entropy import permutation_entropy, sample_entropy
from predictors.depth.eeg.epochs import SAMPLES, epochs, heard
from sim.arrays import Array
from sim.signals.eeg import RATE
from sim.signals.eeg.ratios import alpha_ratio, beta_ratio
from sim.signals.eeg.spectra import WINDOW, band, edge, powers
from sim.signals.eeg.suppression import SILENT, from_line

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
HIGHEST = 47.0  # Hz
BLOCK = 1024  # epochs at a time


def features(eeg: Array) -> Array:
    """Return the features of EEG, (COUNT, steps, patients), float32; NaN where an epoch cannot be read.

    Powers are in dB (µV² in 0.5 Hz), ratios in log10, edges in Hz, suppression is the share of half seconds.

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


def _features(cut: Array) -> Array:
    """Return the features of epochs (SAMPLES, epochs), (COUNT, epochs)."""
    rows = np.ascontiguousarray(cut.T)
    halved = 0.5 * (cut[::2] + cut[1::2])  # 64 Hz: alike is asked of every pair of samples
    overlapping = sliding_window_view(rows, WINDOW, axis=1)[:, ::RATE]
    power = powers(overlapping, HIGHEST).mean(axis=1)
    halves = from_line(rows.reshape(len(rows), -1, RATE // 2))
    return np.stack(
        [
            permutation_entropy(cut),
            sample_entropy(halved),
            *(band(power, *edges) for edges in BANDS.values()),
            alpha_ratio(power),
            beta_ratio(power),
            edge(power, 0.95),
            edge(power, 0.5),
            (halves <= SILENT).mean(axis=1),
        ]
    )
