"""Twenty minutes of a few patients with one fault or none: what was seen, what was true, what arrived."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from sim import theatre
from sim.faults.plan import beside, plan
from sim.interfaces import Orders
from sim.randomness import case_keys
from sim.theatre import Case, Theatre
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

    def of(self, patients: slice) -> Record:
        """Return what is of some patients."""
        readings = {field: values[..., patients] for field, values in self.readings.items()}
        parts = (self.truth_bis, self.truth_pressure, self.delivered, self.running)
        return Record(readings, *(part[..., patients] for part in parts))


@cache
def live(name: str | tuple[str, ...] = "", pressure: str = "arterial", noise: bool = False) -> Record:
    """Twenty minutes of changing rates in six patients, with one fault, several or none."""
    faults = (name,) if isinstance(name, str) else name
    room = replace(_room(noise), pressure=pressure, faults=faults if name else ())
    return _lived(room, cases(room, seed=3, numbers=SIZE))


@cache
def side_by_side(names: tuple[str, ...], noise: bool = False) -> dict[str, Record]:
    """The same six patients once for each fault, which strikes them alone; all in one batch."""
    room, numbers = _room(noise), np.arange(SIZE)
    plans = [plan((name,), case_keys(3, numbers), HORIZON) for name in names]
    everybody = _lived(room, cases(room, seed=3, numbers=np.tile(numbers, len(names)), planned=beside(plans)))
    return {name: everybody.of(slice(SIZE * row, SIZE * (row + 1))) for row, name in enumerate(names)}


def _room(noise: bool) -> Theatre:
    return Theatre(horizon=HORIZON, control_period=PERIOD, noise=noise, surgery="struys")


def _lived(room: Theatre, case: Case) -> Record:
    size = len(case.keys)
    state, seen = theatre.begin(room, case)
    turns = []
    for number in range(round(HORIZON / PERIOD)):
        rates = np.array([[0.2 + 0.1 * (number % 7)], [0.2], [0.02]]) * np.ones(size)
        state, seen = theatre.turn(room, case, state, Orders(rates, np.zeros((3, size))))
        turns.append(seen)
    time = PERIOD * np.arange(1, len(turns) + 1)[:, None]
    starts, ends = case.faults.starts[:, None], case.faults.ends[:, None]
    fields = [name for name, values in vars(turns[0].readings).items() if isinstance(values, np.ndarray)]
    return Record(
        {field: np.array([getattr(turn.readings, field) for turn in turns]) for field in fields},
        np.array([turn.truth.bis for turn in turns]),
        np.array([turn.truth.mean_arterial_pressure for turn in turns]),
        np.array([turn.delivered for turn in turns]),
        ((starts <= time) & (time < ends)).any(axis=0) | np.zeros((len(turns), size), dtype=bool),
    )
