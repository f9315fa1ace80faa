"""Typical values and spreads moved until drawn people, given the recorded doses, show what recorded people showed.

Least squares over the figures of replays (Levenberg-Marquardt's problem, trust region), held to what
expectation-maximisation found: each parameter may move as far as the prior here says it is known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.optimize import least_squares

from experiments.patients.courses import Group, moved
from experiments.patients.figures import by_case, summary
from experiments.patients.replays import Chance, replayed, typical_correlation
from sim.cohort.population import Depth

# How far each may move for a cost of one half squared (choice): logs, but for age (per year) and the start (log).
PRIOR = {
    "ke0": 0.2,
    "c50_propofol": 0.1,
    "c50_age": 0.002,
    "c50_remifentanil": 0.2,
    "gamma_light": 0.2,
    "gamma_deep": 0.15,
    "e0": 0.01,
    "emax": 0.05,
    "start": 0.15,
    "arousability": 0.4,
}
SPREADS = {"ke0": 0.3, "c50_propofol": 0.3, "gamma_light": 0.3, "gamma_deep": 0.3, "emax": 0.3}
DRIFT = {"size": 0.2, "seconds": 0.2}
# Correlation of typical people with recorded ones, above the .72 that is asked for, and what a difference is worth.
HOPED, WORTH = 0.76, 0.005  # (choice)
STEP = 0.15  # for slopes, in units of the prior (choice)
HELD = 0.5  # weight of the prior (choice)


def match(
    material: list[Group], chance: list[Chance], depth: Depth, rounds: int, done: Callable[[], None]
) -> Depth:
    """Return the population whose replays are most like the records.

    Args:
        material: recorded cases.
        chance: of the replays.
        depth: to start from.
        rounds: of the optimiser.
        done: called after every replay of all cases; `evaluations(rounds)` says how many there will be at most.
    """
    wanted = summary(by_case(material, [group.bis for group in material]))

    def off(by: np.ndarray) -> np.ndarray:
        tried = changed(depth, by)
        shown = summary(by_case(material, replayed(material, chance, tried)))
        correlation = float(np.median(typical_correlation(material, tried)))
        done()
        apart = [shown[name] - value for name, value in wanted.items()]
        return np.array([*apart, *(HELD * by), (HOPED - correlation) / WORTH])

    found = least_squares(off, np.zeros(_count()), diff_step=STEP, x_scale=1.0, max_nfev=rounds)
    return changed(depth, found.x)


def evaluations(rounds: int) -> int:
    """Return how many replays of all cases the rounds take at most."""
    return rounds * (_count() + 1)


def changed(depth: Depth, by: np.ndarray) -> Depth:
    """Return the population moved, in units of the prior: typical values, spreads, drift."""
    typical, spreads, drift = np.split(by, [len(PRIOR), len(PRIOR) + len(SPREADS)])
    result = moved(depth, {name: sd * x for (name, sd), x in zip(PRIOR.items(), typical, strict=True)})
    log_sd = dict(depth.log_sd)
    for (name, sd), x in zip(SPREADS.items(), spreads, strict=True):
        log_sd[name] = log_sd[name] * float(np.exp(sd * x))
    wander = {
        name: getattr(depth.drift, name) * float(np.exp(sd * x))
        for (name, sd), x in zip(DRIFT.items(), drift, strict=True)
    }
    return replace(result, log_sd=log_sd, drift=replace(result.drift, **wander))


def _count() -> int:
    return len(PRIOR) + len(SPREADS) + len(DRIFT)
