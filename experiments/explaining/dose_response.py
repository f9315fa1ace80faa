"""Dose-response curves read back from dose predictors and forecasters, beside what the simulated patients do.

One person, one infusion varied, everything else held. The truth is the mean over patients of the training sites who
look like that person: what a network could know that learned from doses given without a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from experiments.explaining import undisturbed
from experiments.explaining.undisturbed import Undisturbed
from predictors.learning.cases import Cases, Signal
from predictors.learning.watching import INTERVAL, watch
from sim.arrays import take
from sim.covariates import Covariates
from sim.interfaces import Observer
from sim.pharmacokinetics import compartments as pk
from sim.randomness import case_keys

TYPICAL = {"age": 57.0, "sex": "M", "height": 168.0, "weight": 66.3}  # the middle of `sites.simulated.people`
HOUR = 360  # samples
PROPOFOL_DOSES = np.arange(0.0, 17.0)  # mg/kg/h
REMIFENTANIL_DOSES = np.arange(0.0, 0.41, 0.025)  # µg/kg/min
STEADY = (6.0, 0.1)  # mg/kg/h and µg/kg/min
BOLUS, BOLUS_SAMPLES = 1.5, 3  # mg/kg, over 30 s
AFTER = 90  # samples, of the answer to a bolus
ROUNDING = 0.01  # index points, below which a rise is none
BAND = (0.1, 0.9)  # quantiles over patients


@dataclass(frozen=True)
class Question:
    """Infusions that differ in one thing.

    Attributes:
        name: of the curve.
        dose: (candidates,), what differs.
        rates: (samples, 2, candidates), mg/kg/h and µg/kg/min in each 10 s.
    """

    name: str
    dose: np.ndarray
    rates: np.ndarray


def steady(name: str, propofol: np.ndarray | float, remifentanil: np.ndarray | float) -> Question:
    """Ask for an hour of constant infusions, mg/kg/h and µg/kg/min, of which one is an array (candidates,)."""
    rates = np.stack(np.broadcast_arrays(propofol, remifentanil))
    dose = propofol if isinstance(propofol, np.ndarray) else np.asarray(remifentanil)
    return Question(name, dose, np.repeat(rates[None], HOUR, axis=0))


def bolus(name: str, before: int, propofol: float, remifentanil: float) -> Question:
    """Ask for a bolus, or none, `before` samples into constant infusions, mg/kg/h and µg/kg/min."""
    rates = np.empty((before + AFTER, 2, 2))
    rates[:, 0], rates[:, 1] = propofol, remifentanil
    rates[before : before + BOLUS_SAMPLES, 0, 1] += BOLUS * 3600.0 / (BOLUS_SAMPLES * INTERVAL)
    return Question(name, np.array([0.0, BOLUS]), rates)


STEADY_QUESTIONS = (
    steady("propofol", PROPOFOL_DOSES, 0.0),
    steady("remifentanil", STEADY[0], REMIFENTANIL_DOSES),
)
BOLUS_QUESTIONS = (bolus("bolus awake", 0, 0.0, 0.0), bolus("bolus asleep", HOUR, *STEADY))


def curves(observers: Mapping[str, Observer], count: int, seed: int) -> pd.DataFrame:
    """Return every curve of every source: curve, x, source ("patients" or a predictor), bis, low, high.

    Steady curves: x is the dose, bis the index after an hour. Boluses: x is s since the bolus began, bis the change it
    makes. low and high are the 10 and 90 % quantiles over the simulated patients.

    Args:
        observers: dose predictors by name.
        count: simulated patients.
        seed: of them.
    """
    typical = [
        undisturbed.patients(site, _typical(share), case_keys(seed, np.arange(share)))
        for site, share in undisturbed.shares(count).items()
    ]
    parts = []
    for question in (*STEADY_QUESTIONS, *BOLUS_QUESTIONS):
        answers = {"patients": np.concatenate([true_answers(question, site) for site in typical], axis=-1)}
        answers |= {name: said(question, observer)[..., None] for name, observer in observers.items()}
        for source, answer in answers.items():
            if question in STEADY_QUESTIONS:
                x, values = question.dose, answer[-1]
            else:
                x, values = INTERVAL * np.arange(1, AFTER + 1), (answer[:, 1] - answer[:, 0])[-AFTER:]
            parts.append(table(curve=question.name, x=x, source=source, values=values))
    return pd.concat(parts, ignore_index=True)


def true_answers(question: Question, patient: Undisturbed) -> np.ndarray:
    """Return the index shown of patients who look like the typical person, (samples, candidates, patients)."""
    count, candidates = len(patient.delay), len(question.dose)
    each = take(patient, np.tile(np.arange(count), candidates))
    rates = np.repeat(per_second(question.rates, TYPICAL["weight"]), count, axis=-1)
    _, true = undisturbed.infuse(each, pk.empty(each.kinetics), rates)
    return undisturbed.shown(each, true)[1:].reshape(len(rates), candidates, count)


def said(question: Question, observer: Observer) -> np.ndarray:
    """Return what a dose predictor says of the typical person, (samples, candidates)."""
    rates = per_second(question.rates, TYPICAL["weight"])
    nothing_shown = np.full((len(rates), len(question.dose)), np.nan)
    return watch(observer, as_cases(_typical(len(question.dose)), rates, nothing_shown))["bis"].astype(float)


def as_cases(person: Covariates, rates: np.ndarray, bis: np.ndarray) -> Cases:
    """Return infusions (samples, 2, cases), mg/s and µg/s, and an index (samples, cases) as cases."""
    samples, count = bis.shape
    name = np.arange(count).astype(str)
    shown = {"bis": bis, "propofol": rates[:, 0], "remifentanil": rates[:, 1]}
    signals = {name: Signal(values, INTERVAL) for name, values in shown.items()}
    return Cases(name, name, person, np.full(count, samples * INTERVAL), signals)


def per_second(rates: np.ndarray, weight: Any) -> np.ndarray:
    """Return rates (..., 2, patients) in mg/kg/h and µg/kg/min as mg/s and µg/s."""
    return rates * weight / np.array([[3600.0], [60.0]])


def table(values: np.ndarray, **columns: Any) -> pd.DataFrame:
    """Return columns with bis, the mean of values (rows, patients), and low and high, their 10 and 90 % quantiles."""
    low, high = np.quantile(values, BAND, axis=-1)
    return pd.DataFrame({**columns, "bis": values.mean(-1), "low": low, "high": high})


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """Return one row a curve and source, of the table of `curves`.

    Columns: falling_share, of the steps to more drug; largest_rise with more drug, index points; fall, index points
    from no drug to the most, or the deepest after a bolus (negative: a rise); lowest_at, s to the lowest index after a
    bolus (NaN for steady curves).
    """
    boluses = {question.name for question in BOLUS_QUESTIONS}
    rows = []
    for (curve, source), part in found.groupby(["curve", "source"], sort=False):
        bis, x = part["bis"].to_numpy(), part["x"].to_numpy()
        if curve in boluses:
            row = {"falling_share": np.nan, "largest_rise": np.nan}
            row |= {"fall": -bis.min(), "lowest_at": x[bis.argmin()]}
        else:
            row = {**falling(bis), "fall": bis[0] - bis[-1], "lowest_at": np.nan}
        rows.append({"curve": curve, "source": source, **row})
    return pd.DataFrame(rows)


def falling(bis: np.ndarray) -> dict[str, float]:
    """Return the share of steps to more drug, along the first axis, that fall or stay, and the largest rise."""
    steps = np.diff(bis, axis=0)
    return {
        "falling_share": float((steps <= ROUNDING).mean()),
        "largest_rise": float(np.maximum(steps, 0.0).max()),
    }


def _typical(count: int) -> Covariates:
    return take(Covariates.of(**TYPICAL), np.zeros(count, dtype=int))
