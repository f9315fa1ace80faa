"""Muscle that a frontal electrode hears: the tone of somebody awake, and what stimulation raises; blocked, nothing.

Source of the levels: what 13 people's spectra have above 35 Hz before and not after loss of consciousness
(niklasbrake/Propofol2021). It reaches from 20 Hz up, where it cannot be told from EEG (Goncharova, Clin Neurophysiol
2003;114:1580).
"""

from __future__ import annotations

import numpy as np

from sim.arrays import Array
from sim.signals.eeg import RATE
from sim.waves.eeg import anchors
from sim.waves.eeg.noise import normals

SHARPNESS = 0.8  # of the high-pass filter (1 - 0.8 z)²: 17 dB less at 10 than at 40 Hz
TONE = np.array([-9.0, -13.0, -18.0, -24.0, -30.0, -34.0, -38.0])  # dB re 1 µV²/Hz at 40 Hz, by anchor
AROUSAL = -12.0  # dB re 1 µV²/Hz at 40 Hz, of muscle that stimulation at its strongest raises
REFERENCE = 40.0  # Hz


def amplitude(depth: Array, nociception: Array, relaxed: Array, personal: Array) -> Array:
    """Return the size of the muscle's noise before its filter, µV.

    Args:
        depth: in numbers of the anchors.
        nociception, relaxed: 0-1.
        personal: dB more than most, with what changes from second to second.
    """
    tone = 10.0 ** (np.interp(depth, np.arange(len(TONE)), TONE) / 10.0)
    power = tone + 10.0 ** (AROUSAL / 10.0) * np.square(nociception)
    heard = np.sqrt(power) * 10.0 ** (personal / 20.0) * np.clip(1.0 - relaxed, 0.0, 1.0)
    return heard / _gain()


def play(keys: Array, seconds: Array, sizes: Array, before: Array, last: Array) -> tuple[Array, Array]:
    """Return muscle noise, (seconds, 128, patients), µV, and the two last numbers it was made of, (2, patients).

    Args:
        seconds: numbers of the seconds, (seconds, patients).
        sizes: see `amplitude`, (seconds, patients); reached at the end of a second.
        before: size at the end of the second before, (patients,).
        last: two last numbers of the second before.
    """
    white = normals(keys, "eeg muscle", seconds, RATE)
    flat = np.concatenate([last, white.reshape(-1, white.shape[-1])])
    filtered = flat[2:] - np.float32(2.0 * SHARPNESS) * flat[1:-1] + np.float32(SHARPNESS**2) * flat[:-2]
    begins = np.concatenate([before[None], sizes[:-1]]).astype(np.float32)[:, None]
    through = ((np.arange(RATE) + 1.0) / RATE).astype(np.float32)[:, None]
    noise = filtered.reshape(white.shape)
    noise *= begins + through * (sizes.astype(np.float32)[:, None] - begins)
    return noise, flat[-2:]


def _gain() -> float:
    """Square root of the density at the reference frequency of the filtered noise of size 1."""
    turn = np.exp(-2j * np.pi * REFERENCE / RATE)
    return float(abs(1.0 - SHARPNESS * turn) ** 2 * np.sqrt(2.0 / RATE))


assert len(anchors.ANCHORS) == len(TONE)
