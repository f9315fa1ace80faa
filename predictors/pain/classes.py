"""Ratings of pain as classes: whether it must be treated, and how strong it is."""

from __future__ import annotations

import numpy as np

WORST = 10  # of the numeric rating scale
LOWEST = {
    2: (0, 4),  # no active treatment, active treatment required
    4: (0, 1, 4, 7),  # none, mild, moderate, severe
}
"""Number of classes -> lowest rating of each. Lim H, Sensors 2019;19:384, its table of ratings."""
NAMES = {2: ("no treatment", "treatment"), 4: ("none", "mild", "moderate", "severe")}


def class_of(rating: np.ndarray, classes: int) -> np.ndarray:
    """Return the class of ratings 0-10, as whole numbers from 0, of any shape.

    Raises:
        ValueError: a rating that is not on the scale, or another number of classes.
    """
    if classes not in LOWEST:
        raise ValueError(f"classes: {classes} is not allowed; {', '.join(map(str, LOWEST))}")
    rating = np.asarray(rating)
    wrong = ~((rating >= 0) & (rating <= WORST))
    if wrong.any():
        raise ValueError(f"rating: {rating[wrong].flat[0]} is not allowed; 0 to {WORST}")
    return np.searchsorted(LOWEST[classes], rating, side="right") - 1
