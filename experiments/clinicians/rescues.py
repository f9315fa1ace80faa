"""Fits how often clinicians inject pressors to how much of them each recorded case got."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit

from agents.human.rescue import MEAN, Rescue, shortfall
from experiments.recorded.tables import TEXT, Number, read_table
from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL
from sim.metrics.samples import mean

TOTALS = {"intraop_eph": Number(0.0, unit="mg"), "intraop_phe": Number(0.0, unit="µg")}
BEGIN = (-6.0, 1.0, 1.0, 0.0)  # of the search (choice): always, low, unknown, log of spread
HEART = (-1.5, 0.3)  # likewise: phenylephrine, fast_heart
NODES = 15  # of the quadrature over clinicians (choice)


def injected(folder: Path, who: np.ndarray) -> np.ndarray:
    """Return how many boluses of ephedrine and of phenylephrine cases got, (2, cases), from what they got in all.

    Raises:
        ValueError: `cases.csv` has no totals, or a bad one.
    """
    table = (
        read_table(folder / "cases.csv", {"caseid": TEXT, **TOTALS}).set_index("caseid").loc[pd.Index(who)]
    )
    return np.ceil(table[list(TOTALS)].to_numpy().T / np.array(MEAN)[:, None])


def fitted(cases: Cases, seen: np.ndarray, boluses: np.ndarray) -> Rescue:
    """Return how clinicians treat hypotension, by maximum likelihood.

    Args:
        cases: recorded.
        seen: (samples, 3, cases), index, pressure and heart rate in mind.
        boluses: (2, cases), as `injected` returns them.
    """
    given = cases["propofol"] > 0.0
    sample, last = np.arange(len(given))[:, None], len(given) - 1 - given[::-1].argmax(axis=0)
    during = (sample >= given.argmax(axis=0)) & (sample <= last)
    pressure, total = np.where(during, seen[:, 1], np.nan), boluses.sum(axis=0)
    low, unknown = shortfall(pressure), during & np.isnan(pressure)
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)

    def surprise(values: np.ndarray) -> float:
        always, rise, blind, spread = *values[:3], np.exp(values[3])
        rate = np.exp(np.clip(always + rise * low + blind * unknown, -20.0, 5.0))
        expected = np.where(during, rate, 0.0).sum(axis=0) * INTERVAL / 60.0
        each = expected[:, None] * np.exp(spread * nodes)
        log = total[:, None] * np.log(each) - each
        top = log.max(axis=1, keepdims=True)
        return -float((top[:, 0] + np.log(np.exp(log - top) @ (weights / weights.sum()))).sum())

    always, rise, blind, spread = minimize(surprise, BEGIN, method="Nelder-Mead").x
    heart = np.nan_to_num(mean(np.where(during, seen[:, 2], np.nan)), nan=70.0)

    def doubt(values: np.ndarray) -> float:
        chance = expit(values[0] + values[1] * (heart - 70.0) / 10.0)
        return -float(boluses[1] @ np.log(chance) + boluses[0] @ np.log1p(-chance))

    phenylephrine, fast = minimize(doubt, HEART, method="Nelder-Mead").x
    return Rescue(*map(float, (always, rise, blind, np.exp(spread), phenylephrine, fast)))
