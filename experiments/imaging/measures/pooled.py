"""What is judged over all images at once, and intervals from drawing whole people again: images of one are alike.

A statistic is a function of how often each person counts, (draws, people), and returns (draws,); it is taken apart into
sums by person first, so that thousands of draws cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from experiments.imaging.contract import Heard, Pooled, Said, Statistic, System
from experiments.judging.bootstrap import NOTHING, RESAMPLES, percentile_ends, resample_counts
from sim.imaging.phantoms import Phantoms

CHUNK = 4_000_000  # counts of values in draws that are held at a time
EMPTY = dict.fromkeys(("median", "worst_tenth"), float("nan"))


def scores(system: System, where: str, test: Phantoms, heard: Heard, seed: int) -> list[dict[str, Any]]:
    """Return a row a learner and pooled measure, as `judging.scores` does.

    The estimate is the mean over trainings; intervals, and those of paired differences, draw people again.
    """
    if not system.pooled:
        return []
    people = _people(test).max() + 1
    draws = np.concatenate([np.ones((1, people)), resample_counts(people, RESAMPLES, seed)])
    rows = []
    for name, measure in system.pooled.items():
        found = {
            learner: np.stack([measure(one[where], test)(draws) for one in trainings])
            for learner, trainings in heard.items()
            if where in trainings[0]
        }
        naive = found[system.naive].mean(0)
        for learner, every in found.items():
            if not np.isfinite(every[:, 0]).any():
                continue  # a learner that says nothing of the kind, or no image is of it
            row: dict[str, Any] = {"where": where, "learner": learner, "measure": name}
            row |= {"trainings": len(every), **_ends("", every.mean(0))}
            row |= _ends("difference_", every.mean(0) - naive)
            rows.append(row | {"lowest": every[:, 0].min(), "highest": every[:, 0].max()} | EMPTY)
    return rows


def _ends(prefix: str, values: np.ndarray) -> dict[str, float]:
    names = (prefix.rstrip("_") or "estimate", f"{prefix}low", f"{prefix}high")
    ends = percentile_ends(values[1:]) if np.isfinite(values[0]) else NOTHING[1:]
    return dict(zip(names, (float(values[0]), *ends), strict=True))


def mean(of: Callable[[Said, Phantoms], np.ndarray]) -> Pooled:
    """Return the measure that is a mean over images, of values in the shape of the truth; NaN does not count."""

    def measure(said: Said, test: Phantoms) -> Statistic:
        values = of(said, test).ravel()
        counts, sums = _moments(values, _owners(test, values), 0, 1)
        return lambda draws: _share(draws @ sums, draws @ counts)

    return measure


def together(parts: Sequence[Pooled]) -> Pooled:
    """Return the measure that is the mean of others, each weighing the same; of those there are in a draw."""

    def measure(said: Said, test: Phantoms) -> Statistic:
        statistics = [part(said, test) for part in parts]
        return lambda draws: _middle(np.stack([one(draws) for one in statistics]))

    return measure


def by_person(of: Callable[[Said, Phantoms], np.ndarray], share: float) -> Pooled:
    """Return the measure that is a quantile over people of the mean of their own values, of values as in `mean`."""

    def measure(said: Said, test: Phantoms) -> Statistic:
        values = of(said, test).ravel()
        counts, sums = _moments(values, _owners(test, values), 0, 1)
        own = _share(sums, counts)
        order = np.argsort(own)[: np.isfinite(own).sum()]

        def statistic(draws: np.ndarray) -> np.ndarray:
            below = np.cumsum(draws[:, order], axis=1)
            return own[order][(below < share * below[:, -1:]).sum(1)]

        return statistic

    return measure


def spread(of: Callable[[Said, Phantoms], np.ndarray]) -> Pooled:
    """Return the measure that is the SD of all values, of values as in `mean`."""
    return _from_moments(of, lambda _, deviation: deviation)


def limit(of: Callable[[Said, Phantoms], np.ndarray], deviations: float) -> Pooled:
    """Return the measure that is so many SDs above the mean of all values, of values as in `mean`.

    Of differences, 1.96 below and above are the limits of agreement (Bland, Lancet 1986;1:307).
    """
    return _from_moments(of, lambda middle, deviation: middle + deviations * deviation)


def quantile(of: Callable[[Said, Phantoms], np.ndarray], share: float) -> Pooled:
    """Return the measure that is a quantile of all values: the smallest that at least this share does not exceed."""

    def measure(said: Said, test: Phantoms) -> Statistic:
        values = of(said, test).ravel()
        order = np.argsort(values)[: np.isfinite(values).sum()]
        owner, ranked = _owners(test, values)[order], values[order]

        def statistic(draws: np.ndarray) -> np.ndarray:
            found = []
            for some in np.array_split(draws, -(-len(draws) * len(order) // CHUNK)):
                below = np.cumsum(some[:, owner], axis=1)
                found.append(ranked[(below < share * below[:, -1:]).sum(1)])
            return np.concatenate(found)

        return statistic

    return measure


def told(
    name: str,
    there: Callable[[Phantoms], np.ndarray],
    without: Callable[[Phantoms], np.ndarray] | None = None,
) -> Pooled:
    """Return the area under the curve of telling images with something from those without, over all pairs of them.

    Args:
        name: of what is said, the larger the likelier it is there.
        there: whether it is.
        without: whether it is not; where it is neither, it does not count. By default all others.
    """

    def measure(said: Said, test: Phantoms) -> Statistic:
        present, likely = there(test).ravel(), said[name].cpu().numpy().ravel()
        absent = ~present if without is None else without(test).ravel()
        owner = _owners(test, likely)
        people = owner.max() + 1
        ranked = np.zeros((people, people))
        for one in range(people):
            others = np.sort(likely[absent & (owner == one)])
            below = sum(np.searchsorted(others, likely[present], side) for side in ("left", "right"))
            ranked[:, one] = np.bincount(owner[present], 0.5 * below, people)
        some, none = _sums(present, owner), _sums(absent, owner)
        return lambda draws: _share(((draws @ ranked) * draws).sum(1), (draws @ some) * (draws @ none))

    return measure


def correlation(of: Callable[[Said, Phantoms], tuple[np.ndarray, np.ndarray]]) -> Pooled:
    """Return the measure that is Pearson's correlation of what is said and what is there, over all images."""

    def measure(said: Said, test: Phantoms) -> Statistic:
        one, other = (values.ravel().astype(float) for values in of(said, test))
        owner = _owners(test, one)
        one, other = one - one.mean(), other - other.mean()
        parts = [
            _sums(each, owner) for each in (np.ones(len(one)), one, other, one**2, other**2, one * other)
        ]

        def statistic(draws: np.ndarray) -> np.ndarray:
            count, first, second, squares, others, both = (draws @ part for part in parts)
            spread = (squares - first**2 / count) * (others - second**2 / count)
            return _share(both - first * second / count, np.sqrt(spread.clip(min=0.0)))

        return statistic

    return measure


