"""A system from first to last: people, learners, answers, scores, report and page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import Progress

from experiments.recorded.tables import require_known
from experiments.risk import SYSTEMS, crossing, page
from experiments.risk.answering import Answered, Part, answer, judged, parts
from experiments.risk.contract import System
from experiments.risk.judging import of_parts
from experiments.running.results import write_csv, write_figure, write_json, write_run, write_text
from experiments.running.runners import PROCESSES, Report, runner
from experiments.sites.purposes import seed_for

SYNTHETIC = "synthetic"


@dataclass(frozen=True)
class Risk:
    """Learn a risk from people whose true risk is known, and judge it on others; or on recorded people.

    Attributes:
        system: which, by name.
        data: synthetic, or a table of people: the columns of the system, its outcomes, and `subject`.
        variants: who generates people; every variant by default.
        sizes: numbers of people to learn from; the system's by default.
        learners: who learns, by name; everybody by default.
        test: people who are judged; the system's number by default.
        repeats: trainings, each from other people; intervals are of the first.
        permutations: of labels, from each of which the control learns.
        folds: of recorded subjects.
        seed: of people, learners and resampling.
        runner: who works: here, processes, or ray (a cluster).
        workers: parts at a time, each with one thread.
        out: folder of the results.
        json: file that gets the scores as records, too.
    """

    system: str
    data: str = SYNTHETIC
    variants: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    learners: tuple[str, ...] = ()
    test: int = 0
    repeats: int = 1
    permutations: int = 20
    folds: int = 5
    seed: int = 0
    runner: str = PROCESSES
    workers: int = 1
    out: Path = Path("results/risk")
    json: Path | None = None

    def check(self, system: System) -> None:
        """Raise ValueError on the first bad option."""
        for field, given, allowed in (
            ("variants", self.variants, system.variants),
            ("learners", self.learners, system.learners),
        ):
            for name in given:
                if name not in allowed:
                    raise ValueError(f"{field}: {name!r} is not allowed; {', '.join(allowed)}")
        for field, values, lowest in (
            ("sizes", self.sizes, 20),
            ("test", (self.test,) if self.test else (), 20),
            ("repeats", (self.repeats,), 1),
            ("permutations", (self.permutations,), 2),
            ("folds", (self.folds,), 2),
        ):
            for value in values:
                if value < lowest:
                    raise ValueError(f"{field}: {value} is not allowed; {lowest} or more")
        seed_for("test", self.seed)
        runner(self.runner, self.workers)


def study(config: Risk) -> None:
    """Do it all. Raises ValueError on a bad option or bad data; nothing has been written then."""
    require_known("system", config.system, SYSTEMS)
    system: System = SYSTEMS.get(config.system)
    system = system if config.data == SYNTHETIC else system.on_recorded()
    config.check(system)
    if config.data != SYNTHETIC:
        rows = crossing.recorded(system, Path(config.data), config.learners, config.folds, config.seed)
    else:
        rows = simulated(system, config)
    write_run(config.out, config)
    save(system, config, rows)


def save(system: System, config: Risk, rows: pd.DataFrame) -> None:
    """Write scores, report and picture."""
    write_csv(config.out / "scores.csv", rows)
    if config.json is not None:
        write_json(config.json, {"scores": rows.to_dict("records")})
    write_text(config.out / "report.md", page.report(system, config.out))
    write_figure(config.out / "page.png", page.draw(system, config.out))


def simulated(system: System, config: Risk) -> pd.DataFrame:
    """Return the scores of a system on generated people."""
    variants = config.variants or tuple(system.variants)
    count = config.test or system.test
    every = parts(
        system,
        variants,
        config.sizes or system.sizes,
        config.learners or tuple(system.learners),
        config.repeats,
        config.permutations,
    )
    test = {variant: judged(system, variant, count, config.seed) for variant in variants}
    worker = runner(config.runner, config.workers)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        line, done = bar.add_task("learning", total=len(every)), np.zeros(len(every))

        def show(number: int, share: float) -> None:
            done[number] = share
            bar.update(line, completed=done.sum())

        answers = worker.map(partial(_work, config.system, count, config.seed), every, show)
        bar.update(line, description="judging")
        found = dict(zip(every, answers, strict=True))
        return of_parts(system, test, found, config.seed)


def _work(name: str, count: int, seed: int, part: Part, report: Report) -> Answered:
    return answer(SYSTEMS.get(name), count, seed, part)
