"""The tables: every predictor, phase and horizon, with intervals over subjects and paired differences to baselines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from experiments.depth import scores
from experiments.depth.scores import Statistic
from experiments.judging.statistics import Interval, cluster_interval
from predictors.depth.forecasts import HORIZONS, expected_name, quantile_name
from predictors.learning.cases import INTERVAL, PHASES, DepthCases

ALL = "all"
BASELINES_NOW = ("nominal_surface", "surface_refitted")
BASELINES_AHEAD = ("persistence", "trend", "adaptive")
SUMS = ["count", "y", "p", "yy", "pp", "yp"]  # of `scores.case_sums`
LOW, HIGH = 0.1, 0.9  # quantiles that hold 80 %
AGES = ((0, 45), (45, 60), (60, 75), (75, 120))  # years
POOLED: Mapping[str, Statistic] = {"CCC": scores.concordance_of, "RMSE": scores.root_mean_square_of}

Said = Mapping[str, Mapping[str, np.ndarray]]  # label -> estimate -> (samples, cases)


@dataclass(frozen=True)
class Task:
    """What is compared with what: a target (samples, cases), which samples count, predictions by label."""

    horizon: int
    target: np.ndarray
    counted: np.ndarray
    predicted: Mapping[str, np.ndarray]
    inside: Mapping[str, np.ndarray]


def tasks(cases: DepthCases, now: Said, ahead: Said) -> Iterator[Task]:
    """Yield the present (horizon 0) and each horizon; only samples that everybody can be judged on count."""
    predicted = {label: said["bis"] for label, said in now.items()}
    yield Task(0, cases.bis, _common(cases.scored, predicted), predicted, {})
    for horizon in HORIZONS:
        steps = round(horizon / INTERVAL)
        target = np.full_like(cases.bis, np.nan)
        target[:-steps] = cases.bis[steps:]
        predicted = {label: said[expected_name(horizon)] for label, said in ahead.items()}
        inside = {
            label: (target >= said[quantile_name(horizon, LOW)])
            & (target <= said[quantile_name(horizon, HIGH)])
            for label, said in ahead.items()
            if quantile_name(horizon, LOW) in said
        }
        counted = (cases.phase >= 0) & np.isfinite(target)
        yield Task(horizon, target, _common(counted, predicted), predicted, inside)


def table(cases: DepthCases, now: Said, ahead: Said, seed: int = 0) -> pd.DataFrame:
    """Return one row per horizon (s, 0 is now), predictor, phase and metric, with differences to every baseline.

    Columns: horizon, predictor, phase, metric, subjects, samples, estimate, low, high, and for each baseline of the
    task difference_to_<baseline>, with _low and _high; a baseline's own differences are NaN.
    """
    rows: list[dict[str, Any]] = []
    for task in tasks(cases, now, ahead):
        for phase in (ALL, *PHASES):
            counted = task.counted & (phase == ALL or cases.phase == PHASES.index(phase))
            rows += _rows(task, phase, counted, cases.subject, seed)
    return pd.DataFrame(rows)


def subject_sums(cases: DepthCases, now: Said, ahead: Said) -> pd.DataFrame:
    """Return the sums behind the pooled metrics of all time, a row a horizon, predictor and subject."""
    parts = []
    for task in tasks(cases, now, ahead):
        for label, predicted in task.predicted.items():
            sums = _sums(task, predicted, task.counted, cases.subject)
            part = pd.DataFrame(sums, columns=SUMS)
            part.insert(0, "subject", np.unique(cases.subject))
            parts.append(part.assign(horizon=task.horizon, predictor=label))
    return pd.concat(parts, ignore_index=True)


def by_age(cases: DepthCases, now: Said, ahead: Said, seed: int = 0) -> pd.DataFrame:
    """Return root mean squared errors by age of the patient: horizon, predictor, age, subjects, estimate, low, high."""
    rows = []
    for task in tasks(cases, now, ahead):
        for low, high in AGES:
            chosen = (cases.person.age >= low) & (cases.person.age < high)
            for label, predicted in task.predicted.items():
                sums = _sums(task, predicted, task.counted & chosen, cases.subject)
                kept = sums[sums[:, 0] > 0]
                value = scores.pooled(kept, scores.root_mean_square_of, seed) if len(kept) else scores.NOTHING
                who = {"horizon": task.horizon, "predictor": label, "age": _years(low, high)}
                rows.append({**who, "subjects": len(kept), **value._asdict()})
    return pd.DataFrame(rows)


def calibration(cases: DepthCases, ahead: Said) -> pd.DataFrame:
    """Return how often the index lay below each quantile: predictor, horizon, quantile, observed."""
    rows = []
    for task in tasks(cases, {}, ahead):
        for label in task.inside:
            for name, values in ahead[label].items():
                prefix = f"{expected_name(task.horizon)}_q"
                if name.startswith(prefix):
                    below = (task.target <= values)[task.counted].mean() if task.counted.any() else np.nan
                    quantile = int(name.removeprefix(prefix)) / 100.0
                    rows.append(
                        {"predictor": label, "horizon": task.horizon, "quantile": quantile, "observed": below}
                    )
    return pd.DataFrame(rows, columns=["predictor", "horizon", "quantile", "observed"])


def _years(low: int, high: int) -> str:
    """Return an age group as it is written: "<45", "45-59", "75+"."""
    if low == AGES[0][0]:
        return f"<{high}"
    return f"{low}+" if high == AGES[-1][1] else f"{low}-{high - 1}"


def _rows(
    task: Task, phase: str, counted: np.ndarray, subject: np.ndarray, seed: int
) -> Iterator[dict[str, Any]]:
    """Yield the rows of one task and phase, predictor by predictor."""
    baselines = BASELINES_AHEAD if task.horizon else BASELINES_NOW
    sums = {label: _sums(task, values, counted, subject) for label, values in task.predicted.items()}
    errors = {
        label: scores.median_errors(task.target, values, counted)
        for label, values in task.predicted.items()
        if task.horizon == 0
    }
    subjects, samples = int((sums[next(iter(sums))][:, 0] > 0).sum()) if sums else 0, int(counted.sum())
    for label in task.predicted:
        who = {"horizon": task.horizon, "predictor": label, "phase": phase}
        counts = {"subjects": subjects, "samples": samples}
        references = _references(label, baselines, task.predicted)
        for metric, statistic in POOLED.items():
            own = scores.pooled(sums[label], statistic, seed)
            differences = {
                name: scores.pooled_difference(sums[label], sums[other], statistic, seed)
                for name, other in references.items()
            }
            yield {**who, "metric": metric, **counts, **own._asdict(), **_spread(differences)}
        for metric, values in zip(("MDPE", "MDAPE"), errors.get(label, ()), strict=False):
            differences = {
                name: cluster_interval(values - errors[other][metric == "MDAPE"], subject, seed)
                for name, other in references.items()
            }
            own = cluster_interval(values, subject, seed)
            yield {**who, "metric": metric, **counts, **own._asdict(), **_spread(differences)}
        if label in task.inside:
            covered = _sums(task, task.inside[label], counted, subject)
            yield {
                **who,
                "metric": "coverage_80",
                **counts,
                **scores.pooled(covered, scores.share_of, seed)._asdict(),
            }


def _references(label: str, baselines: tuple[str, ...], labels: Iterable[str]) -> dict[str, str]:
    """Return the label of each baseline: the one with the same training, else the last; none for a baseline itself."""
    name, _, training = label.partition(" ")
    chosen = {}
    for baseline in baselines:
        own = [other for other in labels if other.split(" ")[0] == baseline]
        same = [other for other in own if training and other.endswith(training)]
        if own and baseline != name:
            chosen[baseline] = (same or own)[-1]
    return chosen


def _spread(differences: Mapping[str, Interval]) -> dict[str, float]:
    """Return differences as columns."""
    columns = {}
    for name, value in differences.items():
        for end, number in zip(("", "_low", "_high"), value, strict=True):
            columns[f"difference_to_{name}{end}"] = number
    return columns


def _sums(task: Task, predicted: np.ndarray, counted: np.ndarray, subject: np.ndarray) -> np.ndarray:
    return scores.by_subject(scores.case_sums(task.target, predicted, counted), subject)


def _common(counted: np.ndarray, predicted: Mapping[str, np.ndarray]) -> np.ndarray:
    for values in predicted.values():
        counted = counted & np.isfinite(values)
    return counted
