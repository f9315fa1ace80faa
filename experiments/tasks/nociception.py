"""Nociception heard in the pulse at a finger, in the loop: how much stimulation drugs let through now."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from experiments.judging.questions import Question, common
from experiments.sites import controls
from experiments.sites.nociception import HURT_SITES, INDEX, MIX
from experiments.tasks.contract import Answers, Contender, Task
from predictors.learning.cases import Cases
from predictors.pain.observer import HIGH, LOW, NOW, QUESTION, TASK

HURT = 0.1  # nociception from which an answer would be wanted
FIRST = 6  # steps: before, nobody has heard a minute


class PlethMonitor:
    """The surgical pleth index as it is shown, a hundredth of it taken for nociception."""

    def answer(self, cases: Cases) -> dict[str, np.ndarray]:
        """Return it at every step, (steps, cases)."""
        return {NOW: cases[INDEX] / 100.0}


class Never:
    """Says that nobody is ever hurt."""

    def answer(self, cases: Cases) -> dict[str, np.ndarray]:
        """Return nothing but zeros, (steps, cases)."""
        return {NOW: np.zeros_like(cases.label(NOW))}


def baselines() -> list[Contender]:
    """Return those that learn nothing."""
    return [Contender("never", "", QUESTION, Never()), Contender("pleth_index", "", QUESTION, PlethMonitor())]


def questions(cases: Cases, answers: Answers) -> Iterator[Question]:
    """Yield how much, and whether an answer is wanted; steps count for which everybody says something."""
    said, truth = answers.get(QUESTION, {}), cases.label(NOW)
    predicted = {label: one[NOW] for label, one in said.items()}
    late = np.arange(len(truth))[:, None] >= FIRST
    counted = common(np.isfinite(truth) & late, predicted)
    inside = {label: (truth >= one[LOW]) & (truth <= one[HIGH]) for label, one in said.items() if LOW in one}
    yield Question({"asked": "how much"}, truth, counted, predicted, ("Pk", "RMSE"), ("pleth_index",), inside)
    hurt = (truth > HURT).astype(float)
    yield Question(
        {"asked": f"over {HURT:g}"}, hurt, counted, predicted, ("AUROC", "AUPRC"), ("pleth_index",)
    )


def oracle(cases: Cases) -> Answers:
    """Return what is true, and what was half a minute ago."""
    truth = cases.label(NOW)
    late = np.concatenate([np.repeat(truth[:1], 3, axis=0), truth[:-3]])
    return {QUESTION: {"oracle": {NOW: truth}, "oracle_30s_late": {NOW: late}}}


def somebody_elses(cases: Cases, seed: int) -> Cases:
    """Return the cases, each with the nociception of somebody else at another time."""
    return controls.somebody_elses(cases, NOW, seed)


NOCICEPTION = Task(
    name=TASK,
    description="Nociception heard in the pulse at a finger: how much stimulation drugs let through now.",
    title="Nociception heard in the pulse",
    caveat="SYNTHETIC cases and pulse; what nociception does to the pulse is that of the reference design, not tuned",
    sites=HURT_SITES,
    test_site="by_lot",
    mixes={QUESTION: MIX},
    validation=40,
    choices="people and patients of the sites were fitted to recorded subjects of part `train` (split 0)",
    baselines=baselines,
    questions=questions,
    oracle=oracle,
    control=somebody_elses,
    limits=(
        "Adults under propofol and remifentanil, a finger sensor at 100 Hz; other control periods are refused.",
        "Simulated pulses of simulated people: no recorded one has been heard.",
    ),
)
