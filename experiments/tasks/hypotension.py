"""Hypotension to come: whether a minute below 65 mmHg begins within 5, 10 or 15 min, and the pressure then."""

from __future__ import annotations

from experiments.risk.hypotension import judging, page
from experiments.risk.hypotension.recorded import recorded
from experiments.risk.hypotension.sheet import sheet
from experiments.risk.hypotension.sites import MIX, PRESSURE_SITES
from experiments.tasks.contract import Task
from predictors.risk.hypotension.material import QUESTION, TASK

HYPOTENSION = Task(
    name=TASK,
    description="Hypotension within 5, 10 and 15 min, and the pressure then, from trends of signs and doses.",
    title="Hypotension foreseen",
    caveat="SYNTHETIC cases; pressures of the site `stepped` step as those of recorded subjects of part `train` did",
    sites=PRESSURE_SITES,
    test_site="stepped",
    mixes={QUESTION: MIX},
    choices="patients, clinicians and steps of pressure were fitted to recorded subjects of part `train`",
    fitted="Simulated cases that predictors learn from have parameters fitted to VitalDB's recorded subjects of"
    " part `train` (split 0); `validation` chose among methods; only `test` is sealed.",
    baselines=list,
    questions=judging.questions,
    subsets=judging.subsets,
    recorded=recorded,
    oracle=judging.oracle,
    control=judging.somebody_elses,
    judge=judging.judge,
    draw=page.draw,
    sheet=sheet,
    limits=(
        "Adults under propofol and remifentanil with an arterial line that is read every 10 s.",
        "Simulated cases stand behind shipped weights; real ones differ, see the scores on recorded cases.",
    ),
)
