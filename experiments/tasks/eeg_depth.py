"""Depth from EEG (Li 2020): the index now and which of four levels it is in, from what one frontal channel says."""

from __future__ import annotations

from experiments.heard import judging, page
from experiments.sites.eeg import HEARD_SITES, MIX
from experiments.tasks.contract import Task
from predictors.depth.eeg.material import QUESTION, TASK

EEG_DEPTH = Task(
    name=TASK,
    description="Depth heard in one channel of EEG: the index now, and which of four levels it is in.",
    title="Depth heard in the EEG",
    caveat="SYNTHETIC cases and EEG; the EEG was calibrated so that openibis reads the true index in steady state",
    sites=HEARD_SITES,
    test_site="drifting",
    mixes={QUESTION: MIX},
    validation=40,
    choices="people and patients of the sites were fitted to recorded subjects of part `train` (split 0)",
    baselines=list,
    questions=judging.questions,
    subsets=judging.subsets,
    subset_word="moments",
    oracle=judging.oracle,
    control=judging.somebody_elses,
    judge=judging.judge,
    report=judging.report,
    draw=page.draw,
    in_json_left_out=("traces",),
)
