"""What predictions of depth are asked: the index now, unseen; at each horizon, from readings too; and its exits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from experiments.depth import alarms
from experiments.judging import scores
from experiments.judging.questions import Question, common
from predictors.depth.exits import WITHIN
from predictors.depth.forecasts import expected_name, forecast_horizons, quantile_name
from predictors.depth.phases import PHASES, phases, scored
from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL

NOW, AHEAD, EXITS = "now", "ahead", "exits"
BASELINES = {
    NOW: ("nominal_surface", "surface_refitted", "dose_history"),
    AHEAD: ("persistence", "trend", "adaptive"),
    EXITS: ("persistence", "forecaster"),
}
LOW, HIGH = 0.1, 0.9  # quantiles that hold 80 %
AGES = ((0, 45), (45, 60), (60, 75), (75, 120))  # years

Said = Mapping[str, Mapping[str, np.ndarray]]  # label -> estimate -> (samples, cases)


def questions(cases: Cases, said: Mapping[str, Said]) -> Iterator[Question]:
    """Yield the present (horizon 0), each horizon that somebody forecasts, and exits; what all can be judged on counts.

    Exits are asked of everybody who says something about what is ahead.
    """
    now, ahead = said.get(NOW, {}), said.get(AHEAD, {})
    bis = cases["bis"]
    predicted = {label: answers["bis"] for label, answers in now.items()}
    counted = common(scored(cases), predicted)
    yield Question({"horizon": 0}, bis, counted, predicted, ("CCC", "RMSE", "MDPE", "MDAPE"), BASELINES[NOW])
    begun = phases(cases) >= 0
    for horizon in forecast_horizons(ahead.values()):
        target = np.full_like(bis, np.nan)
        target[: -steps(horizon)] = bis[steps(horizon) :]
        predicted = {label: answers[expected_name(horizon)] for label, answers in ahead.items()}
        inside = {
            label: (target >= answers[quantile_name(horizon, LOW)])
            & (target <= answers[quantile_name(horizon, HIGH)])
            for label, answers in ahead.items()
            if quantile_name(horizon, LOW) in answers
        }
        counted = common(begun & np.isfinite(target), predicted)
        about = {"horizon": horizon}
        yield Question(about, target, counted, predicted, ("CCC", "RMSE"), BASELINES[AHEAD], inside)

    if said.get(EXITS):
        yield _exits(cases, ahead, said[EXITS])


def present_level(ahead: Said) -> np.ndarray:
    """Return the present 30 s mean, (samples, cases), which is what persistence repeats."""
    return ahead["persistence"][expected_name(60)]


def _exits(cases: Cases, ahead: Said, said: Said) -> Question:
    """Ask while the index is in range whether it leaves within five minutes, of probabilities and of forecasts."""
    may, until, _ = alarms.moments(cases, present_level(ahead))
    predicted = {label: alarms.alarming(one) for label, one in {**ahead, **said}.items()}
    target = (until <= alarms.STANDS).astype(float)
    about = {"horizon": WITHIN}
    return Question(about, target, common(may, predicted), predicted, ("Pk",), BASELINES[EXITS])


def subsets(cases: Cases) -> dict[str, np.ndarray]:
    """Return phase -> (samples, cases) bool."""
    phase = phases(cases)
    return {name: phase == number for number, name in enumerate(PHASES)}


def by_age(cases: Cases, said: Mapping[str, Said], seed: int = 0) -> pd.DataFrame:
    """Return root mean squared errors by age of the patient: horizon, predictor, age, subjects, estimate, low, high."""
    rows = []
    for question in questions(cases, {name: said.get(name, {}) for name in (NOW, AHEAD)}):
        for low, high in AGES:
            chosen = (cases.person.age >= low) & (cases.person.age < high)
            for label, predicted in question.predicted.items():
                counted = question.counted & chosen
                sums = scores.subject_sums(question.target, predicted, counted, cases.subject)
                kept = sums[sums[:, 0] > 0]
                statistic = scores.measures.root_mean_square_of
                value = scores.pooled(kept, statistic, seed) if len(kept) else scores.NOTHING
                who = {**question.about, "predictor": label, "age": _years(low, high)}
                rows.append({**who, "subjects": len(kept), **value._asdict()})
    return pd.DataFrame(rows)


def calibration(cases: Cases, said: Mapping[str, Said]) -> pd.DataFrame:
    """Return how often the index lay below each quantile: predictor, horizon, quantile, observed."""
    rows = []
    for question in questions(cases, {AHEAD: said[AHEAD]}):
        for label in question.inside:
            prefix = f"{expected_name(question.about['horizon'])}_q"
            for name, values in said[AHEAD][label].items():
                if name.startswith(prefix):
                    below = question.target <= values
                    observed = below[question.counted].mean() if question.counted.any() else np.nan
                    quantile = int(name.removeprefix(prefix)) / 100.0
                    rows.append(
                        {"predictor": label, **question.about, "quantile": quantile, "observed": observed}
                    )
    return pd.DataFrame(rows, columns=["predictor", "horizon", "quantile", "observed"])


def steps(horizon: int) -> int:
    """Return how many samples a horizon (s) is."""
    return round(horizon / INTERVAL)


def _years(low: int, high: int) -> str:
    """Return an age group as it is written: "<45", "45-59", "75+"."""
    if low == AGES[0][0]:
        return f"<{high}"
    return f"{low}+" if high == AGES[-1][1] else f"{low}-{high - 1}"
