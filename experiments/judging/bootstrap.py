"""Intervals by drawing patients again, in chunks: memory does not grow with the number of resamples.

Mean, interquartile mean and worst 5 % are one statistic, the mean between two quantiles: a matrix that depends on the
draws alone, times the sorted values. Draws follow from their seed and the number of patients, whatever the chunk.
Percentile bootstrap: Efron, Ann Stat 1979;7:1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

RESAMPLES = 2000
CHUNK = 4_000_000  # counts of patients in resamples that are held at a time
LEVEL = 95.0  # % of an interval
MIDDLE = (0.25, 0.75)
ALL = (0.0, 1.0)

Between = tuple[float, float]  # two quantiles, 0-1


class Interval(NamedTuple):
    """An estimate with the ends of its 95 % interval; NaN where there was nothing to estimate from."""

    estimate: float
    low: float
    high: float


NOTHING = Interval(*[float("nan")] * 3)


@lru_cache(maxsize=2)
def resample_counts(size: int, resamples: int, seed: int) -> np.ndarray:
    """Return how often each of `size` patients was drawn in each resample, (resamples, size), all at once."""
    return _counts(np.random.default_rng(seed), size, resamples)


def chunks(size: int, resamples: int, seed: int) -> Iterator[np.ndarray]:
    """Yield `resample_counts` a chunk at a time, (some resamples, size)."""
    if size * resamples <= CHUNK:
        yield resample_counts(size, resamples, seed)
        return
    rng, step = np.random.default_rng(seed), max(1, CHUNK // size)
    for first in range(0, resamples, step):
        yield _counts(rng, size, min(step, resamples - first))


def _counts(rng: np.random.Generator, size: int, resamples: int) -> np.ndarray:
    drawn = rng.integers(size, size=(resamples, size))
    drawn += size * np.arange(resamples)[:, None]
    return np.bincount(drawn.ravel(), minlength=resamples * size).reshape(resamples, size)


def resampled(
    value: Callable[[np.ndarray], np.ndarray], size: int, seed: int = 0, resamples: int = RESAMPLES
) -> tuple[float, float]:
    """Return the ends of the percentile interval of a statistic.

    Args:
        value: takes how often each patient counts, (some resamples, size); returns the statistic, (some resamples,).
        size: number of patients.
        seed, resamples: of the draws, and their number.
    """
    return percentile_ends(np.concatenate([value(counts) for counts in chunks(size, resamples, seed)]))


def percentile_ends(statistics: np.ndarray) -> tuple[float, float]:
    """Return the ends of the percentile interval of resampled statistics, (resamples,)."""
    tail = (100.0 - LEVEL) / 2.0
    low, high = np.nanpercentile(statistics, [tail, 100.0 - tail])
    return float(low), float(high)


def finite(values: np.ndarray) -> np.ndarray:
    """Return values without NaN. Raises ValueError on an infinite one."""
    values = np.asarray(values, dtype=float)
    if np.isinf(values).any():
        row = int(np.isinf(values).argmax()) + 1
        raise ValueError(f"values: {values[row - 1]} (row {row}) is not allowed; finite or NaN")
    return values[~np.isnan(values)]


def quantile_mean(values: np.ndarray, lower: float = 0.0, upper: float = 1.0) -> float:
    """Return the mean of the values, (patients,), between two quantiles; NaN left out, NaN if none left."""
    kept = np.sort(finite(values))
    if kept.size == 0:
        return float("nan")
    return float(kept[-1] - _passed(np.arange(1.0, kept.size + 1.0), lower, upper) @ _gaps(kept))


def quantile_means(ordered: np.ndarray, counts: np.ndarray, lower: float, upper: float) -> np.ndarray:
    """Return the mean between two quantiles in each resample, (resamples,).

    Args:
        ordered: (n,), smallest first.
        counts: (resamples, n), how often each of them was drawn.
        lower, upper: quantiles, 0-1.
    """
    ranks = np.cumsum(counts, axis=1, dtype=np.float32)
    return ordered[-1] - _passed(ranks, lower, upper) @ _gaps(ordered)


def interval(
    values: np.ndarray, between: Between = ALL, seed: int = 0, resamples: int = RESAMPLES
) -> Interval:
    """Return the mean between two quantiles and its percentile bootstrap interval over patients.

    Args:
        values: (patients,), NaN left out.
        between: quantiles: `ALL` for the mean, `MIDDLE` for the interquartile mean.
        seed: of the draws.
        resamples: number of draws.
    """
    return intervals([(values, between)], seed, resamples)[0]


def intervals(
    asked: Sequence[tuple[np.ndarray, Between]], seed: int = 0, resamples: int = RESAMPLES
) -> list[Interval]:
    """Return `interval` of many values and quantiles; all of the same number of patients share their draws."""
    kept = [np.sort(finite(values)) for values, _ in asked]
    alike: dict[int, dict[tuple[int, Between], list[int]]] = {}  # by patients; by values, quantiles
    for number, (values, between) in enumerate(asked):
        if kept[number].size > 1:
            alike.setdefault(len(values), {}).setdefault((kept[number].size, between), []).append(number)
    found = np.full((len(asked), resamples), np.nan)
    for size, groups in alike.items():
        tops = {key: np.array([kept[number][-1] for number in members]) for key, members in groups.items()}
        gaps = {
            key: np.stack([_gaps(kept[number]) for number in members], axis=1)
            for key, members in groups.items()
        }
        first = 0
        for counts in chunks(size, resamples, seed):
            ranks = np.cumsum(counts, axis=1, dtype=float)
            for key, members in groups.items():
                passed = _passed(ranks[:, : key[0]], *key[1])
                found[members, first : first + len(counts)] = (tops[key] - passed @ gaps[key]).T
            first += len(counts)
    return [
        Interval(
            quantile_mean(kept[number], *between),
            *(percentile_ends(found[number]) if kept[number].size > 1 else NOTHING[1:]),
        )
        for number, (_, between) in enumerate(asked)
    ]


def cluster_interval(
    samples: np.ndarray, patients: np.ndarray, seed: int = 0, resamples: int = RESAMPLES
) -> Interval:
    """Return the mean over samples with an interval from drawing whole patients again.

    Samples of one patient are alike: drawing samples instead makes the interval far too narrow.

    Args:
        samples: (samples,), NaN left out.
        patients: (samples,), whose each is.
        seed, resamples: of the draws, and their number.
    """
    kept = ~np.isnan(samples)
    _, owner = np.unique(np.asarray(patients)[kept], return_inverse=True)
    counts = np.bincount(owner)
    sums = np.bincount(owner, weights=finite(samples))
    if counts.size < 2:
        return Interval(quantile_mean(samples), float("nan"), float("nan"))
    ends = resampled(lambda drawn: (drawn @ sums) / (drawn @ counts), counts.size, seed, resamples)
    return Interval(float(sums.sum() / counts.sum()), *ends)


def _passed(ranks: np.ndarray, lower: float, upper: float) -> np.ndarray:
    """Return how much of the span between two quantiles lies at or below each sorted value, (..., n), 0-1.

    Args:
        ranks: (..., n), number of values drawn up to and with this one, smallest first.
        lower, upper: quantiles, 0-1.
    """
    with np.errstate(invalid="ignore"):  # a resample that drew only patients without a value is NaN
        reached = ranks / ranks[..., -1:]
    np.clip(reached, lower, upper, out=reached)
    reached -= lower
    reached /= upper - lower
    return reached


def _gaps(ordered: np.ndarray) -> np.ndarray:
    """Return how far each sorted value is from the next: the largest less the gaps passed is the mean."""
    return np.diff(ordered, append=ordered[-1])
