"""Smooth training targets, as Lee 2018 trains on."""

from __future__ import annotations

import math

import numpy as np

SMOOTHED = 0.03  # share of a case in the window


def lowess(values: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Return signals smoothed case by case: local lines, tricube weights. Cleveland, J Am Stat Assoc 1979;74:829.

    On an even grid with gaps, without the robust iterations. Looks ahead: for training targets only.

    Args:
        values: (samples, cases), NaN where there is none.
        length: (cases,), samples of each.
    """
    out = np.full_like(values, np.nan)
    for case, samples in enumerate(length):
        shown = values[:samples, case]
        known = np.isfinite(shown)
        reach = max(2, math.ceil(0.5 * SMOOTHED * len(shown)))
        lag = np.arange(-reach, reach + 1)
        weight = (1.0 - np.abs(lag / (reach + 1.0)) ** 3) ** 3

        def local(
            values: np.ndarray, power: int, lag: np.ndarray = lag, weight: np.ndarray = weight
        ) -> np.ndarray:
            return np.convolve(values, (weight * lag**power)[::-1], mode="full")[reach : reach + len(values)]  # noqa: B023

        filled = np.where(known, shown, 0.0)
        s0, s1, s2 = (local(known.astype(float), power) for power in range(3))
        t0, t1 = local(filled, 0), local(filled, 1)
        spread = s0 * s2 - s1**2
        line = (s2 * t0 - s1 * t1) / np.where(spread > 1e-9, spread, 1.0)
        out[: len(shown), case] = np.where(spread > 1e-9, line, shown)
    return out
