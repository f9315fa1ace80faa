"""How well twins foretell: the rest of a case at once, and five minutes ahead of every reading, beside others.

Everybody is judged on the samples after the twin's record ends. At once, all know the doses really given and the
readings told so far, no more. Minutes ahead, all know every reading up to now, and take pumps to go on as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from experiments.depth.judging import HIGH, LOW, steps, subsets
from experiments.judging import questions
from experiments.judging.questions import Question, common
from experiments.twin.vitals import VITALS
from predictors import OBSERVERS
from predictors.depth.forecasts import QUANTILES, expected_name
from predictors.depth.phases import first_propofol, phases
from predictors.learning.cases import Cases
from predictors.learning.watching import watch
from sim.metrics.samples import mean

REST, AHEAD = "rest", "ahead"
HORIZON = 300  # s
RECENT = 30  # samples, 5 min, whose mean is held
HELD, DOSES = "last_5_min_held", "dose_history"
FORECASTERS = ("forecaster", "adaptive", "persistence")
BASELINES = {REST: ("untuned", HELD, DOSES), AHEAD: ("untuned", *FORECASTERS)}

Said = Mapping[str, Mapping[str, np.ndarray]]  # who -> estimate -> (samples, cases)


def others(cases: Cases, until: np.ndarray) -> dict[str, dict[str, dict[str, np.ndarray]]]:
    """Return question -> who -> estimate -> (samples, cases) of those that twins are compared with, as shipped."""
    doses = watch(OBSERVERS.get(DOSES)(), cases, ("bis",))
    ahead = {name: watch(OBSERVERS.get(name)(), cases) for name in FORECASTERS}
    last = {signal: {HELD: {signal: held(cases[signal], until)}} for signal in VITALS}
    return {REST: {HELD: {"bis": held(cases["bis"], until)}, DOSES: doses}, AHEAD: ahead, **last}


def held(values: np.ndarray, until: np.ndarray) -> np.ndarray:
    """Return the mean of the last 5 min told that have a reading, held ever after, NaN without; (samples, cases)."""
    found = np.full(len(until), np.nan)
    for case, end in enumerate(until):
        shown = values[:end, case][np.isfinite(values[:end, case])]
        if len(shown):
            found[case] = shown[-RECENT:].mean()
    return np.broadcast_to(found, values.shape)


def compare(cases: Cases, until: np.ndarray, said: Mapping[str, Said], seed: int) -> pd.DataFrame:
    """Return the table of scores, see `experiments.judging.questions.table`."""
    return questions.table(asked(cases, until, said), subsets(cases), cases.subject, seed, "phase")


def asked(cases: Cases, until: np.ndarray, said: Mapping[str, Said]) -> Iterator[Question]:
    """Yield the questions: rest of the index, index ahead, rest of pressure and of heart rate."""
    later = np.arange(len(cases["bis"]))[:, None] >= until
    begun = phases(cases) >= 0
    for question, answers in said.items():
        name, target = _wanted(question, cases)
        predicted = {who: estimates[name] for who, estimates in answers.items()}
        low, high = (_quantile(name, quantile) for quantile in (LOW, HIGH))
        inside = {
            who: (target >= estimates[low]) & (target <= estimates[high])
            for who, estimates in answers.items()
            if low in estimates
        }
        counted = common(later & begun & np.isfinite(target), predicted)
        baselines = BASELINES.get(question, ("untuned", HELD))
        yield Question({"question": question}, target, counted, predicted, ("RMSE", "CCC"), baselines, inside)


def _wanted(question: str, cases: Cases) -> tuple[str, np.ndarray]:
    """Return the name of the estimate that a question asks for, and what it should have been, (samples, cases)."""
    if question != AHEAD:
        name = "bis" if question == REST else question
        return name, cases[name]
    target = np.full_like(cases["bis"], np.nan)
    target[: -steps(HORIZON)] = cases["bis"][steps(HORIZON) :]
    return expected_name(HORIZON), target


def by_case(cases: Cases, until: np.ndarray, said: Mapping[str, Said]) -> pd.DataFrame:
    """Return one row a case: who, minutes told, samples judged, and errors and intervals of the rest of it."""
    table = {
        "caseid": cases.who,
        "subject": cases.subject,
        "age": cases.person.age,
        "told_min": (until - first_propofol(cases)) / 6.0,
    }
    rest = next(asked(cases, until, {REST: said[REST]}))
    table["samples"] = rest.counted.sum(axis=0)
    for who, values in rest.predicted.items():
        error = np.where(rest.counted, rest.target - values, np.nan)
        table[f"rmse_{who}"] = mean(error**2) ** 0.5
        table[f"bias_{who}"] = mean(error)
        if who in rest.inside:
            table[f"inside_80_{who}"] = mean(np.where(rest.counted, rest.inside[who], np.nan))
    return pd.DataFrame(table)


def calibration(cases: Cases, until: np.ndarray, said: Mapping[str, Said]) -> pd.DataFrame:
    """Return how often the index lay below each quantile: question, predictor, quantile, observed."""
    rows = []
    for question in asked(cases, until, said):
        number = question.about["question"]
        name, _ = _wanted(number, cases)
        for who in question.inside:
            for quantile in QUANTILES:
                below = question.target <= said[number][who][_quantile(name, quantile)]
                observed = float(below[question.counted].mean()) if question.counted.any() else np.nan
                rows.append({**question.about, "predictor": who, "quantile": quantile, "observed": observed})
    return pd.DataFrame(rows)


def _quantile(name: str, quantile: float) -> str:
    return f"{name}_q{round(100 * quantile)}"
