"""Where a recorded index moves little: the size of its noise by level, which has plateaus."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

EDGES = np.arange(101.0)
ROUNDS = 4
FEWEST = 50  # bends at a level, else its size is that of the levels beside it
USUAL = slice(30, 60)  # levels whose median size is 1


def scale(index: np.ndarray) -> np.ndarray:
    """Return the size of noise at 0.5, 1.5, ... 99.5 as a share of the usual one, from an index (samples, cases).

    Sought is the scale on which second differences are of one size at every level: each round divides by what is left.
    """
    size = np.ones(100)
    moves = np.diff(index, axis=0) != 0.0
    for _ in range(ROUNDS):
        even = np.concatenate([[0.0], np.cumsum(1.0 / size)])
        straight = np.interp(index, EDGES, even)
        bend = straight[2:] - 2.0 * straight[1:-1] + straight[:-2]
        middle = np.interp((straight[2:] + straight[1:-1] + straight[:-2]) / 3.0, even, EDGES)
        usable = np.isfinite(bend) & moves[1:] & moves[:-1]
        size = size * _relative(middle[usable], np.abs(bend[usable]))
        size = np.convolve(np.pad(size, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
    return size / np.median(size[USUAL])


def _relative(level: np.ndarray, bend: np.ndarray) -> np.ndarray:
    """Return the median size of bends at each level over that at all; levels hardly seen take their neighbours'."""
    order = np.argsort(level)
    level, bend = level[order], bend[order]
    ends = np.searchsorted(level, EDGES)
    found = np.full(100, np.nan)
    for row, (low, high) in enumerate(pairwise(ends)):
        if high - low >= FEWEST:
            found[row] = np.median(bend[low:high])
    seen = np.flatnonzero(np.isfinite(found))
    return np.interp(np.arange(100), seen, found[seen]) / np.median(bend)
