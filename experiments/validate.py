"""How good are the predictors of a task? The same tables for simulated and for recorded patients.

    python -m experiments.validate --task depth --data synthetic
    python -m experiments.validate --task depth --data DIR --weights results/depth/real --json figures.json
    python -m experiments.validate --task depth --data DIR --part test

The folder of results holds scores.csv and what else the task judges, report.md, page.png and tested.json (who was
judged); --json writes every figure into one file. Trainings that are asked for come first, side by side; without them,
weights are only evaluated, on cases none of which they have seen.
"""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from rich.console import Console
from rich.progress import track

from experiments.judging import contenders, splits
from experiments.running import trainings
from experiments.running.command_line import run, show_report
from experiments.running.results import write_csv, write_figure, write_json, write_run, write_text
from experiments.running.runners import PROCESSES
from experiments.running.trainings import Regime, Request, Work
from experiments.sites.purposes import seed_for
from experiments.tasks import TASKS
from experiments.tasks.contract import Answers, Contender, Findings, Task
from predictors.learning.cases import Cases
from predictors.learning.weights import Weights

SYNTHETIC = "synthetic"
WEIGHTS = "weights"  # folder of what is trained here


@dataclass(frozen=True)
class Validation:
    """Evaluate the predictors of a task, after training them where asked.

    Attributes:
        task: what is predicted, by name (python -m experiments.list --kind task).
        data: "synthetic", or a folder of recorded cases.
        part: of the recorded subjects: train, validation or test; everybody unseen by the weights by default.
        site: of synthetic cases; the task's own choice by default (python -m experiments.list --kind site).
        patients: synthetic test cases.
        weights: shipped names, files, or folders of weights; all that is shipped if none is named.
        train: trainings to do first, side by side: synthetic, real, synthetic_then_real.
        training_data: folder of recorded cases to train on; the one of `data` by default.
        training_patients: synthetic training cases.
        training_site: of synthetic training cases; "mix" is the mix of sites that shipped weights were trained on.
        epochs: of the trainings.
        control: judge on the negative control instead, where nothing can be known: who does better has seen an answer.
        seed: of cohorts, splits, networks and resampling.
        device: of the trainings, cpu or cuda.
        runner: who trains: here, processes, or ray (a cluster).
        workers: trainings at a time.
        json: file for every figure.
        out: folder of the results; results/validate_TASK by default.
    """

    task: str = "depth"
    data: str = SYNTHETIC
    part: Literal["train", "validation", "test"] | None = None
    site: str | None = None
    patients: int = 200
    weights: tuple[str, ...] = ()
    train: tuple[Regime, ...] = ()
    training_data: Path | None = None
    training_patients: int = 800
    training_site: str = trainings.MIX
    epochs: int = 30
    control: bool = False
    seed: int = 0
    device: str = "cpu"
    runner: str = PROCESSES
    workers: int = 2
    json: Path | None = None
    out: Path | None = None

    @property
    def folder(self) -> Path:
        """Where the results go."""
        return self.out or Path("results") / f"validate_{self.task}"


def main(config: Validation) -> None:
    """Check everything, train, evaluate, save, draw.

    Raises:
        ValueError: a bad option, weights or a folder that cannot be used; nothing has been written then.
        OSError: a missing file.
    """
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    console, task = Console(), TASKS.get(config.task)
    check(config, task)
    work = prepared(config)
    weights = contenders.read(task, config.weights) if config.weights or not config.train else []
    contenders.trained(task, weights)
    cases, heading = material(config, task)
    if work:
        weights += train(config, task, work, console)
    every = [*task.baselines(), *contenders.trained(task, weights)]
    cases, notes = unseen(cases, weights)
    write_run(config.folder, config)
    findings = evaluate(task, cases, every, config)
    save(config, task, cases, [*heading, *notes], findings)
    show_report(config.folder, console)


def check(config: Validation, task: Task) -> None:
    """Raise ValueError on the first bad option."""
    if config.patients < 2:
        raise ValueError(f"patients: {config.patients} is not allowed; 2 or more")
    if config.site is not None and config.site not in task.sites:
        raise ValueError(f"site: {config.site!r} is not allowed; {', '.join(task.sites)}")
    if config.data != SYNTHETIC and task.recorded is None:
        raise ValueError(
            f"data: {config.data!r} is not allowed; {task.name} has no recorded cases, only synthetic"
        )
    if config.control and task.control is None:
        raise ValueError(f"control: {task.name} has no negative control")
    if config.part is not None and config.data == SYNTHETIC:
        raise ValueError(f"part: {config.part!r} is not allowed of synthetic cases; recorded ones have parts")
    seed_for("test", config.seed)


