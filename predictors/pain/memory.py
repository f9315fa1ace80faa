"""What a patient's pulse has been like so far, so that a change can be told from a person's own ways."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from predictors.pain.features import NAMES
from sim.arrays import Array

COUNT = 2 * len(NAMES)  # what is shown: the last minute, and how it differs from the case so far
SILENT = 6  # steps without a pulse, after which nothing is known


@dataclass(frozen=True)
class Memory:
    """What is carried.

    Attributes:
        last: features heard last, (24, patients), NaN before any.
        total, steps: their sum, (24, patients), and how many went into it, (patients,).
        age: steps since anything was heard, (patients,).
    """

    last: Array
    total: Array
    steps: Array
    age: Array


def begin(patients: int) -> Memory:
    """Return somebody of whom nothing has been heard."""
    nothing = np.zeros((len(NAMES), patients))
    return Memory(nothing + np.nan, nothing, nothing[0], nothing[0] + np.inf)


def remember(memory: Memory, features: Array) -> tuple[Memory, Array]:
    """Return the memory with the last minute's features, (24, patients), and what is shown then, (COUNT, patients).

    What is not there is as it was last; what has never been is NaN.
    """
    there = np.isfinite(features).all(axis=0)
    last = np.where(there, features, memory.last)
    total = memory.total + np.where(there, features, 0.0)
    steps = memory.steps + there
    age = np.where(there, 0.0, memory.age + 1.0)
    usual = total / np.maximum(steps, 1.0)
    return Memory(last, total, steps, age), np.concatenate([last, last - usual])
