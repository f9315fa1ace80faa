"""From the true index to what the brain does: a place among the spectra and a share of silence.

The curve is found by `python -m experiments.waves.calibrating`, so that openibis on this EEG reads the true index.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources

import numpy as np

from sim.arrays import Array

FILE = "eeg_calibration.json"
# Along the path from awake to silent: the place among the spectra, and the share of silence (design).
PATH = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])
PLACE = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 4.6, 5.0, 5.0])
SILENCE = np.array([0.0, 0.0, 0.0, 0.0, 0.05, 0.40, 0.75, 0.99])


@cache
def curve() -> tuple[np.ndarray, np.ndarray]:
    """Return true indices, rising, and the place on the path at each."""
    known = json.loads(resources.files("sim.data").joinpath(FILE).read_text())
    return np.array(known["index"]), np.array(known["path"])


def path_of(index: Array) -> Array:
    """Return the place on the path, 0 awake to 7 silent, at a true index."""
    indices, places = curve()
    return np.interp(index, indices, places)


def place_of(path: Array) -> Array:
    """Return the place among the spectra, 0-5, on the path."""
    return np.interp(path, PATH, PLACE)


def silence_of(path: Array) -> Array:
    """Return the share of time in which the brain is silent, 0-1, on the path."""
    return np.interp(path, PATH, SILENCE)


def suppressed_share(index: Array) -> Array:
    """Return the true share of suppression, 0-1, at a true index; detectors show less."""
    return silence_of(path_of(index))
