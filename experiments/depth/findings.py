"""Everything that a validation says of depth predictors: scores, errors by age, calibration, warnings, courses."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from experiments.depth import alarms, judging, page
from experiments.depth.judging import AHEAD, EXITS, NOW, Said, present_level
from experiments.judging.scores import naive_width
from experiments.tasks.contract import Answers, Findings, Task
from predictors.depth.forecasts import expected_name, quantile_name
from predictors.depth.phases import first_propofol, scored
from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL

ORACLE = "oracle"
BEST_NOW = (
    "vitals",
    "dose_history",
    "lee2018",
    "surface_refitted",
    "pump_surface",
)  # whose courses are drawn, if they are there
BEST_AHEAD = ("forecaster", "adaptive", "persistence")


def judge(task: Task, cases: Cases, answers: Answers, seed: int) -> Findings:
    """Return the tables scores, by_age, calibration, alarms and traces, and how narrow a naive interval would be."""
    now, ahead = answers[NOW], answers[AHEAD]
    signals = {label: alarms.alarming(said) for label, said in {**ahead, **answers.get(EXITS, {})}.items()}
    counted = scored(cases)
    naive = {
        label: naive_width(cases["bis"], said["bis"], counted & np.isfinite(said["bis"]))
        for label, said in now.items()
        if label.startswith("lee2018")
    }
    tables = {
        "scores": task.scores(cases, answers, seed),
        "by_age": judging.by_age(cases, answers, seed),
        "calibration": judging.calibration(cases, answers),
        "alarms": alarms.table(cases, present_level(ahead), signals, seed),
        "traces": traces(cases, now, ahead),
    }
    return Findings(tables, {"naive_ccc_width": naive})


def oracle(cases: Cases) -> Answers:
    """Return the true index as the answer of somebody who knows it."""
    return {NOW: {ORACLE: {"bis": cases.label("truth").astype(np.float32)}}}


def traces(cases: Cases, now: Said, ahead: Said) -> pd.DataFrame:
    """Return recorded and predicted courses of the patients served best, middling and worst by the best predictors."""
    best_now, best_ahead = _best(now, BEST_NOW), _best(ahead, BEST_AHEAD)
    bis, begin = cases["bis"], first_propofol(cases)
    nothing = np.full(bis.shape, np.nan)
    miss = np.where(scored(cases), bis - best_now["bis"], np.nan)
    order = np.argsort(np.sqrt(np.nanmean(miss**2, axis=0)))
    late = judging.steps(page.AHEAD)
    names = {
        "low": quantile_name(page.AHEAD, 0.1),
        "ahead": expected_name(page.AHEAD),
        "high": quantile_name(page.AHEAD, 0.9),
    }
    parts = []
    for rank, place in zip(page.TRACES, (0, len(order) // 2, len(order) - 1), strict=True):
        case = order[place]
        rows = np.arange(begin[case], cases.samples(INTERVAL)[case])
        earlier = rows - late
        part = {"rank": rank, "case": cases.who[case], "time_s": (rows - begin[case] + 1) * INTERVAL}
        part |= {
            "bis": bis[rows, case],
            "surface": now["nominal_surface"]["bis"][rows, case],
            "now": best_now["bis"][rows, case],
        }
        for column, name in names.items():
            forecast = best_ahead.get(name, nothing)[np.maximum(earlier, 0), case]
            part[column] = np.where(earlier >= 0, forecast, np.nan)
        parts.append(pd.DataFrame(part))
    return pd.concat(parts)


def _best(said: Said, preferred: tuple[str, ...]) -> Mapping[str, np.ndarray]:
    """Return what the first of the preferred predictors says that is there; of its trainings, the last."""
    found = [label for name in preferred for label in reversed(list(said)) if label.split(" ")[0] == name]
    return said[found[0]]
