"""The prices of the predictive controller and how far its belief doubts its own model, tuned in closed loops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
from scipy.optimize import minimize

from agents.control.planning.mpc import PredictiveControl
from agents.control.planning.prices import Prices
from experiments.judging.verdicts import PRIMARY
from predictors.belief.population import Depth, Population
from sim.metrics import case_metrics
from sim.plants.mixing import cases_of
from sim.theatre import Theatre
from sim.theatre.rollout import simulate

Settings = TypeVar("Settings", Depth, Prices)
PRICES = ("deep", "off_middle", "turning_propofol", "turning_remifentanil", "usual_remifentanil", "opioid", "pressure",
           "low_pressure", "norepinephrine")  # fmt: skip
# A belief that follows every surprise as a change of sensitivity swings the index of patients it has no model of; one
# that may put it down to how steep or how quick they are does not.
DOUBTS = ("ke0_sd", "gamma_sd", "opioid_sd", "lasting_drift", "passing_sd", "disturbance_sd")
FACTOR = {"usual_remifentanil": 1.6, "low_pressure": 1.12}
USUAL_FACTOR = 5.0  # by which any other price may move
FIRST_STEP = 0.3  # of that range, in logs
# What a price is tuned for: points of time outside BIS 40-60, of which a point with a pressure below 65 mmHg costs as
# much as it does, and an order an hour above so many a tenth (choice).
MANY, CHANGE = 20.0, 0.1
SCORES = (PRIMARY, "map_below_65_percent", "order_changes_per_h", "emergence_to_bis_80_min")


def judged(
    agent: PredictiveControl, plants: Sequence[str], seed: int, patients: int, horizon: float
) -> dict[str, np.ndarray]:
    """Return the scores of an agent's cases, (patients,) by name, plants taking turns."""
    room = Theatre(orders=agent.orders, horizon=horizon, readings=agent.readings)
    case = cases_of(plants, room, seed, patients)
    metrics = case_metrics(simulate(room, case, agent), case.patient.covariates.weight)
    return {name: metrics[name] for name in SCORES}


def cost(scores: dict[str, np.ndarray]) -> float:
    """Return what tuning makes small."""
    changes = np.maximum(scores["order_changes_per_h"] - MANY, 0.0)
    return float(np.nanmean(scores[PRIMARY] + scores["map_below_65_percent"] + CHANGE * changes))


def tuned(
    people: Population,
    prices: Prices,
    play: Callable[[Population, Prices], dict[str, np.ndarray]],
    evaluations: int,
    report: Callable[[int, float], None],
) -> tuple[Population, Prices]:
    """Return people with the doubts, and prices, of least cost.

    Args:
        people, prices: to begin with.
        play: returns the scores of an agent that believes in such people and weighs such prices.
        evaluations: at most.
        report: called with the number of evaluations done and the least cost so far.
    """
    span = np.log([FACTOR.get(name, USUAL_FACTOR) for name in (*PRICES, *DOUBTS)])
    least, done = np.inf, 0

    def of(moves: np.ndarray) -> tuple[Population, Prices]:
        factors = np.exp(moves * span)
        depth = _scaled(people.depth, DOUBTS, factors[len(PRICES) :])
        return replace(people, depth=depth), _scaled(prices, PRICES, factors[: len(PRICES)])

    def costs(moves: np.ndarray) -> float:
        nonlocal least, done
        value = cost(play(*of(moves)))
        least, done = min(least, value), done + 1
        report(done, least)
        return value

    found = minimize(
        costs,
        np.zeros(len(span)),
        method="COBYQA",
        bounds=[(-1.0, 1.0)] * len(span),
        options={"maxfev": evaluations, "initial_tr_radius": FIRST_STEP},
    )
    return of(found.x)


def _scaled(settings: Settings, names: Sequence[str], factors: np.ndarray) -> Settings:
    """Return settings with some multiplied."""
    changed = {
        name: getattr(settings, name) * factor for name, factor in zip(names, factors.tolist(), strict=True)
    }
    return replace(settings, **changed)
