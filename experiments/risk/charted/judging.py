"""Forward analysis of charts: at fixed hours everybody at risk is asked, at the prevalence that there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.judging.questions import Question, common
from experiments.risk.charted import sheet
from experiments.risk.charted.alarms import Stay, table, time_name
from experiments.risk.charted.baselines import Fitted, Rounds, boosted, logistic
from experiments.risk.charted.sheet import Groups
from experiments.risk.hypotension.judging import rounded
from experiments.sites import controls
from experiments.tasks.contract import Answers, Contender, Findings, Task
from predictors.learning.cases import Cases

SCORES = ("AUROC", "AUPRC", "Brier", "calibration_slope")
PERMUTED, ORACLE = "permuted", "oracle"


@dataclass(frozen=True)
class Ward:
    """Who is asked what.

    Attributes:
        rounds: what is charted, and when is asked.
        question: of the task.
        baselines: to whom differences are taken.
        aims: outcome -> published PPV and sensitivity, where they are known.
        groups: of cases, in which areas are taken too.
        outcome, shown: what is foreseen, and from what, in sentences of a card.
    """

    rounds: Rounds
    question: str
    baselines: tuple[str, ...]
    aims: Mapping[str, tuple[float, float]]
    groups: Callable[[Cases], Groups]
    outcome: str
    shown: str

    def contenders(self, rules: Callable[[Cases], Mapping[str, np.ndarray]]) -> list[Contender]:
        """Return rules, logistic regression on last values and boosted trees; fitted when they are asked.

        Args:
            rules: the score of every outcome, (rows, 1, cases), of which logistic regression makes a probability.
        """
        every = {
            "rules": Fitted(self.rounds, rules, logistic),
            "logistic": Fitted(self.rounds, lambda cases: self._alike(self.rounds.last(cases)), logistic),
            "trees": Fitted(self.rounds, lambda cases: self._alike(self.rounds.windows(cases)), boosted),
        }
        return [Contender(name, "", self.question, model) for name, model in every.items()]

    def questions(self, cases: Cases, answers: Answers) -> Iterator[Question]:
        """Yield a question an outcome, and the same of what comes to somebody else."""
        yield from self.forward(cases, answers)
        yield from self.permuted(cases, answers)

    def forward(self, cases: Cases, answers: Answers) -> Iterator[Question]:
        """Yield a question an outcome, at moments for which everybody says something, of patients at risk."""
        for outcome in self.rounds.chart.outcomes:
            predicted, target = self._said(answers, outcome), cases.label(outcome)
            counted = common(np.isfinite(target), predicted)
            yield Question({"outcome": outcome}, target, counted, predicted, SCORES, self.baselines)

    def permuted(self, cases: Cases, answers: Answers) -> Iterator[Question]:
        """Yield the same of what comes to somebody else: who has learned should know nothing of it."""
        for outcome in self.rounds.chart.outcomes:
            predicted = self._said(answers, outcome)
            target = controls.somebody_elses(cases, outcome, 0).label(outcome)
            counted = common(np.isfinite(target), predicted)
            learned = {f"{PERMUTED} {label}": one for label, one in predicted.items() if "(" in label}
            yield Question({"outcome": outcome}, target, counted, learned, ("AUROC",))

    def judge(self, task: Task, cases: Cases, answers: Answers, seed: int) -> Findings:
        """Return the tables scores, alarms, and those of the card. Raises ValueError if nobody, or all, have an end."""
        stays = {}
        for outcome in self.rounds.chart.outcomes:
            came = cases.label(time_name(outcome))[0]
            over = ~np.isfinite(cases.label(outcome)[self.rounds.asked])
            for label, one in answers[self.question].items():
                if label != ORACLE:
                    said = np.where(over, np.nan, one[outcome][self.rounds.asked])
                    stays[outcome, label] = Stay(said, came, self.rounds.every)
        sounded = table(stays, self.aims, seed)
        tables = {"scores": task.scores(cases, answers, seed), "alarms": sounded}
        asked = list(self.forward(cases, answers))
        return Findings(
            tables | sheet.tables(cases, asked, self.rounds.chart.known, self.groups(cases), seed)
        )

    def sheet(self, folder: Path, name: str) -> list[str]:
        """Return what a card says of a predictor beside scores."""
        return sheet.sheet(folder, name, self.outcome, self.shown)

    def _alike(self, shown: np.ndarray) -> dict[str, np.ndarray]:
        return dict.fromkeys(self.rounds.chart.outcomes, shown)

    def _said(self, answers: Answers, outcome: str) -> dict[str, np.ndarray]:
        return {label: rounded(one[outcome]) for label, one in answers.get(self.question, {}).items()}
