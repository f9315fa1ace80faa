"""Intervals that keep their promise online: each reading tells whether the forecasts made for it held.

Adaptive conformal inference (Gibbs & Candès, Adv Neural Inf Process Syst 2021;34:1660), the step taken in the logarithm
of the width: a forecast that was missed widens the intervals of its horizon, one that held narrows them, in such shares
that in the long run they hold what they say, of every patient and whatever the network had learned from.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from predictors.depth.forecasts import HORIZONS, MIDDLE, QUANTILES
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import Readings

RATE = 0.03  # of the logarithm of the width, a reading; of 0.02, 0.05 and 0.1 tried on validation subjects all hold
WIDEST = math.log(4.0)  # and narrowest: a factor of four
PROMISED = QUANTILES[-1] - QUANTILES[0]


@dataclass(frozen=True)
class Conformal:
    """Attributes: width (horizons, patients), logarithm of the factor on all intervals; issued (readings, 2, horizons,
    patients), lowest and highest quantile of earlier forecasts, newest first, both 0 where none was made.
    """

    width: Array
    issued: Array


def begin(person: Covariates, period: float) -> Conformal:
    """Return the memory of somebody for whom nothing was forecast."""
    count = len(person.age)
    readings = round(HORIZONS[-1] / period)
    return Conformal(np.zeros((len(HORIZONS), count)), np.zeros((readings, 2, len(HORIZONS), count)))


def judge(memory: Conformal, readings: Readings, period: float) -> Conformal:
    """Return the memory with widths corrected by the present reading; an invalid one changes nothing."""
    ago = [round(horizon / period) - 1 for horizon in HORIZONS]
    low, high = np.moveaxis(memory.issued[ago, :, range(len(HORIZONS))], 1, 0)
    missed = (readings.bis < low) | (readings.bis > high)
    step = RATE * (missed - (1.0 - PROMISED))
    width = np.where(readings.bis_valid & (high > low), memory.width + step, memory.width)
    return Conformal(np.clip(width, -WIDEST, WIDEST), memory.issued)


def widened(memory: Conformal, forecast: Array) -> Array:
    """Return a forecast (1 + quantiles, horizons, patients) with its quantiles moved from or to the middle one."""
    middle = forecast[1 + MIDDLE]
    return np.concatenate([forecast[:1], middle + np.exp(memory.width) * (forecast[1:] - middle)])


def issue(memory: Conformal, forecast: Array, counts: Array) -> Conformal:
    """Return the memory with a forecast as it was given; `counts` (patients,), whether it is to be judged."""
    ends = np.where(counts, forecast[[1, -1]], 0.0)
    return Conformal(memory.width, np.concatenate([ends[None], memory.issued[:-1]]))
