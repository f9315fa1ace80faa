"""What a demonstration offers: the flattering number beside the honest one, and what its figure is drawn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import t

from experiments.judging.bootstrap import Interval, chunks, percentile_ends

RESAMPLES = 500
Statistic = Callable[[np.ndarray], np.ndarray]  # (draws, people), how often each counts -> (draws,)


class Contrast(NamedTuple):
    """Two numbers that should be the same, and how far the first is from the second."""

    flattering: Interval
    honest: Interval
    difference: Interval


class Row(NamedTuple):
    """A line of the table.

    Attributes:
        pitfall: what was done, in words.
        score: of whom, and which.
        contrast: what came of it, and what is true.
        teaches: what to do instead, in a sentence.
        digits: that are shown.
    """

    pitfall: str
    score: str
    contrast: Contrast
    teaches: str
    digits: int = 3


@dataclass(frozen=True)
class Found:
    """What a demonstration found: lines of the table, and the points of its figure."""

    rows: tuple[Row, ...]
    points: pd.DataFrame


class Demonstration(Protocol):
    """A frozen dataclass of options whose defaults are the full size; its first line of documentation is its title."""

    @classmethod
    def small(cls) -> Self:
        """Return the options of a quick look."""

    def show(self, seed: int) -> Found:
        """Generate, learn, judge. Raises ValueError where something that is needed is not installed."""

    def draw(self, figure: Figure, points: pd.DataFrame) -> None:
        """Draw the points, as they were saved."""


def paired(flattering: Statistic, honest: Statistic, size: int, seed: int = 0) -> Contrast:
    """Return two statistics of the same people, the difference from drawing them again for both at once.

    Args:
        flattering, honest: take how often each of the people counts.
        size: number of people.
        seed: of the draws.
    """
    draws = [(flattering(one), honest(one)) for one in chunks(size, RESAMPLES, seed)]
    first, second = (np.concatenate(part) for part in zip(*draws, strict=True))
    everybody = np.ones((1, size))
    return _contrast(float(flattering(everybody)[0]), float(honest(everybody)[0]), first, second)


def apart(flattering: tuple[Statistic, int], honest: tuple[Statistic, int], seed: int = 0) -> Contrast:
    """Return statistics of different people, (statistic, number of people) each; both are drawn again by themselves."""
    (one, many), (other, others) = flattering, honest
    first = np.concatenate([one(draw) for draw in chunks(many, RESAMPLES, seed)])
    second = np.concatenate([other(draw) for draw in chunks(others, RESAMPLES, seed + 1)])
    return _contrast(float(one(np.ones((1, many)))[0]), float(other(np.ones((1, others)))[0]), first, second)


def over_repeats(flattering: np.ndarray, honest: np.ndarray) -> Contrast:
    """Return means over repeats, (repeats,) each, with intervals after Student; repeat by repeat for the difference."""
    return Contrast(*(mean_of(values) for values in (flattering, honest, flattering - honest)))


def mean_of(values: np.ndarray) -> Interval:
    """Return the mean of (repeats,) with its interval after Student. Raises ValueError on fewer than two."""
    count = len(values)
    if count < 2:
        raise ValueError(f"repeats: {count} is not allowed; 2 or more")
    reach = float(t.ppf(0.975, count - 1) * np.std(values, ddof=1) / np.sqrt(count))
    mean = float(np.mean(values))
    return Interval(mean, mean - reach, mean + reach)


def _contrast(one: float, other: float, first: np.ndarray, second: np.ndarray) -> Contrast:
    return Contrast(
        Interval(one, *percentile_ends(first)),
        Interval(other, *percentile_ends(second)),
        Interval(one - other, *percentile_ends(first - second)),
    )
