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
from predictors import OBSERVERS
from predictors.depth.forecasts import QUANTILES, expected_name
from predictors.depth.phases import first_propofol, scored
from predictors.learning.cases import Cases
from predictors.learning.watching import watch

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
    return {REST: {HELD: {"bis": held(cases, until)}, DOSES: doses}, AHEAD: ahead}


def held(cases: Cases, until: np.ndarray) -> np.ndarray:
    """Return the mean of the last 5 min told that have a reading, held ever after, (samples, cases)."""
    bis = cases["bis"]
    found = np.empty(cases.count)
    for case, end in enumerate(until):
        shown = bis[:end, case][np.isfinite(bis[:end, case])]
        found[case] = shown[-RECENT:].mean()
    return np.broadcast_to(found, bis.shape)


def compare(cases: Cases, until: np.ndarray, said: Mapping[str, Said], seed: int) -> pd.DataFrame:
    """Return the table of scores, see `experiments.judging.questions.table`."""
    return questions.table(asked(cases, until, said), subsets(cases), cases.subject, seed, "phase")


def asked(cases: Cases, until: np.ndarray, said: Mapping[str, Said]) -> Iterator[Question]:
    """Yield both questions."""
    bis = cases["bis"]
    later = np.arange(len(bis))[:, None] >= until
    ahead = np.full_like(bis, np.nan)
    ahead[: -steps(HORIZON)] = bis[steps(HORIZON) :]
    for question, target, name in ((REST, bis, "bis"), (AHEAD, ahead, expected_name(HORIZON))):
        predicted = {who: estimates[name] for who, estimates in said[question].items()}
        known = later & (scored(cases) if question == REST else np.isfinite(target))
        inside = {
            who: (target >= estimates[_quantile(name, LOW)]) & (target <= estimates[_quantile(name, HIGH)])
            for who, estimates in said[question].items()
            if _quantile(name, LOW) in estimates
        }
        counted = common(known, predicted)
        yield Question(
            {"question": question}, target, counted, predicted, ("RMSE", "CCC"), BASELINES[question], inside
        )


def by_case(cases: Cases, until: np.ndarray, said: Mapping[str, Said]) -> pd.DataFrame:
    """Return one row a case: who, minutes told, samples judged, and errors and intervals of the rest of it."""
    table = {
        "caseid": cases.who,
        "subject": cases.subject,
        "age": cases.person.age,
        "told_min": (until - first_propofol(cases)) / 6.0,
    }
    rest = next(asked(cases, until, said))
    table["samples"] = rest.counted.sum(axis=0)
    for who, values in rest.predicted.items():
        error = np.where(rest.counted, rest.target - values, np.nan)
        table[f"rmse_{who}"] = _mean(error**2) ** 0.5
        table[f"bias_{who}"] = _mean(error)
        if who in rest.inside:
            table[f"inside_80_{who}"] = _mean(np.where(rest.counted, rest.inside[who], np.nan))
    return pd.DataFrame(table)


def calibration(cases: Cases, until: np.ndarray, said: Mapping[str, Said]) -> pd.DataFrame:
    """Return how often the index lay below each quantile: question, predictor, quantile, observed."""
    rows = []
    for question in asked(cases, until, said):
        number = question.about["question"]
        name = "bis" if number == REST else expected_name(HORIZON)
        for who in question.inside:
            for quantile in QUANTILES:
                below = question.target <= said[number][who][_quantile(name, quantile)]
                observed = float(below[question.counted].mean())
                rows.append({**question.about, "predictor": who, "quantile": quantile, "observed": observed})
    return pd.DataFrame(rows)


def _quantile(name: str, quantile: float) -> str:
    return f"{name}_q{round(100 * quantile)}"


def _mean(values: np.ndarray) -> np.ndarray:
    """Return the mean of each column over what is known, NaN where nothing is."""
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan)
