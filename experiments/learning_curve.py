"""How many recorded cases does it take, and do simulated patients help?

    python -m experiments.learning_curve --task depth --data DIR

Error on recorded test cases against the number of recorded training cases, learned from nothing and learned on from
synthetic weights. Smaller training sets are parts of larger ones; validation and test subjects are the same throughout.
Results: curve.csv, differences.csv (paired), curve.png, splits.json. Points already there are kept, so an interrupted
run continues.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from rich.console import Console
from rich.progress import Progress

from experiments.judging import contenders, splits
from experiments.judging.curves import Point, differences, draw, sums_of
from experiments.running import folders, freshness
from experiments.running.command_line import run
from experiments.running.results import write_csv, write_figure
from experiments.running.runners import PROCESSES, Report, runner
from experiments.tasks import TASKS
from experiments.tasks.contract import Contender, Task, learners
from predictors.learning.cases import Cases
from predictors.learning.contract import Course, Recipe
from predictors.learning.weights import Weights, load

UPDATES = 450  # least steps of the descent: few cases are passed through more often
NO_DECISION = ("runner", "workers", "out", "cases", "predictors")  # options that change no point


@dataclass(frozen=True)
class Curve:
    """Train on parts of the recorded cases and score on recorded test cases.

    Attributes:
        task: what is predicted, by name.
        data: folder of recorded cases.
        predictors: which; those that the task draws by default. They go on from shipped or given synthetic weights.
        cases: recorded training cases; 0 is all.
        weights: folder of synthetic weights to begin with; the shipped ones by default.
        epochs: over all cases; parts take as many steps of the descent as make it fair.
        seed: of the cases drawn to train on, and of networks; who tests is always the same.
        runner: who works: here, processes, or ray (a cluster).
        workers: parts at a time, each with one torch thread.
        out: folder of the results; results/learning_curve_TASK by default.
    """

    task: str = "depth"
    data: Path | None = None
    predictors: tuple[str, ...] = ()
    cases: tuple[int, ...] = (10, 30, 100, 300, 0)
    weights: Path | None = None
    epochs: int = 30
    seed: int = 0
    runner: str = PROCESSES
    workers: int = 2
    out: Path | None = None

    @property
    def folder(self) -> Path:
        """Where the results go."""
        return self.out or Path("results") / f"learning_curve_{self.task}"


def main(config: Curve) -> None:
    """Train every point that is missing, join and draw.

    Raises:
        ValueError: a bad option, or recordings or weights that cannot be used; nothing has been written then.
    """
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    task, out = TASKS.get(config.task), config.folder
    names, worker = checked(config, task), runner(config.runner, config.workers)
    assert task.recorded is not None
    everyone, _ = task.recorded(config.data)
    parts = splits.split(everyone, splits.SEED, task.split)
    begin = {name: start(config, task, name) for name in names}
    with folders.begin(out, config, freshness.files(__spec__.name), free=NO_DECISION):
        splits.write(out / "splits.json", everyone, parts, splits.SEED)
        sizes = sorted({min(count or len(parts["train"]), len(parts["train"])) for count in config.cases})
        every = [Point(name, size, way) for size in sizes[::-1] for name in names for way in Point.STARTS]
        missing = [point for point in every if not point.path(out).exists()]
        sets = {part: everyone.select(rows) for part, rows in parts.items()}
        with Progress(console=Console(stderr=True), transient=True) as bar:
            line = bar.add_task("training", total=len(missing))
            done = [0.0] * len(missing)

            def show(number: int, share: float) -> None:
                done[number] = share
                bar.update(line, completed=sum(done))

            worker.map(partial(score, config, sets, begin), missing, show)
        curve = pd.concat([pd.read_csv(point.path(out)) for point in every[::-1]], ignore_index=True)
        write_csv(out / "curve.csv", curve)
        write_figure(out / "curve.png", draw(out, task))
        sums = pd.concat([pd.read_csv(point.path(out, "sums")) for point in every], ignore_index=True)
        changes = differences(sums, config.seed)
        write_csv(out / "differences.csv", changes)
        tell(curve, changes, task)
        print(f"results: {out}")


def checked(config: Curve, task: Task) -> tuple[str, ...]:
    """Return the predictors. Raises ValueError on the first bad option."""
    if task.recorded is None or not task.curve:
        raise ValueError(f"task: {task.name!r} is not allowed; it has no recorded cases to draw a curve over")
    for name in config.predictors:
        if name not in task.curve:
            raise ValueError(f"predictors: {name!r} is not allowed; {', '.join(task.curve)}")
    if not config.cases or min(config.cases) < 0:
        raise ValueError(f"cases: {config.cases} are not allowed; numbers of 0 (all) or more")
    return config.predictors or tuple(task.curve)


def start(config: Curve, task: Task, name: str) -> Weights:
    """Return synthetic weights. Raises ValueError if recorded subjects are in them."""
    given = None if config.weights is None else config.weights / f"{name}.safetensors"
    found = learners(task)[name].weights(given)  # type: ignore[attr-defined]
    if contenders.seen([found]):
        raise ValueError(f"weights: {found.path} have seen recorded subjects; synthetic ones are needed")
    return load(found.path, name)


def score(
    config: Curve, sets: dict[str, Cases], begin: dict[str, Weights], point: Point, report: Report
) -> None:
    """Train one point and write its scores on the test cases."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", UserWarning)
    task, out = TASKS.get(config.task), config.folder
    predictor = learners(task)[point.predictor]
    epochs = max(config.epochs, round(UPDATES / max(1.0, point.cases / 24.0)))
    train = part(sets["train"], point.cases, config.seed)
    tensors = begin[point.predictor].tensors if point.start == "synthetic" else None
    recipe = Recipe(epochs, seed=config.seed)
    learned = predictor.learn(Course(train, sets["validation"], recipe, tensors, report))
    made = {"architecture": point.predictor, **learned.settings}
    model = predictor.of(Weights(Path(point.predictor), made, learned.tensors))
    one = Contender(point.predictor, "", predictor.question, model)
    said: dict[str, Any] = {question: {} for question in task.mixes}
    said[one.question] = {one.label: contenders.answers(task, one, sets["test"])}
    sums = sums_of(task.questions(sets["test"], said), sets["test"].subject)
    write_csv(point.path(out, "sums"), sums.assign(cases=point.cases, start=point.start))
    found = task.scores(sets["test"], said, config.seed)
    write_csv(point.path(out), found.assign(cases=point.cases, start=point.start))


def part(train: Cases, size: int, seed: int) -> Cases:
    """Return the first `size` cases of an order drawn once."""
    order = np.random.default_rng(seed).permutation(train.count)
    return train.select(np.sort(order[:size]))


def tell(curve: pd.DataFrame, changes: pd.DataFrame, task: Task) -> None:
    """Print both tables, all samples."""
    pooled = set(changes["metric"])
    shown = curve[(curve[task.subset_word] == "all") & curve["metric"].isin(pooled)]
    keys = list(changes.columns[: list(changes.columns).index("metric")])
    columns = [*keys, "metric", "start", "estimate", "low", "high"]
    print(shown[columns].sort_values(columns[:-3]).round(3).to_string(index=False))
    print("\nfrom synthetic less from nothing, same test subjects:")
    print(changes.round(3).to_string(index=False))


if __name__ == "__main__":
    run(main, Curve)
