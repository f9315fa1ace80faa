"""Which of the policies that came by in training is kept: judged on patients of their own, by the primary metric."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from predictors import OBSERVERS
from sim.interfaces import Agent
from sim.metrics.samples import first
from sim.plants.mixing import cases_of
from sim.surgery import CLOSING
from sim.theatre import Theatre
from sim.theatre.rollout import simulate
from sim.theatre.trace import Trace

SETTLED = 300.0  # s after the first propofol
ALLOWED = 30.0  # turns of dials an hour
PER_TURN, PER_PRESSURE = (
    0.2,
    1.0,
)  # points of the score, for a turn an hour more, and for a percent of time (choice)


class Primary(NamedTuple):
    """What counts from 5 min after the first propofol to the beginning of closing, each (patients,).

    outside, deep, light: % of the time that the true index is not in 40-60, below, above. pressure: % with MAP < 65
    mmHg. changes: turns of the dials of propofol and remifentanil, 1/h.
    """

    outside: np.ndarray
    deep: np.ndarray
    light: np.ndarray
    pressure: np.ndarray
    changes: np.ndarray

    @property
    def score(self) -> float:
        """What is chosen by; lower is better."""
        outside, pressure, changes = (
            float(np.nanmean(one)) for one in (self.outside, self.pressure, self.changes)
        )
        return outside + PER_PRESSURE * pressure + PER_TURN * max(0.0, changes - ALLOWED)


def primary(trace: Trace) -> Primary:
    """Judge whole cases."""
    time, period = trace.time[:, None], float(trace.time[1])
    start = first(trace.propofol > 0.0, trace.time) - period
    window = (time > start + SETTLED) & (trace.phase < CLOSING)
    samples = np.maximum(window.sum(axis=0), 1)

    def percent(bad: np.ndarray) -> np.ndarray:
        return 100.0 * (bad & window).sum(axis=0) / samples

    deep, light = percent(trace.bis < 40.0), percent(trace.bis > 60.0)
    turns = np.where(window, trace.order_changes, 0.0).sum(axis=0) / (samples * period / 3600.0)
    return Primary(deep + light, deep, light, percent(trace.mean_arterial_pressure < 65.0), turns)


def lived(agent: Agent, seed: int, patients: int, period: float, plants: tuple[str, ...]) -> Primary:
    """Return how whole cases of these plants went under an agent, who is given the observers and readings it needs."""
    room = Theatre(orders=agent.orders, control_period=period, readings=tuple(getattr(agent, "readings", ())))
    names = dict.fromkeys(("nominal", *getattr(agent, "observers", ())))
    team = {name: OBSERVERS.get(name)(period) for name in names}
    return primary(simulate(room, cases_of(plants, room, seed, patients), agent, team))
