"""Complications after cardiac surgery in intensive care (Meyer 2018): bleeding, renal failure, death, in real time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from experiments.judging.questions import Question
from experiments.risk.intensive_care import alarms, page
from experiments.risk.intensive_care import sheet as sheets
from experiments.risk.intensive_care.baselines import HOURLY, Chart, Fitted, boosted, logistic
from experiments.risk.intensive_care.judging import Ward
from experiments.risk.intensive_care.recorded import recorded
from experiments.risk.intensive_care.scoring import acute_physiology, drains, kidney_stage
from experiments.risk.intensive_care.sites import STAYS, time_name, truth
from experiments.tasks.contract import Answers, Contender, Findings, Task
from predictors.learning.cases import Cases
from predictors.risk.intensive_care.meyer2018 import INTENSIVE_CARE as LEARNS
from sim.outcomes.intensive_care.channels import CHANNELS, ENDS, HOURS, KNOWN

QUESTION = LEARNS.question
CHART = Chart(STAYS, "surgical", CHANNELS, KNOWN, ENDS, HOURS)
WARD = Ward(CHART, QUESTION, ("rules", "trees"))
ORACLE = "oracle"
AIMS = {"bleeding": (0.84, 0.74), "kidney": (0.87, 0.94), "death": (0.90, 0.85)}
"""PPV and sensitivity of Meyer, Lancet Respir Med 2018;6:905."""
OUTCOME = (
    "Re-operation for bleeding within 6 h, renal replacement and death within 24 h, asked every 4 h of two days of"
    " whoever lives and has not had it yet."
)
SHOWN = (
    f"{len(CHANNELS)} channels of a chart and {len(KNOWN)} facts at admission. A value that is missing is the last one,"
    " faded towards the average as it ages; its age is an input too. A value that nobody alive can have is an error."
)
RULES = {"bleeding": drains, "kidney": kidney_stage, "death": acute_physiology}


def ruled(cases: Cases, outcome: str) -> np.ndarray:
    """Return the rule or score of an outcome, hourly, (hours, 1, cases)."""
    shown = CHART.last(cases)
    names = (*CHANNELS, *KNOWN)
    return RULES[outcome]({name: shown[:, place] for place, name in enumerate(names)})[:, None]


def baselines() -> list[Contender]:
    """Return rules and scores, logistic regression and boosted trees; fitted when they are asked."""
    return [
        Contender("rules", "", QUESTION, Fitted(CHART, ruled, logistic)),
        Contender("logistic", "", QUESTION, Fitted(CHART, lambda cases, _: CHART.last(cases), logistic)),
        Contender("trees", "", QUESTION, Fitted(CHART, lambda cases, _: CHART.windows(cases), boosted)),
    ]


def questions(cases: Cases, answers: Answers) -> Iterator[Question]:
    """Yield a question an outcome, and the same of what comes to somebody else."""
    yield from WARD.forward(cases, answers)
    yield from WARD.permuted(cases, answers)


def oracle(cases: Cases) -> Answers:
    """Return what somebody who knows the true state says, from many futures that it may have."""
    return {QUESTION: {ORACLE: truth(cases)}}


def judge(task: Task, cases: Cases, answers: Answers, seed: int) -> Findings:
    """Return the tables scores, alarms, and those of the card."""
    stays = {}
    for outcome in ENDS:
        came = cases.label(time_name(outcome))[0]
        over = ~np.isfinite(cases.label(outcome)[HOURLY])
        for label, one in answers[QUESTION].items():
            if label != ORACLE:
                said = np.where(over, np.nan, one[outcome][HOURLY])
                stays[outcome, label] = alarms.Stay(said, came)
    age, filtration, female = (cases[name][0] for name in ("age", "filtration", "female"))
    groups = {
        "women": female > 0.5,
        "men": female < 0.5,
        "70 years or older": age >= 70.0,
        "younger than 70 years": age < 70.0,
        "filtration below 60 mL/min": filtration < 60.0,
        "filtration of 60 mL/min or more": filtration >= 60.0,
    }
    tables = {"scores": task.scores(cases, answers, seed), "alarms": alarms.table(stays, AIMS, seed)}
    return Findings(tables | sheets.tables(cases, list(WARD.forward(cases, answers)), KNOWN, groups, seed))


def sheet(folder: Path, name: str) -> list[str]:
    """Return what a card says beside scores."""
    return sheets.sheet(folder, name, OUTCOME, SHOWN)


INTENSIVE_CARE = Task(
    name=LEARNS.task,
    description="Bleeding, renal failure and death after cardiac surgery, foreseen from the chart (Meyer 2018).",
    title="Complications after cardiac surgery",
    caveat="SYNTHETIC stays; how often and how abruptly ends come was tuned until a network could reach the published"
    " figures on balanced stays, so that it reaches them confirms nothing",
    sites=STAYS,
    test_site="surgical",
    mixes={QUESTION: {"surgical": 1.0}},
    validation=1500,
    baselines=baselines,
    questions=questions,
    recorded=recorded,
    fitted="Nothing of the simulated stays was fitted to recorded ones; baselines learned from simulated ones, too.",
    oracle=oracle,
    judge=judge,
    report=page.report,
    draw=page.draw,
    sheet=sheet,
    limits=("Simulated stays of simulated people: no recorded one has been read.",),
)
