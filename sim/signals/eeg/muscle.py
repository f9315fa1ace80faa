"""Muscles in the EEG. Monitors measure them at 70-110 Hz, which 128 samples a second cannot hold."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array
from sim.signals.eeg.spectra import QUIET, between

BAND = between(47.0, 63.0)  # Hz; correlates with the monitors' own track at .3 to .4 only (vitaldb/openeeg)
REFERENCE = 1e-4  # µV², as monitors' manuals have it
NARROWER = -9.0  # dB, so that a relaxed, anaesthetised brain lies just below 30 dB, as on monitors (choice)
LOWEST, HIGHEST = 25.0, 100.0  # dB, the monitors' scale


def emg(power: Array) -> Array:
    """Return the power of muscles on the scale of monitors, dB, of powers (..., bins) up to 63 Hz."""
    total = np.maximum(power[..., BAND].sum(-1), QUIET)
    return np.clip(10.0 * np.log10(total / REFERENCE) + NARROWER, LOWEST, HIGHEST)
