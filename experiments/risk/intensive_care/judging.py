"""Forward analysis of charts: at fixed hours everybody at risk is asked, at the prevalence that there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from experiments.judging.questions import Question, common
from experiments.risk.hypotension.judging import rounded
from experiments.risk.intensive_care.baselines import Chart
from experiments.sites import controls
from experiments.tasks.contract import Answers
from predictors.learning.cases import Cases

SCORES = ("AUROC", "AUPRC", "Brier", "calibration_slope")
PERMUTED = "permuted"


@dataclass(frozen=True)
class Ward:
    """Who is asked what: the chart, the task's question, and the baselines that differences are taken to."""

    chart: Chart
    question: str
    baselines: tuple[str, ...]

    def forward(self, cases: Cases, answers: Answers) -> Iterator[Question]:
        """Yield a question an outcome, at moments for which everybody says something, of patients at risk."""
        for outcome in self.chart.outcomes:
            predicted, target = self._said(answers, outcome), cases.label(outcome)
            counted = common(np.isfinite(target), predicted)
            yield Question({"outcome": outcome}, target, counted, predicted, SCORES, self.baselines)

    def permuted(self, cases: Cases, answers: Answers) -> Iterator[Question]:
        """Yield the same of what comes to somebody else: who has learned should know nothing of it."""
        for outcome in self.chart.outcomes:
            predicted = self._said(answers, outcome)
            target = controls.somebody_elses(cases, outcome, 0).label(outcome)
            counted = common(np.isfinite(target), predicted)
            learned = {f"{PERMUTED} {label}": one for label, one in predicted.items() if "(" in label}
            yield Question({"outcome": outcome}, target, counted, learned, ("AUROC",))

    def _said(self, answers: Answers, outcome: str) -> dict[str, np.ndarray]:
        return {label: rounded(one[outcome]) for label, one in answers.get(self.question, {}).items()}
