"""What predictions of depth from EEG are asked, what could be known at best, and what chance is worth.

Truth moves while EEG is being heard: who looks back on a minute, however well, is late. So somebody who knows the
truth stands in the table three times: of now, as its mean over the last minute, and half a minute late.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from experiments.judging.questions import Question, common
from experiments.tasks.contract import Answers, Findings, Task
from predictors.depth.eeg import epochs
from predictors.depth.eeg.answers import DEPTH, HIGH, LEVEL, LOW
from predictors.depth.eeg.epochs import SECONDS
from predictors.depth.eeg.levels import NAMES, distance, level_of
from predictors.depth.eeg.material import QUESTION, TRUTH
from predictors.learning.cases import Cases, Signal

NEAR = 3.0  # points of a border, within which a level is a matter of luck
LATE = 30  # s
BASELINES = ("eeg_openibis", "eeg_forest", "eeg_lstm")
PUBLISHED = "li2020"
TRACES = ("best", "median", "worst")


def questions(cases: Cases, answers: Answers) -> Iterator[Question]:
    """Yield how deep, and which of the four levels; moments count for which everybody says something."""
    said, depth = answers.get(QUESTION, {}), cases.label(TRUTH)
    predicted = {label: one[DEPTH] for label, one in said.items()}
    counted = common(np.isfinite(depth), predicted)
    inside = {label: (depth >= one[LOW]) & (depth <= one[HIGH]) for label, one in said.items() if LOW in one}
    yield Question({"asked": DEPTH}, depth, counted, predicted, ("Pk", "MAE", "RMSE"), BASELINES, inside)
    levels = {label: one[LEVEL] for label, one in said.items()}
    scores = ("accuracy", "macro_F1")
    yield Question({"asked": "level"}, level_of(depth), counted, levels, scores, BASELINES)


def subsets(cases: Cases) -> dict[str, np.ndarray]:
    """Return moments away from every border, and those of each level, (steps, cases) bool."""
    depth = cases.label(TRUTH)
    level = level_of(depth)
    return {
        f"over {NEAR:g} from a border": distance(depth) > NEAR,
        **{name: level == number for number, name in enumerate(NAMES)},
    }


def oracle(cases: Cases) -> Answers:
    """Return what is true now, over the last minute and half a minute ago; and what is true of somebody else."""
    depth = cases.label(TRUTH)
    minute = epochs.windows(depth[None])[0]
    steps = LATE // SECONDS
    known = {
        "oracle": depth,
        "oracle_mean_60s": minute.mean(axis=0),
        f"oracle_{LATE}s_late": minute[-1 - steps],
        "permuted": somebody_elses(cases, 0).label(TRUTH),
    }
    return {QUESTION: {name: {DEPTH: one, LEVEL: level_of(one)} for name, one in known.items()}}


def somebody_elses(cases: Cases, seed: int) -> Cases:
    """Return the cases, each with the depth of somebody else at another time."""
    random = np.random.default_rng(seed)
    drawn = random.permutation(cases.count)
    other = np.roll(drawn, 1)[np.argsort(drawn)]
    truth = cases.labels[TRUTH]
    steps = len(truth.values)
    later = random.integers(steps // 4, steps - steps // 4, cases.count)
    step = (np.arange(steps)[:, None] + later) % steps
    moved = truth.values[step, other]
    return cases.with_labels(**{TRUTH: Signal(moved, truth.interval, truth.unit)})


def judge(task: Task, cases: Cases, answers: Answers, seed: int) -> Findings:
    """Return the tables scores and traces."""
    tables = {"scores": task.scores(cases, answers, seed), "traces": traces(cases, answers[QUESTION])}
    return Findings(tables)


def traces(cases: Cases, said: Mapping[str, Mapping[str, np.ndarray]]) -> pd.DataFrame:
    """Return true and heard courses of the patients served best, middling and worst by the published design."""
    best = next((one for label, one in said.items() if label.split(" ")[0] == PUBLISHED), None)
    depth = cases.label(TRUTH)
    nothing = np.full(depth.shape, np.nan)
    one = best or {DEPTH: depth, LOW: nothing, HIGH: nothing}
    order = np.argsort(np.nanmean(np.abs(one[DEPTH] - depth), axis=0))
    parts = []
    for rank, place in zip(TRACES, (0, len(order) // 2, len(order) - 1), strict=True):
        case = order[place]
        columns = {"true": depth, DEPTH: one[DEPTH], LOW: one[LOW], HIGH: one[HIGH]}
        part = {name: values[:, case] for name, values in columns.items()}
        time = SECONDS * np.arange(1, len(depth) + 1)
        parts.append(pd.DataFrame({"rank": rank, "case": cases.who[case], "time_s": time, **part}))
    return pd.concat(parts)
