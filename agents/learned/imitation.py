"""How a cloned clinician meets a case: what a network is shown every 30 s, and what it may decide.

The same functions lay out recorded cases for the training and a room's readings for the agent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.surgery import EMERGENCE, INTUBATION, PREPARATION

DECISION = 30.0  # s between decisions (choice)
HOLD, OFF = 0, 1  # classes of decisions; then steps down and up, the largest down first
STEPS = np.array(
    [-1.2, -0.6, -0.3, -0.15, -0.02, 0.02, 0.15, 0.3, 0.6, 1.2]
)  # edges, log of new over old target (choice)
WAYS = np.array([0, 1, 2, 3, 5, 6, 7, 8])  # steps that are classes: all but the one around nothing
CLASSES = 2 + len(WAYS)
INPUTS = 29


@dataclass(frozen=True)
class Sight:
    """What is known at a decision; arrays of one shape, with a first axis of 2 (drugs) where said.

    Attributes:
        index, pressure, heart_rate: as smoothed by eye, NaN where never seen.
        target: (2, ...), 0 where the pump is off, µg/mL and ng/mL.
        since, turned: (2, ...), s since each dial was turned, and 1 up, -1 down, 0 not yet.
        time: s since the first drug.
        phase: index into `sim.surgery.PHASES`.
        age, female, height, weight: years, 0 or 1, cm, kg.
    """

    index: np.ndarray
    pressure: np.ndarray
    heart_rate: np.ndarray
    target: np.ndarray
    since: np.ndarray
    turned: np.ndarray
    time: np.ndarray
    phase: np.ndarray
    age: np.ndarray
    female: np.ndarray
    height: np.ndarray
    weight: np.ndarray


def shown(sight: Sight) -> np.ndarray:
    """Return what the network is shown, (INPUTS, ...), each of order one."""
    minutes, running = sight.time / 60.0, sight.target > 0.0
    since = np.where(running, sight.since, np.inf)  # nobody turns the dial of a pump that is off
    recent = np.exp(-since / 120.0)
    level = np.log(np.where(running, sight.target, 3.0) / 3.0)
    vital = (sight.index - 45.0, sight.pressure - 80.0, sight.heart_rate - 70.0)
    phase = sight.phase
    stages = (phase <= INTUBATION, *(phase == stage for stage in range(PREPARATION, EMERGENCE + 1)))
    rows = [
        *(np.clip(np.nan_to_num(one) / 15.0, -4.0, 4.0) for one in vital),
        *(np.isfinite(one) for one in vital),
        *level,
        *running,
        *(recent * (sight.turned > 0.0)),
        *(recent * (sight.turned < 0.0)),
        *np.exp(-since / 600.0),
        np.exp(-minutes / 5.0),
        np.exp(-minutes / 20.0),
        np.minimum(minutes / 60.0, 3.0) / 3.0,
        *stages,
        (sight.age - 60.0) / 15.0,
        sight.female,
        (sight.weight / (sight.height / 100.0) ** 2 - 23.0) / 4.0,
        (sight.weight - 60.0) / 15.0,
    ]
    return np.stack([np.asarray(row, dtype=float) + 0.0 * sight.time for row in rows])


def decision(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Return the class of going from one target to another; steps too small to be seen hold."""
    safe = np.log(
        np.where((old > 0.0) & (new > 0.0), new, 1.0) / np.where((old > 0.0) & (new > 0.0), old, 1.0)
    )
    step = np.clip(np.searchsorted(STEPS, safe, side="right") - 1, 0, len(STEPS) - 2)
    kind = np.where(np.abs(safe) <= STEPS[len(STEPS) // 2], HOLD, 2 + np.searchsorted(WAYS, step))
    return np.where((old > 0.0) & (new <= 0.0), OFF, kind)


def decided(target: np.ndarray, kind: np.ndarray, within: np.ndarray) -> np.ndarray:
    """Return the target that follows from a class, at a place 0 to 1 within its range of steps."""
    way = WAYS[np.maximum(kind - 2, 0)]
    moved = target * np.exp(STEPS[way] + within * (STEPS[way + 1] - STEPS[way]))
    return np.where(kind == OFF, 0.0, np.where(kind == HOLD, target, moved))
