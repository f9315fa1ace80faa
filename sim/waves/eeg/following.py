"""What follows something else with a delay, second by second."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array


def share(seconds: float) -> float:
    """Return what part of a gap is closed in a second, of a first-order lag with a time constant."""
    return float(-np.expm1(-1.0 / seconds)) if seconds > 0.0 else 1.0


def followed(before: Array, target: Array, closing: Array | float) -> Array:
    """Return what follows a target, (seconds, ...), after each second.

    Args:
        before: where it stood, (...).
        target: (seconds, ...).
        closing: part of the gap that is closed in a second, see `share`.
    """
    after = np.empty_like(target)
    for second, goal in enumerate(target):
        before = after[second] = before + closing * (goal - before)
    return after
