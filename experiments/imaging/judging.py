"""How good what is said of images is: means with intervals over images, paired differences, spread of trainings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.imaging.contract import Heard, Said, System
from experiments.judging.bootstrap import interval
from sim.imaging.phantoms import Phantoms


def measured(system: System, said: Said, phantoms: Phantoms) -> dict[str, np.ndarray]:
    """Return each measure of each image, (images,)."""
    return {name: measure(said, phantoms).double().cpu().numpy() for name, measure in system.measures.items()}


def leading(system: System, said: Said, phantoms: Phantoms) -> np.ndarray:
    """Return the measure by which cases rank, of each image, (images,)."""
    return next(iter(system.measures.values()))(said, phantoms).double().cpu().numpy()


def judged(system: System, where: str, test: Phantoms, said: Heard, seed: int) -> list[dict[str, Any]]:
    """Return the rows of one set of phantoms, kind after kind where a system tells kinds apart."""
    found = {
        name: [measured(system, one[where], test) for one in every]
        for name, every in said.items()
        if where in every[0]
    }
    if not system.kinds:
        return scores(system, where, found, seed)
    rows = []
    for kind, which in system.kinds.items():
        kept = which(test).cpu().numpy()
        if not kept.any():
            continue
        own = {
            name: [{measure: values[kept] for measure, values in one.items()} for one in every]
            for name, every in found.items()
        }
        rows += scores(system, f"{where}, {kind}", own, seed)
    return rows


def scores(
    system: System, where: str, found: Mapping[str, Sequence[Mapping[str, np.ndarray]]], seed: int
) -> list[dict[str, Any]]:
    """Return a row a learner and measure.

    The estimate is the mean over trainings and images; its interval draws images again, each with its mean over the
    trainings; so does that of the paired difference to whoever knows no image. Lowest and highest are means of single
    trainings.

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
            if not np.isfinite(every).any():
                continue  # a learner that says nothing of the kind
            naive = np.stack([one[measure] for one in found[system.naive]]).mean(0)
            row = dict(zip(("estimate", "low", "high"), interval(every.mean(0), seed=seed), strict=True))
            difference = interval(every.mean(0) - naive, seed=seed)
            row |= dict(zip(("difference", "difference_low", "difference_high"), difference, strict=True))
            single = np.nanmean(every, axis=1)
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
