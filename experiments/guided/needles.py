"""Where needles end that are guided by an image: each patient has one of their own, and each learner reads it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from experiments.imaging.contract import HOME, SHIFTED, System, phantoms
from experiments.imaging.judging import measured
from experiments.imaging.study import Imaging, learned
from experiments.sites.purposes import seed_for
from sim.imaging.phantoms import Phantoms

OFF = "off, mm"  # the measure that is a needle's error
NONE, EXACT = "no block", "exact"
Needles = Mapping[
    str, np.ndarray
]  # arm -> mm from the target, (trainings, patients); infinite without a needle


def ends(system: System, config: Imaging) -> dict[str, np.ndarray]:
    """Return where the needles end: of nobody, of who knows the truth, and of every learner in both places.

    Patient k is read on the kth image of a place in which there is a target; whoever scans moves the probe until there
    is one. The needle goes where the learner says. Errors are those of this very training and image.

    Args:
        system: one that measures `OFF`.
        config: of its learning; `test` is the number of patients.
    """
    size, seed = config.size or system.size, seed_for("test", config.seed)
    tests = {
        where: phantoms(
            system.generate, seed, np.arange(2 * config.test), size, where == SHIFTED, config.device
        )
        for where in (HOME, SHIFTED)
    }
    found = {NONE: np.full((1, config.test), np.inf), EXACT: np.zeros((1, config.test))}
    for learner, trainings in learned(system, config, tests).items():
        for where, test in tests.items():
            offs = [measured(system, said[where], test)[OFF] for said in trainings]
            found[f"{learner}, {where}"] = np.stack(offs)[:, with_target(system, test, config.test)]
    return found


def with_target(system: System, test: Phantoms, count: int) -> np.ndarray:
    """Return the first images that have a target, (count,): the truth, said by itself, is off by nothing there.

    Raises:
        ValueError: there are fewer.
    """
    kept = np.flatnonzero(np.isfinite(measured(system, test.truth, test)[OFF]))
    if len(kept) < count:
        raise ValueError(f"patients: {count} is not allowed; {len(kept)}, as many as images have a target")
    return kept[:count]
