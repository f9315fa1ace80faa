"""Agents that order what a test says, and readings for them, one control period after another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sim.covariates import Covariates
from sim.interfaces import Orders, Readings
from sim.surgery import MAINTENANCE
from tests.seen import seen

PERIOD = 10.0  # s
KEYS = np.arange(4, dtype=np.uint64)
PEOPLE = Covariates.of(age=[40.0] * 4, sex=["F"] * 4, height=[165.0] * 4, weight=[60.0] * 4)


class Scripted:
    """Orders infusions (3, patients) by the number of turns that it has lived; remembers how many those are.

    What it is shown is kept for the test in `shown`.
    """

    def __init__(self, orders: str, says: Callable[[np.ndarray], np.ndarray]):
        self.orders, self.says = orders, says
        self.shown: list[Readings] = []

    def initial(self, covariates, keys):
        return [0.0 * covariates.age]

    def act(self, state, readings, estimates):
        self.shown.append(readings)
        infusions = np.asarray(self.says(state[0]), dtype=float)
        return Orders(infusions, 0.0 * infusions), [state[0] + 1.0]


def constant(propofol: float, remifentanil: float = 3.0, norepinephrine: float = 0.0):
    """Return who always orders these."""
    return lambda turns: np.stack(
        [propofol + 0.0 * turns, remifentanil + 0.0 * turns, norepinephrine + 0.0 * turns]
    )


def reading(turn: int, bis=None, pressure=80.0, infused=(0.0, 0.0, 0.0), **more) -> Readings:
    """Return what is shown at a turn of maintenance: an index near 50 that moves, and a good pressure."""
    bis = 50.0 + turn % 2 if bis is None else bis
    one = np.ones(4)
    return replace(
        seen(bis, infused=infused),
        time=PERIOD * turn * one,
        phase=MAINTENANCE + 0 * KEYS.astype(int),
        signal_quality=95.0 * one,
        mean_arterial_pressure=pressure * one,
        pressure_valid=one > 0.0,
        heart_rate=70.0 * one,
        heart_rate_valid=one > 0.0,
        **more,
    )
