"""Complications after cardiac surgery in intensive care (Meyer 2018): bleeding, renal failure, death, in real time."""

from __future__ import annotations

from functools import partial

import numpy as np

from experiments.risk.charted import page
from experiments.risk.charted.baselines import Rounds
from experiments.risk.charted.judging import ORACLE, Ward
from experiments.risk.charted.recorded import recorded
from experiments.risk.charted.simulated import truth
from experiments.risk.intensive_care.scoring import acute_physiology, drains, kidney_stage
from experiments.risk.intensive_care.sites import CHART, STAYS
from experiments.tasks.contract import Answers, Task
from predictors.learning.cases import Cases
from predictors.risk.charted.meyer2018 import INTENSIVE_CARE as LEARNS
from sim.outcomes.intensive_care.channels import CHANNELS, KNOWN

QUESTION = LEARNS.question
RULES = {"bleeding": drains, "kidney": kidney_stage, "death": acute_physiology}


def groups(cases: Cases) -> dict[str, np.ndarray]:
    """Return groups of people, name -> (cases,) bool."""
    age, filtration, female = (cases[name][0] for name in ("age", "filtration", "female"))
    return {
        "women": female > 0.5,
        "men": female < 0.5,
        "70 years or older": age >= 70.0,
        "younger than 70 years": age < 70.0,
        "filtration below 60 mL/min": filtration < 60.0,
        "filtration of 60 mL/min or more": filtration >= 60.0,
    }


WARD = Ward(
    Rounds(CHART, STAYS, "surgical", slice(1, None, 2)),
    QUESTION,
    baselines=("rules", "trees"),
    aims={"bleeding": (0.84, 0.74), "kidney": (0.87, 0.94), "death": (0.90, 0.85)},  # Meyer 2018
    groups=groups,
    outcome="Re-operation for bleeding within 6 h, renal replacement and death within 24 h, asked every 4 h of two days"
    " of whoever lives and has not had it yet.",
    shown=f"{len(CHANNELS)} channels of a chart and {len(KNOWN)} facts at admission. A value that is missing is the"
    " last one, faded towards the average as it ages; its age is an input too. A value that nobody alive can have is an"
    " error.",
)


def rules(cases: Cases) -> dict[str, np.ndarray]:
    """Return the rule or score of every outcome, hourly, (hours, 1, cases)."""
    shown = WARD.rounds.last(cases)
    names = (*CHANNELS, *KNOWN)
    chart = {name: shown[:, place] for place, name in enumerate(names)}
    return {outcome: rule(chart)[:, None] for outcome, rule in RULES.items()}


def oracle(cases: Cases) -> Answers:
    """Return what somebody who knows the true state says, from many futures that it may have."""
    return {QUESTION: {ORACLE: truth(STAYS, cases)}}


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
    baselines=lambda: WARD.contenders(rules),
    questions=WARD.questions,
    recorded=partial(recorded, CHART),
    fitted="Nothing of the simulated stays was fitted to recorded ones; baselines learned from simulated ones, too.",
    oracle=oracle,
    judge=WARD.judge,
    report=page.report,
    draw=page.draw,
    sheet=WARD.sheet,
    limits=("Simulated stays of simulated people: no recorded one has been read.",),
)
