"""The study from first to last: simulate, hear, let everybody answer fold by fold, judge, write."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from rich.console import Console
from rich.progress import Progress

from experiments.pain import page
from experiments.pain.contenders import CONTENDERS, Shown
from experiments.pain.crossing import Part, answer, parts
from experiments.pain.hearing import hear
from experiments.pain.judging import rows
from experiments.running.results import write_csv, write_figure, write_run, write_text
from experiments.running.runners import PROCESSES, Report, runner
from experiments.sites.pain import WARD
from experiments.sites.purposes import seed_for
from predictors.learning.cases import Cases
from predictors.pain.classes import LOWEST


@dataclass(frozen=True)
class Study:
    """Simulate people before and after surgery, and let everybody say from the pulse whether they are in pain.

    Attributes:
        subjects: simulated people; each has 6 windows of 5 min.
        contenders: who takes part; everybody by default: SPI, LR, SVM, MLP, DBN, bags, CNN, oracle, permuted.
        classes: 2 (treatment or not), 4 (none, mild, moderate, severe), or both.
        folds: of subjects, and of windows.
        seed: of people, folds, models and resampling.
        runner: who works: here, processes, or ray (a cluster).
        workers: parts at a time, each with one thread.
        out: folder of the results.
    """

    subjects: int = 100
    contenders: tuple[str, ...] = ()
    classes: tuple[int, ...] = (2, 4)
    folds: int = 5
    seed: int = 0
    runner: str = PROCESSES
    workers: int = 2
    out: Path = Path("results/pain")

    def check(self) -> None:
        """Raise ValueError on the first bad option."""
        for name in self.contenders:
            if name not in CONTENDERS:
                raise ValueError(f"contenders: {name!r} is not allowed; {', '.join(CONTENDERS)}")
        for number in self.classes:
            if number not in LOWEST:
                raise ValueError(f"classes: {number} is not allowed; {', '.join(map(str, LOWEST))}")
        if not self.classes:
            raise ValueError("classes: none is named; 2, 4")
        if not 2 <= self.folds <= self.subjects:
            raise ValueError(
                f"folds: {self.folds} is not allowed of {self.subjects} subjects; 2 to {self.subjects}"
            )
        seed_for("test", self.seed)
        runner(self.runner, self.workers)


def study(config: Study, console: Console) -> None:
    """Do it all. Raises ValueError on a bad option; nothing has been written then."""
    config.check()
    worker = runner(config.runner, config.workers)
    write_run(config.out, config)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task("simulating", total=1.0)
        cases = WARD.cases(config.subjects, seed_for("test", config.seed))
        bar.update(line, description="hearing")
        shown = hear(cases, lambda share: bar.update(line, completed=share))
        every = parts(config.contenders or tuple(CONTENDERS), config.classes)
        line, done = bar.add_task("answering", total=len(every)), np.zeros(len(every))

        def show(number: int, share: float) -> None:
            done[number] = share
            bar.update(line, completed=done.sum())

        tables = worker.map(partial(work, shown, Told.of(cases), config.folds, config.seed), every, show)
    write_csv(config.out / "scores.csv", page.ordered(pd.concat(tables, ignore_index=True)))
    write_text(config.out / "report.md", page.report(config.out))
    write_figure(config.out / "page.png", page.draw(config.out))


@dataclass(frozen=True)
class Told:
    """Of each window: rating, number of its recording, and whether surgery was over, (windows,) each."""

    rating: np.ndarray
    recording: np.ndarray
    after: np.ndarray

    @staticmethod
    def of(cases: Cases) -> Told:
        """Return what cases say."""
        after = cases.label("after")[0] > 0.5
        person = np.unique(cases.subject, return_inverse=True)[1]
        return Told(cases.label("rating")[0], 2 * person + after, after)


def work(shown: Shown, told: Told, folds: int, seed: int, part: Part, report: Report) -> pd.DataFrame:
    """Return the scores of a part."""
    torch.set_num_threads(1)
    answers = answer(part, shown, told.rating, told.recording, folds, seed, report)
    return rows(part, answers, shown.subject, told.after, seed)
