"""Where needles end that are guided by an image: each patient has one of their own, and each learner reads it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from experiments.imaging.contract import HOME, SHIFTED, Measure, System, phantoms
from experiments.imaging.study import Imaging, learned
from experiments.sites.purposes import seed_for
from sim.arrays import map_arrays
from sim.imaging.phantoms import Phantoms

SEARCHED = 10  # images a patient, among which there has to be one with a target
NONE, EXACT = "no block", "exact"
Needles = Mapping[
    str, np.ndarray
]  # arm -> mm from the target, (trainings, patients); infinite without a needle


def ends(system: System, config: Imaging) -> dict[str, np.ndarray]:
    """Return where the needles end: of nobody, of who knows the truth, and of every learner in both places.

    Patient k is read on the kth image, or film, of a place in which there is a target; whoever scans moves the probe
    until there is one. The needle goes where the learner says. Errors are those of this very training and image.

    Args:
        system: one by which a needle is guided.
        config: of its learning; `test` is the number of patients.

    Raises:
        ValueError: nobody guides a needle by the system, or too few of its images have a target.
    """
    needle = guided(system)
    tests = {where: with_target(system, needle, config, where == SHIFTED) for where in (HOME, SHIFTED)}
    found = {NONE: np.full((1, config.test), np.inf), EXACT: np.zeros((1, config.test))}
    for learner, trainings in learned(system, config, tests).items():
        for where, test in tests.items():
            offs = [needle(said[where], test).double().cpu().numpy() for said in trainings]
            found[f"{learner}, {where}"] = np.stack(offs)
    return found


def guided(system: System) -> Measure:
    """Return how far off a needle ends. Raises ValueError where nobody guides one by the system."""
    if system.needle is None:
        raise ValueError(f"system: {system.name!r} is not allowed; one by which a needle is guided")
    return system.needle


def with_target(system: System, needle: Measure, config: Imaging, shifted: bool) -> Phantoms:
    """Return the first images that have a target, one a patient: where the truth itself would lead a needle to it.

    Raises:
        ValueError: there are fewer among those that are searched.
    """
    size, seed, count = config.size or system.size, seed_for("test", config.seed), config.test
    parts: list[Phantoms] = []
    for search in range(SEARCHED):
        numbers = np.arange(search * count, (search + 1) * count)
        made = phantoms(system.generate, seed, numbers, size, shifted, config.device)
        parts.append(_kept(made, torch.isfinite(needle(made.truth, made))))
        if sum(len(part.images) for part in parts) >= count:
            return map_arrays(lambda *some: torch.cat(some)[:count], *parts)
    raise ValueError(f"patients: {count} are not allowed; fewer, as many as images have a target")


def _kept(made: Phantoms, which: Tensor) -> Phantoms:
    return map_arrays(lambda one: one[which], made)
