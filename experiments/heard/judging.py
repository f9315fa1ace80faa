"""What predictions of depth from EEG are asked, what could be known at best, and what chance is worth.

Truth moves while EEG is being heard: who looks back on a minute, however well, is late. So somebody who knows the
truth stands in the table three times: of now, as its mean over the last minute, and half a minute late.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from experiments.judging.questions import Question, common
from experiments.reporting import scores as pages
from experiments.sites import controls
from experiments.tasks.contract import Answers, Findings, Said, Task
from predictors.depth.eeg import epochs
from predictors.depth.eeg.answers import DEPTH, HIGH, LEVEL, LOW
from predictors.depth.eeg.epochs import SECONDS
from predictors.depth.eeg.levels import NAMES, distance, level_of
from predictors.depth.eeg.material import QUESTION, TRUTH
from predictors.learning.cases import Cases

NEAR = 3.0  # points of a border, within which a level is a matter of luck
LATE = 30  # s
BASELINES = ("eeg_openibis", "eeg_lstm")
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
    """Return the moments away from every border, (steps, cases) bool."""
    return {f"over {NEAR:g} from a border": distance(cases.label(TRUTH)) > NEAR}


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
    return controls.somebody_elses(cases, TRUTH, seed)


def judge(task: Task, cases: Cases, answers: Answers, seed: int) -> Findings:
    """Return the tables scores, confusion and traces."""
    tables = {
        "scores": task.scores(cases, answers, seed),
        "confusion": confusion(cases, answers[QUESTION]),
        "traces": traces(cases, answers[QUESTION]),
    }
    return Findings(tables)


def confusion(cases: Cases, said: Said) -> pd.DataFrame:
    """Return what was said of each true level, %: predictor, true, share of the time, and a column a level said."""
    true, rows = level_of(cases.label(TRUTH)), []
    for label, one in said.items():
        for number, name in enumerate(NAMES):
            answers = one[LEVEL][(true == number) & np.isfinite(one[LEVEL])]
            shares = (
                {other: 100.0 * np.mean(answers == k) for k, other in enumerate(NAMES)}
                if len(answers)
                else {}
            )
            rows.append(
                {"predictor": label, "true": name, "of_time": 100.0 * np.mean(true == number), **shares}
            )
    return pd.DataFrame(rows).round(1)


def report(heading: list[str], findings: Findings) -> str:
    """Return heading, scores and confusions as Markdown."""
    rows = findings.tables["confusion"]
    shown = rows[rows["predictor"].str.split(" ").str[0].isin([PUBLISHED, *BASELINES])]
    lines = [f"| {' | '.join(map(str, rows.columns))} |", "|---|---|" + "--:|" * (len(rows.columns) - 2)]
    lines += [f"| {' | '.join(map(str, row))} |" for row in shown.itertuples(index=False)]
    said = "What was said of each true level, % of its time (of_time: % of all):"
    return "\n".join([pages.markdown(heading, findings), said, "", *lines, ""])


def traces(cases: Cases, said: Said) -> pd.DataFrame:
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
