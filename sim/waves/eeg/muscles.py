"""Muscles of the forehead, heard from 20 Hz up: tone of who is awake, strain of who is hurt, none of who is relaxed."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array
from sim.randomness import truncated_normals
from sim.waves.drive import Drive
from sim.waves.eeg.spectrum import FREQUENCIES

FLOOR = -26.0  # dB re 1 µV²/Hz, of the amplifier (choice)
TONE, STRAIN = (
    0.17,
    0.5,
)  # µV²/Hz above 35 Hz, awake (after spectra of 13 people) and hurt to the utmost (choice)
AWAKE, SPAN = 80.0, 4.0  # index at which half of the tone is gone, and how steeply (choice)
LOG_SD = 0.5  # between people (choice)
SHAPE = np.clip((FREQUENCIES - 18.0) / 17.0, 0.0, 1.0).astype(np.float32)[:, None]


def own(keys: Array) -> Array:
    """Return how strong each person's muscles are, (patients,), 1 at the median."""
    return np.exp(LOG_SD * truncated_normals(keys, "eeg muscles", 1)[0])


def awake(index: Array) -> Array:
    """Return how far somebody is awake, 0-1, at a true index."""
    return 1.0 / (1.0 + np.exp((AWAKE - index) / SPAN))


def density(strength: Array, drive: Drive) -> Array:
    """Return the power density of muscles and amplifier, (bins, patients), µV²/Hz, in one second."""
    active = strength * (TONE * awake(drive.bis) + STRAIN * drive.nociception) * (1.0 - drive.relaxed)
    return 10.0 ** (0.1 * FLOOR) + SHAPE * active.astype(np.float32)
