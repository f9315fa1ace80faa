"""Single numbers of a spectrum that tell depth: ratios of bands, and where the power of the derivative lies."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array
from sim.signals.eeg.spectra import FREQUENCIES, band, edge


def beta_ratio(power: Array) -> Array:
    """Return log10 of the mean power at 30-47 Hz over that at 11-20 Hz, of powers (..., bins).

    Source: Rampil, Anesthesiology 1998;89:980.
    """
    return 0.1 * (band(power, 30.0, 47.0) - band(power, 11.0, 20.0))


def alpha_ratio(power: Array) -> Array:
    """Return log10 of the mean power at 30-42.5 Hz over that at 6-12 Hz, of powers (..., bins).

    Source: Jensen, Br J Anaesth 2006;97:39.
    """
    return 0.1 * (band(power, 30.0, 42.5) - band(power, 6.0, 12.0))


def derivative_median(power: Array) -> Array:
    """Return the median frequency of the EEG's derivative at 0.5-47 Hz, Hz, of powers (..., bins).

    Below 17 Hz people sleep, from 21 Hz on they are awake. Source: Sleigh, Br J Anaesth 2001;86:50.
    """
    derived = power * np.square(FREQUENCIES[: power.shape[-1]])
    return edge(derived, share=0.5, low=0.5, high=47.0)
