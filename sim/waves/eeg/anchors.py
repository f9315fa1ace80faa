"""What the brain's spectrum looks like at a few depths, between which it is interpolated in dB.

Awake and at loss of consciousness it is the median of 13 people under propofol (niklasbrake/Propofol2021, CC BY 4.0),
less what their muscles add while awake. Deeper, frontal EEG has more alpha and more slow power (Purdon, Br J Anaesth
2015;115:i46). Anchors are numbered in the order of depth; a depth between two numbers lies between their spectra.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.signals.eeg import RATE

FREQUENCIES = 0.5 * np.arange(RATE + 1)  # Hz, of windows of two seconds
NODES = (0.5, 1.0, 2.5, 4.0, 6.0, 8.5, 10.5, 13.0, 15.0, 19.0, 25.0, 30.0, 41.0, 60.0)  # Hz


class Anchor(NamedTuple):
    """One depth: its spectrum without alpha (dB re 1 µV²/Hz at `NODES`), and alpha on top of it (dB)."""

    name: str
    levels: tuple[float, ...]
    idling: float
    spindling: float


ANCHORS = (
    Anchor("alert", (11.5, 8.0, 4.8, 1.5, 0.2, -0.4, -0.8, -1.2, -0.8, -1.0, -3.0, -4.5, -9.0, -11.5), 2.0, 0.0),
    Anchor("awake", (11.9, 8.6, 5.4, 2.2, 0.6, 0.4, 0.2, -1.0, -0.9, -1.6, -4.0, -6.8, -11.5, -13.0), 4.3, 0.0),
    Anchor("sedated", (16.5, 13.0, 9.0, 6.0, 4.2, 4.2, 4.5, 5.0, 5.0, 3.6, -1.0, -4.5, -10.5, -13.0), 1.5, 2.0),
    Anchor("unconscious", (24.6, 21.6, 14.4, 9.2, 7.0, 6.2, 5.4, 4.9, 3.4, 0.7, -3.8, -7.2, -12.5, -14.6), 0.0, 1.3),
    Anchor("maintained", (27.0, 24.5, 18.0, 12.5, 9.0, 8.0, 8.5, 8.2, 6.8, 2.8, -3.0, -7.0, -14.2, -16.2), 0.0, 7.0),
    Anchor("deep", (34.0, 31.5, 24.0, 17.0, 11.5, 9.0, 8.5, 7.5, 6.0, 2.0, -3.5, -7.5, -14.2, -16.2), 0.0, 7.5),
    Anchor("bursting", (37.5, 35.0, 27.5, 20.5, 14.0, 10.5, 9.0, 7.0, 5.0, 1.0, -4.5, -8.5, -14.8, -16.5), 0.0, 6.5),
)  # fmt: skip
DEEPEST = len(ANCHORS) - 1.0
AWAKE, SEDATED, UNCONSCIOUS, MAINTAINED, DEEP = (float(number) for number in range(1, 6))
IDLING, SPINDLING = (9.7, 0.9), (11.0, 2.0)  # Hz, alpha awake and under propofol: peak, width (SD)
EXCITED = 17.0, 4.0  # Hz, beta before loss of consciousness: peak, width


def background() -> np.ndarray:
    """Return every anchor's spectrum without alpha, (anchors, bins), dB re 1 µV²/Hz."""
    where = np.log(np.maximum(FREQUENCIES, NODES[0]))
    return np.stack([np.interp(where, np.log(NODES), anchor.levels) for anchor in ANCHORS])


def alphas() -> np.ndarray:
    """Return the height of both alphas at every anchor, (2, anchors), dB."""
    return np.array([[anchor.idling for anchor in ANCHORS], [anchor.spindling for anchor in ANCHORS]])


def peak(at: np.ndarray | float, width: float) -> np.ndarray:
    """Return a bump of height 1 at a frequency (Hz), (bins,), or (bins, patients) for one frequency a patient."""
    frequencies = FREQUENCIES.reshape(-1, *[1] * np.ndim(at))
    return np.exp(-0.5 * ((frequencies - at) / width) ** 2)


def weights(depth: np.ndarray) -> np.ndarray:
    """Return how much of every anchor a depth has, (anchors, ...); they add up to 1."""
    held = np.clip(depth, 0.0, DEEPEST)
    numbers = np.arange(len(ANCHORS)).reshape(-1, *[1] * np.ndim(depth))
    return np.maximum(1.0 - np.abs(held - numbers), 0.0)
