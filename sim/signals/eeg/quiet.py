"""What counts as silence in a person whose EEG is small: less than his own.

Detectors of silence have fixed levels, and old people's waking EEG lies below them. Here a level follows how far the
EEG that is not silent usually strays, so that a person's own size decides; never does it rise above the published one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array
from sim.signals.eeg import quazi

USUAL = 0.4  # quantile of unsuppressed half seconds that is followed; blinks are above it
SHARE = 0.2  # of it, below which a half second is silent (choice)
LEAST = 0.4  # of the published level; so far above the noise of an amplifier (choice)
STEP, FIRST = 0.01, 0.5  # ln, of the follower; larger at first: FIRST over the number of half seconds


@dataclass(frozen=True)
class QuietState:
    """What is carried, each (patients,): usual size, ln µV, NaN at first; how many half seconds it has followed."""

    usual: Array
    count: Array


def begin(patients: int) -> QuietState:
    """Return the state before the first half second."""
    return QuietState(np.full(patients, np.nan), np.zeros(patients))


def follow(state: QuietState, strays: Array) -> tuple[QuietState, Array]:
    """Return the state, and the factor of the published level below which each half second is silent, 0.4-1.

    Source of the follower: Robbins, Ann Math Stat 1951;22:400.

    Args:
        strays: how far half seconds stray, (half seconds, patients), µV, NaN unknown, see `sim.signals.eeg.quazi`.
    """
    usual, count = state.usual, state.count
    factors = np.empty_like(strays)
    for row, size in enumerate(np.log(np.maximum(strays, 1e-6))):
        factors[row] = factor = _factor(usual)
        loud = size > np.log(quazi.SILENT * factor)  # neither silent nor unknown
        step = np.maximum(STEP, FIRST / (count + 1.0)) * np.where(size > usual, USUAL, USUAL - 1.0)
        usual = np.where(loud, np.where(np.isnan(usual), size, usual + step), usual)
        count = count + loud
    return QuietState(usual, count), factors


def _factor(usual: Array) -> Array:
    return np.where(np.isnan(usual), LEAST, np.clip(SHARE * np.exp(usual) / quazi.SILENT, LEAST, 1.0))
