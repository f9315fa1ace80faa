"""What spectra EEG has, from awake to deep, and how people differ in them.

Anchors: awake, sedated and unconscious after spectra of 13 people before and after they lost consciousness under
propofol (niklasbrake/Propofol2021), frontal and deep ones by design; between anchors, logarithms change evenly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from sim.arrays import Array
from sim.covariates import Covariates
from sim.randomness import truncated_normals

RATE = 128  # Hz
WINDOW = 2 * RATE
FREQUENCIES = np.fft.rfftfreq(WINDOW, 1.0 / RATE)  # Hz
LOWEST = 0.25  # Hz; what is slower lies in the first bin
NODES = np.array([0.25, 0.5, 2.5, 6.0, 19.0, 30.0, 41.0, 64.0])  # Hz
# Power density of the brain alone at the nodes, dB re 1 µV²/Hz; how far alpha stands out of it, dB.
AWAKE, SEDATED, UNCONSCIOUS, FRONTAL, DEEP, DEEPEST = range(6)
DENSITIES = np.array(
    [
        [15.0, 14.0, 7.0, 1.5, -2.0, -9.0, -13.0, -15.0],
        [18.0, 17.5, 11.0, 6.0, 6.5, -3.5, -11.0, -14.0],
        [26.0, 25.0, 18.5, 9.0, 3.0, -6.0, -13.0, -16.0],
        [29.0, 28.0, 21.0, 12.0, 6.0, -5.0, -14.0, -17.0],
        [37.0, 36.0, 26.0, 14.0, 4.5, -6.0, -14.5, -17.0],
        [40.0, 39.0, 29.0, 15.5, 1.0, -10.0, -16.0, -18.0],
    ]
)
ALPHA = np.array([3.0, 4.0, 2.5, 8.0, 9.0, 4.0])
ALPHA_PEAK, ALPHA_SLOWING, ALPHA_WIDTH = 10.3, 0.25, 1.6  # Hz; slowing per anchor
BETA, BETA_PEAK, BETA_WIDTH = 3.0, 17.0, 4.0  # dB, Hz, Hz: of excitation
AMPLITUDE_LOG_SD = 0.4  # of the amplitude between people (its coefficient of variation; choice)
AGEING, ADULT = (
    0.018,
    30.0,
)  # by which amplitude falls a year, and from which age on; after Purdon, BJA 2015;115:i46
TILT_SD, PEAK_SD, ALPHA_SD = 1.5, 0.8, 2.0  # dB a decade of frequency, Hz, dB (choice)


@dataclass(frozen=True)
class Traits:
    """How a person's spectrum differs, each (bins, patients), dB: own, everywhere; alpha, the shape of theirs."""

    own: Array
    alpha: Array


def traits(person: Covariates, keys: Array) -> Traits:
    """Return the traits of these people, drawn by their keys."""
    size, tilt, peak, height = truncated_normals(keys, "eeg traits", 4)
    gain = AMPLITUDE_LOG_SD * size - AGEING * np.maximum(person.age - ADULT, 0.0)
    decades = np.log10(np.maximum(FREQUENCIES, LOWEST) / 10.0)[:, None]
    own = 20.0 / np.log(10.0) * gain - TILT_SD * tilt * decades
    shape = np.exp(-0.5 * ((FREQUENCIES[:, None] - ALPHA_PEAK - PEAK_SD * peak) / ALPHA_WIDTH) ** 2)
    return Traits(_single(own + ALPHA_SD * height * shape), _single(shape))


def decibels(traits: Traits, depth: Array, excitation: Array) -> Array:
    """Return the power density of the brain, (bins, patients), dB re 1 µV²/Hz.

    Args:
        depth: (patients,), 0 awake to 5, the anchors' number.
        excitation: (patients,), 0-1, how far the brain is excited on its way down.
    """
    below = np.minimum(depth.astype(np.int64), len(DENSITIES) - 2)
    share = (depth - below).astype(np.float32)
    table, heights = _table(), _single(ALPHA)
    density = table[:, below]
    density += share * (table[:, below + 1] - density)
    alpha = heights[below] + share * (heights[below + 1] - heights[below])
    density += alpha * traits.alpha
    density += traits.own
    if excitation.any():
        density += _beta()[:, None] * excitation.astype(np.float32)
    return density


@cache
def _table() -> np.ndarray:
    """Densities without alpha, (bins, anchors)."""
    places = np.log(np.maximum(FREQUENCIES, LOWEST))
    return _single(np.stack([np.interp(places, np.log(NODES), row) for row in DENSITIES], axis=1))


@cache
def _beta() -> np.ndarray:
    return _single(BETA * np.exp(-0.5 * ((FREQUENCIES - BETA_PEAK) / BETA_WIDTH) ** 2))


def _single(values: Array) -> Array:
    return values.astype(np.float32)
