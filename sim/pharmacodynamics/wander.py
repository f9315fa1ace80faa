"""How a patient wanders: slow changes of sensitivity, vessels and heart that no drug and no stimulus explains.

The log of each factor is an Ornstein-Uhlenbeck process, stationary from the start and exact at any control period.
Pressure and heart rate of people drift in this way for minutes to hours, at rest and under drugs alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.arrays import Array, like, namespace, stack
from sim.published import Drift
from sim.randomness import truncated_normals

SIGNALS = ("index", "resistance", "heart_rate")
INDEX, RESISTANCE, HEART_RATE = range(len(SIGNALS))


@dataclass(frozen=True)
class Wander:
    """A patient's, each (3, patients) in the order of `SIGNALS`.

    Attributes:
        size: stationary SD of the log of the factor on the C50 of propofol for the index, on resistance, on heart rate.
        seconds: time constant.
        start: what the log of the factor begins with beside chance; forgotten with the time constant.
    """

    size: Array
    seconds: Array
    start: Array


@dataclass(frozen=True)
class WanderState:
    """Attributes: process, standard normal in the long run; factors, what it makes of them; each (3, patients)."""

    process: Array
    factors: Array


def still(example: Array) -> Wander:
    """Return patients who do not wander; `example` (patients,) tells the array library."""
    none = stack([0.0 * example] * 3)
    return Wander(none, none + 1.0, none)


def sample(drifts: Sequence[Drift], keys: np.ndarray) -> Wander:
    """Return how these individuals wander: one `Drift` a signal, log deviates truncated at ±3 SD."""
    z = truncated_normals(keys, "wander of whom", 2 * len(SIGNALS))
    size = [drift.size * np.exp(drift.size_log_sd * row) for drift, row in zip(drifts, z[:3], strict=True)]
    seconds = [
        drift.seconds * np.exp(drift.seconds_log_sd * row) for drift, row in zip(drifts, z[3:], strict=True)
    ]
    start = [drift.start + 0.0 * row for drift, row in zip(drifts, z[:3], strict=True)]
    return Wander(np.stack(size), np.stack(seconds), np.stack(start))


def rest(wander: Wander) -> WanderState:
    """Return the middle of the road, where every factor is 1."""
    zero = 0.0 * wander.size
    return WanderState(zero, zero + 1.0)


def begin(wander: Wander, normals: np.ndarray) -> WanderState:
    """Return where (3, patients) normals let the wandering begin: settled, but for the start it forgets."""
    xp = namespace(wander.size)
    process = like(normals, wander.size) + wander.start / xp.where(wander.size > 0.0, wander.size, 1.0)
    return WanderState(process, xp.exp(wander.size * process))


def step(wander: Wander, state: WanderState, normals: np.ndarray, seconds: float) -> WanderState:
    """Return the state `seconds` later, moved by (3, patients) normals."""
    xp = namespace(state.process)
    kept = xp.exp(-seconds / wander.seconds)
    process = kept * state.process + (1.0 - kept * kept) ** 0.5 * like(normals, state.process)
    return WanderState(process, xp.exp(wander.size * process))
