"""Bumps on the circle of one beat."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array


def bump(place: Array, centre: Array | float, width: Array | float) -> Array:
    """Return a Gaussian of height 1 on the circle: `place`, `centre` and `width` (its SD) in beats."""
    apart = place - centre
    apart -= np.rint(apart)
    apart /= width
    apart *= apart
    apart *= -0.5
    return np.exp(apart, out=apart)


def fraction(beats: Array) -> Array:
    """Return the place within the beat, -0.5 to 0.5, float32: single precision costs half."""
    return (beats - np.rint(beats)).astype(np.float32)
