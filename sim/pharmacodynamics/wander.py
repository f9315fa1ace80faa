"""How a patient wanders: slow changes of sensitivity, vessels and heart that no drug and no stimulus explains.

The log of each factor is an Ornstein-Uhlenbeck process, exact at any control period, and stationary but for a start
that it forgets. Pressure and heart rate of people drift like this for minutes to hours, at rest and under drugs alike;
not evenly, as their innovations have heavy tails, and not apart, as what narrows vessels often drives the heart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.arrays import Array, namespace, stack
from sim.published import Drift, Together
from sim.randomness import heavy, tailed, truncated_normals

NEGLIGIBLE = 1e-9  # SD of a log
SIGNALS = ("index", "resistance", "heart_rate")
INDEX, RESISTANCE, HEART_RATE = range(len(SIGNALS))


@dataclass(frozen=True)
class Wander:
    """A patient's, each (3, patients) in the order of `SIGNALS`.

    Attributes:
        size: stationary SD of the log of the factor on the C50 of propofol for the index, on resistance, on heart rate.
        seconds: time constant.
        start: what the log of the factor begins with beside chance; forgotten with the time constant.
        tails: (2, 3, patients), of the innovations, see `sim.randomness.tailed`.
        together: (patients,), correlation of the innovations of resistance and heart rate.
    """

    size: Array
    seconds: Array
    start: Array
    tails: Array
    together: Array


def still(example: Array) -> Wander:
    """Return patients who do not wander; `example` (patients,) tells the array library."""
    none = stack([0.0 * example] * 3)
    return Wander(none, none + 1.0, none, stack([none, none + 1.0]), none[0])


def typical(drifts: Sequence[Drift], example: Array) -> Wander:
    """Return people who have nothing of the wandering but its start; `example` (patients,) tells the array library."""
    size, seconds, start = (
        stack([value + 0.0 * example for value in values])
        for values in zip(*((NEGLIGIBLE, drift.seconds, drift.start) for drift in drifts), strict=True)
    )
    return Wander(size, seconds, start, stack([0.0 * size, 0.0 * size + 1.0]), 0.0 * example)


def sample(drifts: Sequence[Drift], together: Together, keys: np.ndarray) -> Wander:
    """Return how these individuals wander: one `Drift` a signal, log deviates truncated at ±3 SD."""
    z = truncated_normals(keys, "wander of whom", 2 * len(SIGNALS) + 1)
    size = [drift.size * np.exp(drift.size_log_sd * row) for drift, row in zip(drifts, z[:3], strict=True)]
    seconds = [
        drift.seconds * np.exp(drift.seconds_log_sd * row) for drift, row in zip(drifts, z[3:6], strict=True)
    ]
    start = [drift.start + 0.0 * row for drift, row in zip(drifts, z[:3], strict=True)]
    tails = np.array([[drift.tails] for drift in drifts]) + 0.0 * z[:3]
    return Wander(
        np.stack(size), np.stack(seconds), np.stack(start), np.stack(tailed(tails)), together.drawn(z[6])
    )


def step(wander: Wander, process: Array, normals: Array, seconds: float) -> Array:
    """Return the process `seconds` later, moved by normals, (3, patients).

    Infinitely later it begins: standard normal, but for the start that it forgets.
    """
    normals = _linked(normals, wander.together)
    if seconds == math.inf:
        size = namespace(process).where(wander.size > 0.0, wander.size, 1.0)
        return normals + wander.start / size
    kept = namespace(process).exp(-seconds / wander.seconds)
    return kept * process + (1.0 - kept * kept) ** 0.5 * heavy(normals, *wander.tails)


def _linked(normals: Array, together: Array) -> Array:
    """Return the normals, those of the heart rate correlated with those of resistance."""
    index, resistance, rate = normals
    return stack([index, resistance, (1.0 - together * together) ** 0.5 * rate + together * resistance])


def factors(wander: Wander, process: Array) -> Array:
    """Return what it multiplies C50, resistance and heart rate by, (3, patients)."""
    return namespace(process).exp(wander.size * process)
