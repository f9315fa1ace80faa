"""The four levels of depth of Li 2020, as numbers that rise with depth: 80-100, 60-80, 40-60, below 40."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array

BORDERS = (80.0, 60.0, 40.0)  # of the index; a level begins at its upper border
NAMES = ("80-100", "60-80", "40-60", "below 40")


def level_of(depth: Array) -> Array:
    """Return the level, 0 (awake) to 3 (deep), of an index 0-100; NaN where there is none."""
    level = sum((depth < border).astype(float) for border in BORDERS)
    return np.where(np.isfinite(depth), level, np.nan)


def distance(depth: Array) -> Array:
    """Return how far an index is from the nearest border."""
    return np.min([np.abs(depth - border) for border in BORDERS], axis=0)
