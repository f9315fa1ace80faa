"""What a belief is fitted to: readings and truth of simulated cases, of several plants side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.arrays import Array, map_arrays
from sim.covariates import Covariates
from sim.interfaces import Agent, Readings
from sim.plants import PLANTS
from sim.settings import Room
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate

SHOWN = ("next_event",)


@dataclass(frozen=True)
class Recorder:
    """An observer that keeps what it reads, and says nothing."""

    control_period: float = Room.control_period
    read: list[Readings] = field(default_factory=list)

    @property
    def estimates(self) -> Mapping[str, tuple[float, float, str]]:
        """None."""
        return {}

    def initial(self, covariates: Covariates) -> tuple[()]:
        """Return nothing: what is kept is the recorder's own."""
        return ()

    def update(self, state: tuple[()], readings: Readings) -> tuple[tuple[()], Mapping[str, Array]]:
        """Keep the readings."""
        self.read.append(readings)
        return state, {}


@dataclass(frozen=True)
class Watched:
    """Cases as they were seen, and as they were.

    Attributes:
        people: (patients,).
        read: readings of every turn.
        truth: (2, turns, patients), index and mean arterial pressure.
    """

    people: Covariates
    read: tuple[Readings, ...]
    truth: np.ndarray


def watched(plant: str, agent: Agent, seed: int, patients: int, horizon: float) -> Watched:
    """Return what was read of an agent's cases on a plant. Raises ValueError on an unknown plant."""
    options: dict[str, Any] = dict(PLANTS.get(plant).scenario)
    room = Theatre(orders=agent.orders, horizon=horizon, readings=SHOWN, **options)
    case, recorder = cases(room, seed, patients, PLANTS.get(plant).models), Recorder()
    trace = simulate(room, case, agent, recorder)
    truth = np.stack([trace.bis, trace.mean_arterial_pressure])
    return Watched(case.patient.covariates, tuple(recorder.read), truth)


def together(parts: Sequence[Watched]) -> Watched:
    """Return cases side by side."""

    def joined(*trees: Any) -> Any:
        return map_arrays(lambda *arrays: np.concatenate(arrays, axis=-1), *trees)

    turns = zip(*(part.read for part in parts), strict=True)
    people, *truth = joined(*((part.people, part.truth) for part in parts))
    return Watched(people, tuple(joined(*turn) for turn in turns), *truth)
