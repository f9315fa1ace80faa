"""What is asked of those who foresee hypotension: forward at natural prevalence, in the grey zone, and as
flatters them.

Forward: every half minute at which a pressure is shown and is not below 65 mmHg already. Case-control: the moments one
horizon before an event, against the middles of twenty minutes without any, as many studies choose (Lee S, Br J Anaesth
2021;126:808; what it does to the area is Enevoldsen J, Vistisen ST, Anesthesiology 2022;137:283).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from experiments.judging.questions import ALL, Question, common, table
from experiments.risk.hypotension import usefulness
from experiments.sites import controls
from experiments.tasks.contract import Answers, Findings, Task
from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL
from predictors.risk.hypotension import material
from predictors.risk.hypotension.events import HORIZONS, LOW, PRESSURE, low_name, pressure_name
from predictors.risk.hypotension.material import EVERY, QUESTION

GREY = (65.0, 75.0)  # mmHg
ALONE, SLOPE, SHIPPED = "hypotension_pressure", "hypotension_slope", "hypotension"
BASELINES = (ALONE, "hypotension_trees")
PROBABLE = ("AUROC", "AUPRC", "Brier", "calibration_slope")
LEVELS = 20.0  # of log odds, a unit, to which probabilities are rounded when judged: finer than anybody could act on
BEFORE, CALM = 6, 120  # samples: how long a case may be before its moment; how long a control is calm on end
GREY_NAME, FLATTERED = f"pressure {GREY[0]:g}-{GREY[1]:g}", "case-control"


def questions(cases: Cases, answers: Answers) -> Iterator[Question]:
    """Yield what hypotension is to come, and which pressure is then, forward."""
    asked = forward(cases)
    for horizon in HORIZONS:
        yield chance(cases, answers, horizon, asked)
        predicted = {label: one[pressure_name(horizon)] for label, one in answers.get(QUESTION, {}).items()}
        truth = cases.label(pressure_name(horizon))
        counted = common(asked & np.isfinite(truth), predicted)
        yield Question({"horizon": horizon}, truth, counted, predicted, ("MAE",), BASELINES)


def chance(cases: Cases, answers: Answers, horizon: int, asked: np.ndarray) -> Question:
    """Return the question whether hypotension begins within a horizon, s, at moments (samples, cases)."""
    name = low_name(horizon)
    predicted = {label: rounded(one[name]) for label, one in answers.get(QUESTION, {}).items()}
    truth = cases.label(name)
    counted = common(asked & np.isfinite(truth), predicted)
    return Question({"horizon": horizon}, truth, counted, predicted, PROBABLE, BASELINES)


def rounded(probability: np.ndarray) -> np.ndarray:
    """Return probabilities at steps of their log odds, 1/LEVELS apart; NaN stays."""
    kept = np.clip(probability.astype(float), 1e-4, 1.0 - 1e-4)
    return 1.0 / (1.0 + np.exp(-np.round(LEVELS * np.log(kept / (1.0 - kept))) / LEVELS))


def forward(cases: Cases) -> np.ndarray:
    """Return the moments of a forward analysis, (samples, cases) bool."""
    asked = np.zeros((int(cases.samples(INTERVAL).max()), cases.count), dtype=bool)
    asked[::EVERY] = material.shown(cases).asked
    return asked


def subsets(cases: Cases) -> dict[str, np.ndarray]:
    """Return the moments at which the pressure is between 65 and 75 mmHg, (samples, cases) bool."""
    level = material.spread(material.shown(cases).level, int(cases.samples(INTERVAL).max()))
    with np.errstate(invalid="ignore"):
        return {GREY_NAME: (level >= GREY[0]) & (level <= GREY[1])}


def selected(cases: Cases, horizon: int) -> np.ndarray:
    """Return the moments of a case-control analysis of a horizon, s, (samples, cases) bool.

    A case is a moment up to a minute short of a horizon before an event; a control the middle of twenty calm minutes.
    """
    now = cases.label(low_name(horizon))
    earlier = np.full_like(now, np.nan)
    earlier[BEFORE:] = now[:-BEFORE]
    case = (now == 1.0) & (earlier == 0.0)
    low = np.nan_to_num(cases.label(PRESSURE), nan=LOW) < LOW
    reach = CALM // 2
    total = np.cumsum(np.pad(low, ((reach + 1, reach), (0, 0))), axis=0)
    calm = total[2 * reach + 1 :] == total[: -2 * reach - 1]
    apart = (np.arange(len(low)) % CALM == reach)[:, None]
    return case | (calm & apart & (now == 0.0))


def judge(task: Task, cases: Cases, answers: Answers, seed: int) -> Findings:
    """Return the tables scores, prevalence, calibration, decision and subgroups.

    Raises:
        ValueError: hypotension comes at every moment that is asked about, or at none.
    """
    asked = forward(cases)
    for horizon in HORIZONS:
        truth = cases.label(low_name(horizon))
        material.require_both(truth[asked & np.isfinite(truth)])
    others = somebody_elses(cases, seed)
    told = {QUESTION: permuted(answers)}
    parts = [
        task.scores(cases, answers, seed),
        of_subset(
            FLATTERED, [chance(cases, answers, one, selected(cases, one)) for one in HORIZONS], cases, seed
        ),
        of_subset(ALL, [chance(others, told, one, asked) for one in HORIZONS], cases, seed),
    ]
    tables = {"scores": pd.concat(parts, ignore_index=True)}
    asked_all = [chance(cases, answers, horizon, asked) for horizon in HORIZONS]
    return Findings(tables | usefulness.tables(cases, asked_all, subsets(cases)[GREY_NAME], seed))


def permuted(answers: Answers) -> dict[str, Mapping[str, np.ndarray]]:
    """Return what the shipped predictor said, to be held against what happened to somebody else."""
    said = answers.get(QUESTION, {})
    own = [label for label in said if label.split(" ")[0] == SHIPPED] or list(said)[-1:]
    return {f"permuted {label}": said[label] for label in own}


def of_subset(name: str, asked: list[Question], cases: Cases, seed: int) -> pd.DataFrame:
    """Return the scores of questions that are of one subset by themselves."""
    return table(asked, {}, cases.subject, seed).assign(subset=name)


def oracle(cases: Cases) -> Answers:
    """Return what happens."""
    told = {}
    for horizon in HORIZONS:
        told[low_name(horizon)] = np.nan_to_num(cases.label(low_name(horizon)))
        told[pressure_name(horizon)] = np.nan_to_num(cases.label(pressure_name(horizon)))
    return {QUESTION: {"oracle": told}}


def somebody_elses(cases: Cases, seed: int) -> Cases:
    """Return the cases, each with what happened to somebody else at another time."""
    for horizon in HORIZONS:
        for name in (low_name(horizon), pressure_name(horizon)):
            cases = controls.somebody_elses(cases, name, seed)
    return cases
