"""How deep the brain is, in numbers of `sim.waves.eeg.anchors`, at a true index; and how it gets there.

The brain follows the true index at once in what excites it, and with a delay in what silences it: two effect
compartments (Kuizenga, Br J Anaesth 1998;80:725). Where the first is ahead, beta rises for a while.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sim.arrays import Array
from sim.waves.drive import Drive
from sim.waves.eeg import anchors

CALIBRATION = Path(__file__).resolve().parents[2] / "data" / "eeg_calibration.json"
SILENT_FROM, SILENT_AT = 4.45, 7.0  # depths at which silences begin, and at which nothing else is left
SLOW = 6.0  # s, time constant of what silences
EXCITATION, MOST_EXCITED = 12.0, 8.0  # dB of beta for every anchor that the fast effect is ahead, and at most
EXCITABLE = anchors.AWAKE, anchors.MAINTAINED  # depths between which it does


class Curve(NamedTuple):
    """Rising true indices, and the depth at each."""

    index: Array
    depth: Array


@cache
def calibrated() -> Curve:
    """Return the curve that `python -m experiments.waves.calibrating` found."""
    table = json.loads(CALIBRATION.read_text(encoding="utf-8"))
    return Curve(np.array(table["index"]), np.array(table["depth"]))


def depth(bis: Array, curve: Curve | None = None) -> Array:
    """Return the depth at a true index; by default the one at which openibis reads it, mean over people."""
    return np.interp(bis, *(curve or calibrated()))


def silence(at: Array) -> Array:
    """Return the share of time that is silent at a depth, 0-1."""
    return np.clip((at - SILENT_FROM) / (SILENT_AT - SILENT_FROM), 0.0, 1.0)


def suppressed_share(drive: Drive) -> Array:
    """Return the true share of suppressed time in steady state, 0-1, in the shape of the drive."""
    return silence(depth(drive.bis))


def excitation(fast: Array, slow: Array) -> Array:
    """Return how far beta is raised, dB, where the fast effect is ahead of the slow one."""
    low, high = EXCITABLE
    within = np.clip(np.minimum(slow - low + 1.0, high - slow), 0.0, 1.0)
    return np.minimum(EXCITATION * np.maximum(fast - slow, 0.0) * within, MOST_EXCITED)
