"""When monitors show nothing, or something wrong: episodes of recorded signals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from predictors.learning.watching import INTERVAL

PER_HOUR = 3600.0 / INTERVAL
LONG = 9  # samples from which a gap is a long one
GONE = 91  # samples from which the monitor was taken away: no gap


@dataclass(frozen=True)
class Runs:
    """Lengths of episodes, samples, and the hours that were watched."""

    lengths: np.ndarray
    hours: float

    def between(self, low: float, high: float) -> dict[str, float]:
        """Return how often an hour episodes of such lengths (the upper end excluded) began, and their mean seconds."""
        kept = self.lengths[(self.lengths >= low) & (self.lengths < high)]
        seconds = float(kept.mean()) * INTERVAL if len(kept) else INTERVAL
        return {"per_hour": len(kept) / self.hours, "seconds": seconds}


def runs(happens: np.ndarray, watched: np.ndarray) -> Runs:
    """Return the episodes of what happens, (samples, cases) bool, while somebody watched."""
    inside = np.pad(happens & watched, ((1, 1), (0, 0))).astype(int)
    change = np.diff(inside, axis=0).T
    begins, ends = (np.nonzero(change == sign) for sign in (1, -1))
    return Runs(ends[1] - begins[1], float(watched.sum()) / PER_HOUR)
