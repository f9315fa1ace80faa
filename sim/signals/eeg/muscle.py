"""Muscles in the EEG. Monitors measure them at 70-110 Hz, which 128 samples a second cannot hold."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array
from sim.signals.eeg.spectra import QUIET, between

BAND = between(47.0, 63.0)  # Hz; correlates with the monitors' own track at .3 to .4 only (vitaldb/openeeg)
REFERENCE = 1e-4  # µV², as monitors' manuals have it
MEDIAN = np.log(2.0)  # of the power of noise in a bin, mean 1
NARROWER = -9.0  # dB, so that a relaxed, anaesthetised brain lies just below 30 dB, as on monitors (choice)
LOWEST, HIGHEST = 25.0, 100.0  # dB, the monitors' scale


def emg(power: Array) -> Array:
    """Return the power of muscles on the scale of monitors, dB, of powers (..., bins) up to 63 Hz.

    It is 10 log10(power at 47-63 Hz / 0.0001 µV²) - 9 dB, held between 25 and 100; of the bins the median counts, so
    that the hum of the mains, which is no muscle, does not.
    """
    bins = np.median(power[..., BAND], axis=-1) / MEDIAN
    return np.clip(_scaled((BAND.stop - BAND.start) * bins), LOWEST, HIGHEST)


def loudness(power: Array) -> Array:
    """Return all that is heard at 47-63 Hz on the same scale, dB, the hum of the mains included."""
    return _scaled(power[..., BAND].sum(-1))


def _scaled(total: Array) -> Array:
    return 10.0 * np.log10(np.maximum(total, QUIET) / REFERENCE) + NARROWER
