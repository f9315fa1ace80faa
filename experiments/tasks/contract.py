"""What a task says: all that `experiments.train`, `validate`, `publish`, `learning_curve` and `explain` know of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.judging.questions import Question, table
from experiments.judging.splits import Split
from experiments.reporting import scores as pages
from predictors.learning.cases import Cases
from predictors.learning.contract import Predictor
from sim.registry import Registry

Said = Mapping[str, Mapping[str, np.ndarray]]  # label -> estimate -> (samples, cases) or (cases,)
Answers = Mapping[str, Said]  # question -> said


@dataclass(frozen=True)
class Contender:
    """A predictor that takes part.

    Attributes:
        name: of the predictor.
        training: what its weights were trained on; "" where nothing was.
        question: which of the task's questions it answers.
        model: an observer, or what answers whole cases at once.
    """

    name: str
    training: str
    question: str
    model: Any

    @property
    def label(self) -> str:
        """Name and training."""
        return f"{self.name} ({self.training})" if self.training else self.name


@dataclass(frozen=True)
class Findings:
    """What a validation found: tables by name, `scores` among them, and single figures by name."""

    tables: Mapping[str, pd.DataFrame]
    figures: Mapping[str, Any] = field(default_factory=dict)

    def plain(self, left_out: tuple[str, ...] = ()) -> dict[str, Any]:
        """Return everything as records, for JSON."""
        records = {name: one.to_dict("records") for name, one in self.tables.items() if name not in left_out}
        return records | dict(self.figures)


@dataclass(frozen=True)
class Task:
    """Something to predict.

    Attributes:
        name: as in the registry.
        description: in a line.
        title: of the report, before "on simulated cases" or "on recorded cases".
        caveat: what must be said wherever its figures stand; of simulated cases.
        sites: the generators of simulated cases; each has `cases(count, seed)`.
        test_site: where simulated test cases come from if nobody says otherwise.
        mixes: question -> shares of the sites that predictors learn it from.
        choices: what must be said of how the sites and their mixes were chosen; a clause.
        validation: simulated cases that choose among what was learned.
        baselines: makes those that learn nothing.
        questions: what is asked of the answers over cases.
        subsets: name -> samples that are judged by themselves.
        subset_word: what a subset is called.
        fitted: what of the simulated patients was fitted to whom; said of recorded cases.
        recorded: reads a folder of recorded cases (or the usual one), and says what cleaning did; None without any.
        oracle: question -> what somebody who knows the truth would say; of simulated cases.
        control: cases whose labels say nothing: whoever does better than chance on them has seen an answer.
        keeps: question -> the estimates that are judged; all where it is missing.
        judge: all tables; those of the questions where it is missing.
        report, draw: heading and findings -> Markdown; folder of tables -> a page of figures.
        sheet: what a card says beside scores: folder of a validation and name of the predictor -> lines of Markdown.
        in_json_left_out: tables that are too large for the JSON.
        split: shares of the recorded subjects that test and validate.
        curve: predictor -> question and score drawn of it in the learning curve.
        limits: of every predictor of this task.
        explain: makes the page on what predictors learned; see `experiments.explain`.
    """

    name: str
    description: str
    title: str
    caveat: str
    sites: Registry
    test_site: str
    mixes: Mapping[str, Mapping[str, float]]
    baselines: Callable[[], list[Contender]]
    questions: Callable[[Cases, Answers], Iterable[Question]]
    subsets: Callable[[Cases], Mapping[str, np.ndarray]] = lambda cases: {}
    subset_word: str = "subset"
    choices: str = ""
    validation: int = 150
    fitted: str = ""
    recorded: Callable[[Path | None], tuple[Cases, list[str]]] | None = None
    oracle: Callable[[Cases], Answers] = lambda cases: {}
    control: Callable[[Cases, int], Cases] | None = None
    keeps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    judge: Callable[[Task, Cases, Answers, int], Findings] | None = None
    report: Callable[[list[str], Findings], str] = pages.markdown
    draw: Callable[[Path], Figure] = pages.draw
    sheet: Callable[[Path, str], list[str]] = lambda folder, name: []
    in_json_left_out: tuple[str, ...] = ()
    split: Split = field(default_factory=Split)
    curve: Mapping[str, tuple[Mapping[str, Any], str]] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    explain: Callable[..., None] | None = None

    def scores(self, cases: Cases, answers: Answers, seed: int) -> pd.DataFrame:
        """Return the table of scores."""
        asked = self.questions(cases, answers)
        return table(asked, self.subsets(cases), cases.subject, seed, self.subset_word)

    def findings(self, cases: Cases, answers: Answers, seed: int) -> Findings:
        """Return everything that a validation says."""
        if self.judge is not None:
            return self.judge(self, cases, answers, seed)
        return Findings({"scores": self.scores(cases, answers, seed)})


def learners(task: Task) -> dict[str, Predictor]:
    """Return the predictors that learn a task, by name, in declared order."""
    from predictors import ANSWERS, OBSERVERS

    entries = {name: registry.get(name) for registry in (OBSERVERS, ANSWERS) for name in registry}
    return {name: one for name, one in entries.items() if getattr(one, "task", None) == task.name}
