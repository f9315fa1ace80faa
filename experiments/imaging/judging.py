"""How good what is said of images is: means with intervals over images, paired differences, spread of trainings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from experiments.imaging.contract import Heard, Said, System
from experiments.judging.bootstrap import interval
from sim.imaging.phantoms import Phantoms

FEWEST = 3  # images that count, or nothing is said of a measure
ENDS = "difference", "difference_low", "difference_high"

Found = Mapping[str, Sequence[Mapping[str, np.ndarray]]]  # learner -> training -> measure -> (images,)


def measured(system: System, said: Said, phantoms: Phantoms) -> dict[str, np.ndarray]:
    """Return each measure of each image, (images,)."""
    return {name: measure(said, phantoms).double().cpu().numpy() for name, measure in system.measures.items()}


def leading(system: System, said: Said, phantoms: Phantoms) -> np.ndarray:
    """Return the measure by which cases rank, of each image, (images,)."""
    return next(iter(system.measures.values()))(said, phantoms).double().cpu().numpy()


def judged(system: System, where: str, test: Phantoms, said: Heard, seed: int) -> list[dict[str, Any]]:
    """Return the rows of one set of phantoms, kind after kind where a system tells kinds apart."""
    return [
        row
        for place, found in _kinds(system, where, test, said).items()
        for row in scores(system, place, found, seed)
    ]


def beside(system: System, where: str, test: Phantoms, said: Heard, seed: int) -> list[dict[str, Any]]:
    """Return a row a learner, one that it is compared with, and measure: their paired difference, image by image."""
    rows = []
    for place, found in _kinds(system, where, test, said).items():
        for learner, other in product(found, system.beside):
            if other not in found or learner in (other, system.naive):
                continue
            for measure in system.measures:
                one, usual = (_over_trainings(found[name], measure) for name in (learner, other))
                if np.isfinite(one - usual).any():
                    ends = dict(zip(ENDS, interval(one - usual, seed=seed), strict=True))
                    about = {"where": place, "learner": learner, "less": other, "measure": measure}
                    rows.append(about | ends)
    return rows


def _kinds(system: System, where: str, test: Phantoms, said: Heard) -> dict[str, Found]:
    """Return what is measured of each kind of one set of phantoms, by its name."""
    found: Found = {
        name: [measured(system, one[where], test) for one in every]
        for name, every in said.items()
        if where in every[0]
    }
    if not system.kinds:
        return {where: found}
    parts: dict[str, Found] = {}
    for kind, which in system.kinds.items():
        kept = which(test).cpu().numpy()
        if kept.any():
            parts[f"{where}, {kind}"] = {
                name: [{measure: values[kept] for measure, values in one.items()} for one in every]
                for name, every in found.items()
            }
    return parts


def _over_trainings(trainings: Sequence[Mapping[str, np.ndarray]], measure: str) -> np.ndarray:
    """Return the mean over trainings, (images,), of those in which an image counts."""
    every = np.stack([one[measure] for one in trainings])
    counts = np.isfinite(every).sum(0)
    return np.divide(np.nansum(every, 0), counts, out=np.full(every.shape[1], np.nan), where=counts > 0)


def scores(system: System, where: str, found: Found, seed: int) -> list[dict[str, Any]]:
    """Return a row a learner and measure.

    The estimate is the mean over trainings and images; its interval draws images again, each with its mean over the
    trainings in which it counts; so does that of the paired difference to whoever knows no image. Lowest and highest
    are means of single trainings. Of fewer images than `FEWEST`, where there are more, nothing is said.

    Args:
        system: whose measures.
        where: on which phantoms.
        found: learner -> training -> measure -> (images,).
        seed: of the draws.
    """
    rows = []
    for learner, trainings in found.items():
        for measure in system.measures:
            every = np.stack([one[measure] for one in trainings])
            mean = _over_trainings(trainings, measure)
            if np.isfinite(mean).sum() < min(FEWEST, len(mean)):
                continue  # a learner that says nothing of the kind, or what it asks hardly happened
            naive = _over_trainings(found[system.naive], measure)
            row = dict(zip(("estimate", "low", "high"), interval(mean, seed=seed), strict=True))
            row |= dict(zip(ENDS, interval(mean - naive, seed=seed), strict=True))
            single = np.array([one[np.isfinite(one)].mean() for one in every if np.isfinite(one).any()])
            rows.append(
                {"where": where, "learner": learner, "measure": measure, "trainings": len(trainings)}
                | row
                | {"lowest": single.min(), "highest": single.max(), "median": np.nanmedian(every)}
                | {"worst_tenth": np.nanquantile(every, 0.1 if measure in system.ascending else 0.9)}
            )
    return rows


def ranked(system: System, values: np.ndarray) -> np.ndarray:
    """Return the numbers of the images that count, the best first; of all where none does."""
    kept = np.flatnonzero(np.isfinite(values)) if np.isfinite(values).any() else np.arange(len(values))
    order = kept[np.argsort(values[kept], kind="stable")]
    return order[::-1] if next(iter(system.measures)) in system.ascending else order
