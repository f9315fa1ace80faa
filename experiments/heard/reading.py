"""Depth by the published design, read from a recorded EEG, second by second."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from predictors.depth.eeg.answers import LEVEL
from predictors.depth.eeg.epochs import SECONDS
from predictors.depth.eeg.li2020 import LI2020
from predictors.depth.eeg.material import EEG
from predictors.learning.cases import Cases, Signal
from sim.arrays import Array
from sim.covariates import Covariates
from sim.signals.eeg import RATE


def li2020(eeg: Array, weights: Path | None = None) -> Mapping[str, Array]:
    """Return depth with its quantiles and level at the end of every second, by the network of Li 2020.

    Args:
        eeg: (samples,), µV at 128 a second, NaN in gaps.
        weights: other than those that come with the package.

    Returns:
        Columns (seconds,) of the last whole five seconds, NaN where nothing has been heard for half a minute.
    """
    seconds = len(eeg) // RATE
    said = LI2020(weights=weights).answer(recording(eeg))
    step = np.arange(1, seconds + 1) // SECONDS - 1  # of the last that was heard to its end
    names = {name: f"li2020_{name}" for name in said} | {LEVEL: "li2020_level"}
    return {
        names[name]: np.where(step < 0, np.nan, values[np.maximum(step, 0), 0])
        for name, values in said.items()
    }


def recording(eeg: Array) -> Cases:
    """Return a case of which nothing but an EEG, (samples,), is known."""
    name = np.array(["recording"])
    person = Covariates(*(np.full(1, np.nan) for _ in range(4)))
    length = np.array([len(eeg) / RATE])
    return Cases(name, name, person, length, {EEG: Signal(np.asarray(eeg)[:, None], 1.0 / RATE, "µV")})
