"""What learns mortality is shown of whole cases, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from predictors.learning.cases import Cases
from predictors.risk.fritz2019 import Watched
from sim.outcomes.mortality.death import DEATH
from sim.outcomes.mortality.frailty import COLUMNS, SKEWED
from sim.outcomes.mortality.hour import CHANNELS, MINUTES

TASK, QUESTION = "mortality", "mortality"
ESTIMATES = {"mortality": (0.0, 1.0, "probability")}
IN_THE_ROOM = ("age", "female", "bmi")  # what is known of people there
SHOWN_THERE = ("pressure", "heart_rate", "norepinephrine")
SMALLEST = 0.01  # in a column's unit, of which a logarithm is taken
LIMITS = (
    "It learned from made-up people whose way of dying was designed, and no recorded hour has been heard: its"
    " probabilities are about a story, not about a patient.",
    "That the way in which a pressure sags matters is an assumption of the generator; nobody has found it in people.",
)


def values(columns: Mapping[str, np.ndarray], count: int) -> np.ndarray:
    """Return columns side by side, (people, COLUMNS), the skewed ones as logarithms; NaN of those not there."""
    nothing = np.full(count, np.nan)
    shown = np.stack([np.asarray(columns.get(name, nothing), dtype=float) for name in COLUMNS], axis=1)
    logs = [name in SKEWED for name in COLUMNS]
    return np.where(logs, np.log(np.maximum(shown, SMALLEST)), shown)


def known(cases: Cases) -> np.ndarray:
    """Return what is known of cases before, (cases, COLUMNS), see `values`."""
    return values({name: cases[name][0] for name in COLUMNS if name in cases.signals}, cases.count)


def watched(cases: Cases) -> Watched:
    """Return what is known of cases, and their hour; NaN of channels that nobody watched."""
    nothing = np.full((MINUTES, cases.count), np.nan)
    series = [cases[name] if name in cases.signals else nothing for name in CHANNELS]
    return Watched(known(cases), np.stack(series, axis=1).transpose(2, 1, 0))


def died(cases: Cases) -> np.ndarray:
    """Return who died, (cases,), 0 or 1. Raises ValueError where everybody did, or nobody."""
    happened = cases.label(DEATH)[0]
    if happened.min() == happened.max():
        raise ValueError(
            f"cases: the label {DEATH} is {happened[0]:g} in all {len(happened)}, which is not allowed;"
            " some with and some without are needed"
        )
    return happened


def as_in_the_room(people: Watched, seed: int) -> Watched:
    """Return people of whom nothing is seen but `IN_THE_ROOM` and `SHOWN_THERE`, of half of them the last minutes only.

    How many minutes of those is by lot: a room is watched from the beginning of a case.
    """
    known, shown = np.isin(list(COLUMNS), IN_THE_ROOM), np.isin(list(CHANNELS), SHOWN_THERE)
    begins = np.random.default_rng(seed).integers(-MINUTES, MINUTES, len(people.values))
    watched = shown[:, None] & (np.arange(MINUTES) >= begins[:, None, None])
    series = np.where(watched, people.series, np.nan).astype(np.float32)
    return Watched(np.where(known, people.values, np.nan), series)
