"""Forward analysis of charts: at fixed hours everybody at risk is asked, at the prevalence that there is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from experiments.judging.questions import Question, common
from experiments.risk.charted.baselines import Chart
from experiments.sites import controls
from experiments.tasks.contract import Answers
from predictors.learning.cases import Cases

SCORES = ("AUROC", "AUPRC", "Brier", "calibration_slope")
PERMUTED = "permuted"


def questions(
    cases: Cases, answers: Answers, question: str, chart: Chart, baselines: tuple[str, ...]
) -> Iterator[Question]:
    """Yield a question an outcome; and whether anything is known of labels that are somebody else's.

    Moments count for which everybody says something and the patient is at risk.
    """
    said = answers.get(question, {})
    for outcome in chart.outcomes:
        predicted = {label: one[outcome] for label, one in said.items() if outcome in one}
        target = cases.label(outcome)
        counted = common(np.isfinite(target), predicted)
        yield Question({"outcome": outcome}, target, counted, predicted, SCORES, baselines)
        others = controls.somebody_elses(cases, outcome, 0).label(outcome)
        learned = {f"{PERMUTED} {label}": one for label, one in predicted.items() if "(" in label}
        counted = common(np.isfinite(others), predicted)
        yield Question({"outcome": outcome}, others, counted, learned, ("AUROC",))