def material(config: Validation, task: Task) -> tuple[Cases, list[str]]:
    """Return the cases to be judged on, and the lines that say what they are."""
    if config.data != SYNTHETIC:
        assert task.recorded is not None
        cases, lines = task.recorded(Path(config.data))
        heading = [f"# {task.title} on recorded cases", "", *lines, "", task.fitted]
        if config.part is not None:
            cases = cases.select(splits.split(cases, splits.SEED, task.split)[config.part])
            heading += ["", f"Subjects of the part `{config.part}` of split {splits.SEED} only."]
    else:
        seed, site = seed_for("test", config.seed), config.site or task.test_site
        cases = task.sites.get(site).cases(config.patients, seed)
        heading = [f"# {task.title} on simulated cases", "", f"{task.caveat}; site {site}, seed {seed}."]
    if config.control:
        heading += ["", "NEGATIVE CONTROL: what is to be predicted has been made to say nothing."]
    return cases, heading


def prepared(config: Validation) -> Work | None:
    """Return the trainings asked for, checked and with their recordings; None without any."""
    if not config.train:
        return None
    data = config.training_data or (None if config.data == SYNTHETIC else Path(config.data))
    request = Request(
        config.task,
        config.train,
        data=data,
        patients=config.training_patients,
        site=config.training_site,
        epochs=config.epochs,
        seed=config.seed,
        device=config.device,
        runner=config.runner,
        workers=config.workers,
    )
    return trainings.prepare(request)


def train(config: Validation, task: Task, work: Work, console: Console) -> list[Weights]:
    """Train what was asked for; return the weights."""
    folder = config.folder / WEIGHTS
    trainings.train(work, folder, console)
    return [one for regime in config.train for one in contenders.read(task, (str(folder / regime),))]


def unseen(cases: Cases, weights: list[Weights]) -> tuple[Cases, list[str]]:
    """Return the cases of subjects that no weights have seen. Raises ValueError if nobody is left."""
    known = contenders.seen(weights)
    fresh = ~(
        np.isin(cases.subject, list(known)) | np.isin(cases.who, list(contenders.seen(weights, "cases_seen")))
    )
    if not fresh.any():
        raise ValueError("data: every subject was seen in training; other cases are needed")
    cases = cases.select(np.flatnonzero(fresh))
    left_out = f"{int((~fresh).sum())} cases of subjects seen in training or validation are left out."
    tested = f"{cases.count} cases of {len(np.unique(cases.subject))} subjects are judged."
    return cases, ["", *([left_out] if known else []), tested]


def evaluate(task: Task, cases: Cases, every: list[Contender], config: Validation) -> Findings:
    """Let every predictor answer, and judge them."""
    said: dict[str, dict[str, dict[str, np.ndarray]]] = {question: {} for question in task.mixes}
    quiet = not sys.stderr.isatty()
    for one in track(every, "watching", console=Console(stderr=True), transient=True, disable=quiet):
        said[one.question][one.label] = contenders.answers(task, one, cases)
    known: Answers = task.oracle(cases) if config.data == SYNTHETIC else {}
    answers = {question: {**own, **known.get(question, {})} for question, own in said.items()}
    if config.control:
        assert task.control is not None
        cases = task.control(cases, config.seed)
    return task.findings(cases, answers, config.seed)


def save(config: Validation, task: Task, cases: Cases, heading: list[str], findings: Findings) -> None:
    """Write the tables, the report and the page of figures."""
    for name, table in findings.tables.items():
        write_csv(config.folder / f"{name}.csv", table)
    tested = {
        "subjects": sorted({str(one) for one in cases.subject}),
        "cases": [str(one) for one in cases.who],
    }
    write_json(config.folder / "tested.json", tested)
    write_text(config.folder / "report.md", task.report(heading, findings))
    write_figure(config.folder / "page.png", task.draw(config.folder))
    if config.json:
        figures = findings.plain(task.in_json_left_out)
        write_json(config.json, {"heading": heading, "config": config, **figures})


if __name__ == "__main__":
    run(main, Validation)
