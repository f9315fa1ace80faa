"""Twenty minutes of a few patients with one fault or none: what was seen, what was true, what arrived."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from sim import theatre
from sim.interfaces import Orders
from sim.theatre import Theatre
from sim.theatre.rollout import cases

HORIZON, PERIOD, SIZE = 1200.0, 10.0, 6


@dataclass(frozen=True)
class Record:
    """What was seen of a few patients, arrays (turns, ...); `running` (turns, patients), of any of the faults."""

    readings: dict[str, np.ndarray]
    truth_bis: np.ndarray
    truth_pressure: np.ndarray
    delivered: np.ndarray
    running: np.ndarray


@cache
def live(name: str | tuple[str, ...] = "", pressure: str = "arterial", noise: bool = False) -> Record:
    """Twenty minutes of changing rates in six patients, with one fault, several or none."""
    room = Theatre(horizon=HORIZON, control_period=PERIOD, noise=noise, pressure=pressure)
    faults = (name,) if isinstance(name, str) else name
    room = replace(room, surgery="struys", faults=faults if name else ())
    case = cases(room, seed=3, numbers=SIZE)
    state, seen = theatre.begin(room, case)
    turns = []
    for number in range(round(HORIZON / PERIOD)):
        rates = np.array([[0.2 + 0.1 * (number % 7)], [0.2], [0.02]]) * np.ones(SIZE)
        state, seen = theatre.turn(room, case, state, Orders(rates, np.zeros((3, SIZE))))
        turns.append(seen)
    time = PERIOD * np.arange(1, len(turns) + 1)[:, None]
    running = np.zeros((len(turns), SIZE), dtype=bool)
    if name:
        starts, ends = case.faults.starts[:, None], case.faults.ends[:, None]
        running = ((starts <= time) & (time < ends)).any(axis=0)
    fields = [name for name, values in vars(turns[0].readings).items() if isinstance(values, np.ndarray)]
    return Record(
        {field: np.array([getattr(turn.readings, field) for turn in turns]) for field in fields},
        np.array([turn.truth.bis for turn in turns]),
        np.array([turn.truth.mean_arterial_pressure for turn in turns]),
        np.array([turn.delivered for turn in turns]),
        running,
    )
