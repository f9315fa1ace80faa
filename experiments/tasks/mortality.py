"""Death after surgery: how likely it is, from what is known before and the last hour. Fritz BA, BJA 2019;123:688."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from experiments.judging.questions import Question, common
from experiments.judging.splits import Split
from experiments.risk.mortality import sheet
from experiments.risk.mortality.sites import MORTAL_SITES, RISK, recorded
from experiments.sites import controls
from experiments.tasks.contract import Answers, Findings, Task
from predictors.learning.cases import Cases
from predictors.risk.mortality.material import QUESTION, TASK
from sim.outcomes.mortality.death import DEATH

SCORES = ("AUROC", "AUPRC", "Brier", "calibration_slope", "expected_to_observed")


def questions(cases: Cases, answers: Answers) -> Iterator[Question]:
    """Yield the one question: who dies, of everybody of whom all say something."""
    predicted = {label: np.atleast_2d(one[QUESTION]) for label, one in answers.get(QUESTION, {}).items()}
    target = cases.label(DEATH)
    counted = common(np.isfinite(target), predicted)
    yield Question({"outcome": DEATH}, target, counted, predicted, SCORES, ("mortality_static",))


def oracle(cases: Cases) -> Answers:
    """Return the true risk."""
    return {QUESTION: {"oracle": {QUESTION: cases.label(RISK)[0]}}}


def somebody_elses(cases: Cases, seed: int) -> Cases:
    """Return the cases, each with what became of somebody else."""
    return controls.somebody_elses(cases, DEATH, seed)


def judge(task: Task, cases: Cases, answers: Answers, seed: int) -> Findings:
    """Return scores, and the tables of cards."""
    (asked,) = questions(cases, answers)
    return Findings({"scores": task.scores(cases, answers, seed), **sheet.tables(cases, asked, seed)})


MORTALITY = Task(
    name=TASK,
    description="Death within 30 days of surgery, from what is known before and the last hour of signs.",
    title="Death after surgery",
    caveat="SYNTHETIC people whose way of dying is a design; nothing of them was fitted to recordings",
    sites=MORTAL_SITES,
    test_site="telling",
    mixes={QUESTION: {"telling": 1.0}},
    baselines=list,
    questions=questions,
    recorded=recorded,
    fitted="Nothing of the generated people was fitted to recorded ones, and no recorded one was learned from: `test`"
    " is (nearly) everybody. No hour of signs comes with the table, so that a network sees what is known before alone.",
    oracle=oracle,
    control=somebody_elses,
    judge=judge,
    sheet=sheet.sheet,
    split=Split(test=1.0, validation=0.0),
    validation=10_000,
)
