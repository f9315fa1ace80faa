"""Simulated cases as logs: clinicians, or a policy that takes over from them, with patients whose truth is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from agents.learned.minutely import BEGIN, DECISION
from experiments.offline.clinicians import Logged
from experiments.offline.logs import Log, rewards
from predictors.nominal import NominalObserver
from sim.plants.mixing import cases_of
from sim.settings import Scenario
from sim.theatre import Theatre
from sim.theatre.rollout import simulate
from sim.theatre.trace import Trace


class Played(NamedTuple):
    """A log of cases, and the share of time with the true index in 40-60 while they were logged, %, (cases,)."""

    log: Log
    in_range: np.ndarray


def play(
    scenario: Scenario,
    agent: Logged,
    seed: int,
    numbers: np.ndarray,
    plants: Sequence[str] = ("recorded",),
    progress: Callable[[int], None] | None = None,
) -> Played:
    """Return the cases of these numbers as an agent lived them.

    Args:
        scenario: of the cases.
        agent: whose decisions are logged.
        seed: of patients, surgery, noise and chance.
        numbers: (cases,).
        plants: whose patients, in turn, by name in `sim.plants.PLANTS`.
        progress: called with the number of turns done.
    """
    room = Theatre.of(scenario, agent.orders)
    case = cases_of(plants, scenario, seed, numbers)
    observer = NominalObserver(room.control_period, scenario.assumed_propofol, scenario.assumed_remifentanil)
    agent.decisions.clear()
    trace = simulate(room, case, agent, observer, progress)
    names = np.array([f"{seed} {number}" for number in numbers])
    return _logged(agent, trace, case.patient.covariates.weight, names)


def _logged(agent: Logged, trace: Trace, weight: np.ndarray, names: np.ndarray) -> Played:
    """Return what was decided and what became of it. Sample k of a trace stands for what ended at time k."""
    every = round(DECISION / float(trace.time[1]))
    first = round(BEGIN / float(trace.time[1]))
    taken = agent.decisions
    value = rewards(trace.measured_bis, trace.measured_pressure, trace.remifentanil, trace.phase, weight)
    whole = (len(trace.time) - 1 - first) // every
    taken = taken[: whole + 1]

    def minutes(samples: np.ndarray) -> np.ndarray:
        return samples[first + 1 : first + 1 + whole * every].reshape(whole, every, -1).mean(axis=1)

    counts = np.stack([one.counts for one in taken])  # while surgeons operate: no gaps
    length = np.minimum(counts.sum(axis=0), len(taken) - 1)
    there = np.arange(len(taken) - 1)[:, None] < length
    right = minutes((trace.bis >= 40.0) & (trace.bis <= 60.0))[: len(there)]
    log = Log(
        names,
        names,
        length,
        np.stack([one.shown.T for one in taken]).astype(np.float32),
        np.stack([one.move for one in taken[:-1]]),
        np.stack([one.odds for one in taken[:-1]]),
        minutes(value)[: len(there)],
    )
    share = (right * there).sum(axis=0) / np.maximum(length, 1)
    return Played(log.select(np.arange(len(names))), 100.0 * share)