def rates(combined: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Pooled:
    """Return the measure that is a function of the shares of painful and of painless images that are called painful."""

    def measure(said: Said, test: Phantoms) -> Statistic:
        pain, called = in_pain(test).ravel(), pained(said).ravel()
        owner = _owners(test, pain)
        sums = [_sums(one, owner) for one in (called & pain, pain, called & ~pain, ~pain)]

        def statistic(draws: np.ndarray) -> np.ndarray:
            hits, painful, alarms, painless = (draws @ one for one in sums)
            return combined(_share(hits, painful), _share(alarms, painless))

        return statistic

    return measure


def balanced_f1(hit: np.ndarray, alarm: np.ndarray) -> np.ndarray:
    """Return F1 as it were with as many images with pain as without (Jeni, ACII 2013)."""
    return 2.0 * hit / (1.0 + hit + alarm)


def balanced(hit: np.ndarray, alarm: np.ndarray) -> np.ndarray:
    """Return the accuracy as it were with as many images with pain as without."""
    return 0.5 * (1.0 + hit - alarm)


def in_pain(test: Phantoms) -> np.ndarray:
    """Return whether there is any pain, in the shape of the truth."""
    return test.truth["pspi"].cpu().numpy() > 0.0


def free(test: Phantoms) -> np.ndarray:
    """Return whether there is no pain at all."""
    return ~in_pain(test)


def at_least(intensity: float, test: Phantoms) -> np.ndarray:
    """Return whether there is pain of this intensity or more."""
    return test.truth["pspi"].cpu().numpy() >= intensity


def pained(said: Said) -> np.ndarray:
    """Return whether pain is said to be there."""
    return said["pain"].cpu().numpy() > 0.5


def right(said: Said, test: Phantoms) -> np.ndarray:
    """Return whether it was told right, 1 or 0."""
    return (pained(said) == in_pain(test)).astype(float)


def _from_moments(
    of: Callable[[Said, Phantoms], np.ndarray], made: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> Pooled:
    """Return the measure that is made of mean and SD of all values."""

    def measure(said: Said, test: Phantoms) -> Statistic:
        values = of(said, test).ravel()
        counts, sums, squares = _moments(values, _owners(test, values), 0, 1, 2)

        def statistic(draws: np.ndarray) -> np.ndarray:
            number = draws @ counts
            middle = _share(draws @ sums, number)
            return made(middle, np.sqrt(np.maximum(_share(draws @ squares, number) - middle**2, 0.0)))

        return statistic

    return measure


def _people(test: Phantoms) -> np.ndarray:
    """Return of whom each image is, counted from 0; where nobody is named, each is of somebody else."""
    if "person" not in test.truth:
        return np.arange(len(test.images))
    return np.unique(test.truth["person"].cpu().numpy(), return_inverse=True)[1]


def _owners(test: Phantoms, values: np.ndarray) -> np.ndarray:
    """Return of whom each value is; a film has as many as it has frames."""
    people = _people(test)
    return np.repeat(people, values.size // len(people))


def _moments(values: np.ndarray, owner: np.ndarray, *powers: int) -> list[np.ndarray]:
    """Return sums of powers of values by person; NaN does not count."""
    kept = np.isfinite(values)
    return [_sums(kept * np.where(kept, values, 0.0) ** power, owner) for power in powers]


def _sums(values: np.ndarray, owner: np.ndarray) -> np.ndarray:
    return np.bincount(owner, values.astype(float), owner.max() + 1)


def _middle(values: np.ndarray) -> np.ndarray:
    kept = np.isfinite(values)
    return _share(np.where(kept, values, 0.0).sum(0), kept.sum(0))


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0.0)
