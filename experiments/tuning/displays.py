"""What monitors show: when nothing or something wrong, and where a recorded index moves little or stays.

Plateaus of the index are read off its smallest changes, level by level: the chance that it hardly changes from one
reading to the next is inversely proportional to the local size of its noise. Small changes happen at one level, so that
nothing is smeared over the levels beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from predictors.learning.watching import INTERVAL

PER_HOUR = 3600.0 / INTERVAL
LONG = 9  # samples from which a gap is a long one
GONE = 91  # samples from which the monitor was taken away: no gap

HALF = 0.5  # width of a level
LEVELS = 200
STEP = 0.1  # the index is shown in
SMALL = 3  # steps of a change that counts as small
FEWEST = 300  # readings at a level, else it is taken like the levels beside it
USUAL = slice(60, 120)  # levels whose median size of noise is 1: 30 to 60


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


def scale(index: np.ndarray) -> np.ndarray:
    """Return the size of noise at 0.25, 0.75, ... 99.75 as a share of the usual one, from an index (samples, cases)."""
    change, level = _changes(index)
    small = _share((np.abs(change) <= SMALL) & (change != 0.0), level)
    return np.median(small[USUAL]) / small


def repeats(index: np.ndarray) -> np.ndarray:
    """Return the share of readings at each level that show the last one again, beyond those equal by chance.

    By chance, no change is as frequent as a change by one step.
    """
    change, level = _changes(index)
    return np.maximum(_share(change == 0.0, level) - 0.5 * _share(np.abs(change) == 1.0, level), 0.0)


def again(index: np.ndarray) -> float:
    """Return the share of readings that show the last one again, of those after such a one; 0 where there is none."""
    same = np.diff(index, axis=0) == 0.0
    after = same[1:][same[:-1]]
    return float(after.mean()) if len(after) else 0.0


def repeats_log_sd(index: np.ndarray, share: np.ndarray, more: float) -> float:
    """Return the SD between cases of the log of the share of repeats, beyond what chance and levels make of it.

    Args:
        index: (samples, cases).
        share: of repeats, by level.
        more: of those after a repeat; repeats come in runs, which makes their number less certain.
    """
    seen = np.isfinite(index[1:]) & np.isfinite(index[:-1])
    level = np.minimum(np.nan_to_num(index[:-1] / HALF), LEVELS - 1).astype(int)
    expected = np.where(seen, share[level], 0.0).sum(axis=0)
    found = (np.diff(index, axis=0) == 0.0).sum(axis=0)
    chance = expected * (1.0 + more) / (1.0 - more)
    excess = ((found - expected) ** 2 - chance).sum() / (expected**2).sum()
    return float(np.sqrt(np.log1p(max(excess, 0.0))))


def _changes(index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return changes in steps, and the level in the middle of each, (changes,)."""
    change = np.round(np.diff(index, axis=0) / STEP)
    seen = np.isfinite(change)
    return change[seen], (0.5 * (index[1:] + index[:-1]))[seen]


def _share(what: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Return how often it is so at each level, (levels,), smoothed over neighbours."""
    row = np.minimum((level / HALF).astype(int), LEVELS - 1)
    count = np.bincount(row, minlength=LEVELS)
    share = np.bincount(row[what], minlength=LEVELS) / np.maximum(count, 1)
    seen = np.flatnonzero(count >= FEWEST)
    if not len(seen):
        raise ValueError(f"data: no level of the index has {FEWEST} readings; more cases are needed")
    filled = np.interp(np.arange(LEVELS), seen, share[seen])
    return np.convolve(np.pad(filled, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
