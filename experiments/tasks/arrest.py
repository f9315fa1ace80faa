"""Cardiac arrest on a general ward within a day, from four vital signs (Kwon 2018)."""

from __future__ import annotations

from functools import partial

import numpy as np

from experiments.risk.arrest.scoring import early_warning
from experiments.risk.arrest.sites import CHART, WEEKS
from experiments.risk.charted import page
from experiments.risk.charted.baselines import Rounds
from experiments.risk.charted.judging import ORACLE, Ward
from experiments.risk.charted.recorded import recorded
from experiments.risk.charted.simulated import truth
from experiments.tasks.contract import Answers, Task
from predictors.learning.cases import Cases
from predictors.risk.charted.kwon2018 import ARREST as LEARNS

QUESTION = LEARNS.question


def groups(cases: Cases) -> dict[str, np.ndarray]:
    """Return groups of people, name -> (cases,) bool."""
    age, female = cases["age"][0], cases["female"][0]
    return {
        "women": female > 0.5,
        "men": female < 0.5,
        "70 years or older": age >= 70.0,
        "younger than 70 years": age < 70.0,
    }


WARD = Ward(
    Rounds(CHART, WEEKS, "general", slice(2, None, 3), taught=40000, thinned=2),
    QUESTION,
    baselines=("rules", "trees"),
    aims={},
    groups=groups,
    outcome="Cardiac arrest within 24 h, asked every 12 h of a week of whoever has had none yet.",
    shown="Systolic pressure, heart rate, respiratory rate and temperature, age and sex. A value that is missing is the"
    " last one, faded towards the average as it ages; its age is an input too. A value that nobody alive can have is an"
    " error.",
)


def rules(cases: Cases) -> dict[str, np.ndarray]:
    """Return the early warning score, (rows, 1, cases)."""
    shown = WARD.rounds.last(cases)
    chart = {name: shown[:, place] for place, name in enumerate(CHART.channels)}
    return dict.fromkeys(CHART.outcomes, early_warning(chart)[:, None])


def oracle(cases: Cases) -> Answers:
    """Return what somebody who knows the true state says, from many futures that it may have."""
    return {QUESTION: {ORACLE: truth(WEEKS, cases)}}


ARREST = Task(
    name=LEARNS.task,
    description="Cardiac arrest on a general ward within a day, from four vital signs (Kwon 2018).",
    title="Cardiac arrest on the ward",
    caveat="SYNTHETIC weeks; only how often hearts stop was tuned, to the published share, and nothing to any score",
    sites=WEEKS,
    test_site="general",
    mixes={QUESTION: {"general": 1.0}},
    validation=2000,
    baselines=lambda: WARD.contenders(rules),
    questions=WARD.questions,
    recorded=partial(recorded, CHART),
    fitted="Nothing of the simulated weeks was fitted to recorded ones; baselines learned from simulated ones, too.",
    oracle=oracle,
    judge=WARD.judge,
    report=page.report,
    draw=page.draw,
    sheet=WARD.sheet,
    limits=("Simulated weeks of simulated people: no recorded one has been read.",),
)
