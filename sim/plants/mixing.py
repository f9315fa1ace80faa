"""Cases of several plants in one batch: domain randomisation, and one comparison over all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sim.arrays import join, take
from sim.plants import PLANTS
from sim.settings import Scenario, wholes
from sim.theatre import Case
from sim.theatre.rollout import cases

OF_A_CASE = ("cohort", "surgery", "bleeding_probability", "events")  # of a scenario; the rest is the room's


def cases_of(
    plants: Sequence[str], scenario: Scenario, seed: int | np.ndarray = 0, numbers: np.ndarray | int = 1
) -> Case:
    """Return the cases of a scenario, patients alternating over plants: case k is one of plant k modulo their number.

    A case is the same in any batch of the same plants.

    Args:
        plants: by name in `sim.plants.PLANTS`.
        scenario: the room; who comes into it, and what happens, is the plants' to say.
        seed, numbers: see `sim.theatre.rollout.cases`.

    Raises:
        ValueError: no plant, an unknown one, or one that needs a room of its own or cannot share a batch.
    """
    if not plants:
        raise ValueError("plants: none is not allowed; at least one")
    numbers = wholes("numbers", numbers)
    numbers = numbers if numbers.ndim else np.arange(int(numbers))
    seeds = np.broadcast_to(wholes("seed", seed), numbers.shape)
    parts, rows = [], []
    for place, name in enumerate(plants):
        mine = np.flatnonzero(numbers % len(plants) == place)
        plant, own = PLANTS.get(name), {}
        for option, value in plant.scenario.items():
            if option not in OF_A_CASE and value != getattr(scenario, option):
                raise ValueError(
                    f"plants: {name} sets {option}, which is not allowed; a room is the same for all"
                )
            own[option] = value
        if mine.size:
            parts.append(cases(replace(scenario, **own), seeds[mine], numbers[mine], plant.models))
            rows.append(mine)
    return take(join(parts), np.argsort(np.concatenate(rows)))
