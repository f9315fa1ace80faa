"""The people that a belief begins with, fitted: those with whom it foresees the truth best, and knows how well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
from scipy.optimize import minimize

from experiments.tuning.mpc.watching import Watched
from predictors.belief.observer import BeliefFilter
from predictors.belief.population import Population

HELD = {"depth": ("awake", "awake_sd", "fall", "surge"), "pressure": ("awake_sd",)}  # (choice)
ROWS = {"depth": 0, "pressure": 1}  # of the truth
MINUTES = 5  # ahead that a belief is asked for, once a minute
EVEN = (
    0.02,
    0.01,
)  # share of a density, and the density itself, that anything has: nobody is all wrong (choice)
FACTOR = 4.0  # by which a parameter may move
FIRST_STEP = 0.25  # of its log


def likelihood(people: Population, seen: Watched, part: str, members: int) -> float:
    """Return the mean log density that a belief gives the truth of each of the coming minutes under the doses given.

    Args:
        people: that the belief begins with.
        seen: the cases.
        part: "depth", of the index, or "pressure".
        members: of the bank.
    """
    observer = BeliefFilter(people=people, members=members)
    minute = round(60.0 / observer.control_period)
    infused = np.stack([readings.infused for readings in seen.read[1:]]) / observer.control_period
    state, densities = observer.initial(seen.people), []
    for turn, readings in enumerate(seen.read[: -MINUTES * minute]):
        state = observer.believe(state, readings)
        if turn % minute:
            continue
        rates = infused[turn : turn + MINUTES * minute].reshape(MINUTES, minute, *infused.shape[1:]).mean(1)
        plan = rates.swapaxes(0, 1)[None]
        truth = seen.truth[ROWS[part], turn + minute : turn + MINUTES * minute + 1 : minute]
        if part == "depth":
            found = observer.foresee(state, plan)
            off = (truth[:, None] - found.index[0]) / found.index_sd[0]
            density = (found.weights * np.exp(-0.5 * off**2) / found.index_sd[0]).sum(1)
        else:
            mean, sd = (one[0] for one in observer.foresee_pressure(state, plan))
            density = np.exp(-0.5 * ((truth - mean) / sd) ** 2) / sd
        share, even = EVEN
        densities.append(np.log((1.0 - share) * density / np.sqrt(2.0 * np.pi) + share * even))
    return float(np.mean(densities))


def fitted(
    people: Population,
    seen: Watched,
    part: str,
    members: int,
    evaluations: int,
    report: Callable[[int, float], None],
) -> Population:
    """Return the population with one part fitted.

    Args:
        people: to begin with.
        seen: the cases.
        part: "depth" or "pressure".
        members: of the bank while fitting; the pressure has none.
        evaluations: at most.
        report: called with the number of evaluations done and the best likelihood so far.
    """
    names = [one.name for one in fields(getattr(people, part)) if one.name not in HELD[part]]
    first = np.log([getattr(getattr(people, part), name) for name in names])
    best = -np.inf
    done = 0

    def of(logs: np.ndarray) -> Population:
        values: dict[str, Any] = {name: float(value) for name, value in zip(names, np.exp(logs), strict=True)}
        return replace(people, **{part: replace(getattr(people, part), **values)})

    def unlikely(logs: np.ndarray) -> float:
        nonlocal best, done
        value = likelihood(of(logs), seen, part, members)
        best, done = max(best, value), done + 1
        report(done, best)
        return -value

    low, high = first - np.log(FACTOR), first + np.log(FACTOR)
    found = minimize(
        unlikely,
        first,
        method="COBYQA",
        bounds=list(zip(low, high, strict=True)),
        options={"maxfev": evaluations, "initial_tr_radius": FIRST_STEP, "scale": False},
    )
    return of(found.x)
