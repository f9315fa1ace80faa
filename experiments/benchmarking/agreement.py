"""How far the engines are from NumPy's double precision over whole cases, under the same orders."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np

from experiments.benchmarking.workloads import rates
from sim import theatre
from sim.interfaces import Orders
from sim.theatre import Theatre
from sim.theatre.engines import engine
from sim.theatre.rollout import cases

COMPARED = {"bis": "index", "mean_arterial_pressure": "mmHg", "heart_rate": "1/min"}


def agreement(room: Theatre, engines: Sequence[str], patients: int) -> Iterator[dict[str, object]]:
    """Yield, for each of these engines but NumPy, the largest difference of what is true of anybody at any time.

    Everybody bleeds, is given a bolus of propofol and then a rate that steps every quarter of an hour.
    """
    room = dataclasses.replace(room, bleeding_probability=1.0)
    case = cases(room, numbers=patients)
    given, turns = rates(case), round(room.horizon / room.control_period)
    for name in engines:
        if name == "numpy":
            continue
        reference, other = engine("numpy"), engine(name)
        plays = [by.play(room, case, *theatre.begin(room, case)) for by in (reference, other)]
        largest = dict.fromkeys(COMPARED, 0.0)
        for number in range(turns):
            step = 1.0 + 0.5 * (int(number * room.control_period) // 900 % 2)
            bolus = np.array([[100.0], [50.0], [0.0]]) * (number == 0) + 0.0 * given
            orders = Orders(step * given, bolus)
            for by, play in zip((reference, other), plays, strict=True):
                play.turn(by.moved(orders))
            mine, theirs = (play.hosted() for play in plays)
            for signal, before in largest.items():
                off = np.abs(getattr(theirs.truth, signal) - getattr(mine.truth, signal)).max()
                largest[signal] = max(before, float(off))
        yield {
            "engine": name,
            "patients": patients,
            "hours": room.horizon / 3600.0,
            "largest_difference": largest,
        }
