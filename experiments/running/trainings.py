"""Trainings as parts of a run: which predictor learns from which cases; each is saved as it ends."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from experiments.judging import splits
from experiments.running import folders, freshness, saving
from experiments.running.runners import PROCESSES, Report, runner
from experiments.sites.purposes import drawn, seed_for
from experiments.tasks import TASKS
from experiments.tasks.contract import Task, learners
from predictors.learning.cases import Cases
from predictors.learning.contract import Course, Predictor, Recipe
from predictors.learning.weights import load

Regime = Literal["synthetic", "real", "synthetic_then_real"]
SYNTHETIC: Regime = "synthetic"
REAL: Regime = "real"
BOTH: Regime = "synthetic_then_real"
REGIMES: tuple[Regime, ...] = (SYNTHETIC, REAL, BOTH)
MIX = "mix"
VALIDATION_PATIENTS = 10_000  # synthetic, at most
DECIDING = (
    "task",
    "patients",
    "site",
    "epochs",
    "limit",
    "seed",
    "device",
)  # options that decide what weights become
SPLITS = "splits.json"


@dataclass(frozen=True)
class Request:
    """What is to be trained; see `experiments.train` for the meaning of each.

    Attributes:
        task: by name.
        on, predictors: trainings, and which predictors; all of the task if none is named.
        data: folder of recorded cases, or None for the default one.
        patients, site: synthetic training cases, and where they come from; `MIX` is several sites.
        epochs, limit, seed, device, runner, workers: see there.
    """

    task: str
    on: tuple[Regime, ...]
    predictors: tuple[str, ...] = ()
    data: Path | None = None
    patients: int = 800
    site: str = MIX
    epochs: int = 30
    limit: int = 0
    seed: int = 0
    device: str = "cpu"
    runner: str = PROCESSES
    workers: int = 2

    def check(self) -> None:
        """Raise ValueError on the first bad option."""
        task = TASKS.get(self.task)
        for name in ("patients", "epochs"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: {getattr(self, name)} is not allowed; 1 or more")
        runner(self.runner, self.workers)
        if self.limit < 0:
            raise ValueError(f"limit: {self.limit} is not allowed; 0 (all) or more")
        seed_for("training", self.seed)
        if self.site != MIX and self.site not in task.sites:
            raise ValueError(f"site: {self.site!r} is not allowed; {MIX}, {', '.join(task.sites)}")
        for name in self.predictors:
            if name not in learners(task):
                raise ValueError(f"predictors: {name!r} is not allowed; {', '.join(learners(task))}")
        if not self.on:
            raise ValueError(f"on: no training is named; {', '.join(REGIMES)}")
        if set(self.on) - {SYNTHETIC} and task.recorded is None:
            raise ValueError(
                f"on: {self.on} is not allowed; {task.name} has no recorded cases, only synthetic"
            )
        if self.device not in ("cpu", "cuda") or (self.device == "cuda" and not torch.cuda.is_available()):
            raise ValueError(f"device: {self.device!r} is not available; cpu is")


@dataclass(frozen=True)
class Work:
    """A request with its recordings.

    Attributes:
        request: what is to be trained.
        everyone: the recorded cases; None where none are needed.
        parts: indices of the recorded cases by part.
    """

    request: Request
    everyone: Cases | None
    parts: dict[str, np.ndarray]

    @property
    def task(self) -> Task:
        """What is learned."""
        return TASKS.get(self.request.task)

    @property
    def recipe(self) -> Recipe:
        """How to descend."""
        return Recipe(self.request.epochs, seed=self.request.seed, device=self.request.device)

    def deciding(self) -> dict[str, Any]:
        """Return the options that decide what weights become."""
        return {name: getattr(self.request, name) for name in DECIDING}

    def predictors(self) -> dict[str, Predictor]:
        """Return who learns; those declared last first, as they train longest."""
        known = learners(self.task)
        return {name: known[name] for name in reversed(known) if name in (self.request.predictors or known)}


@dataclass(frozen=True)
class Job:
    """One predictor in one training."""

    regime: Regime
    predictor: str

    def path(self, out: Path) -> Path:
        """Return where the weights go."""
        return out / self.regime / f"{self.predictor}.safetensors"


def prepare(request: Request) -> Work:
    """Check a request, read what recordings it needs and split them. Raises ValueError if it cannot be met."""
    request.check()
    if all(regime == SYNTHETIC for regime in request.on):
        return Work(request, None, {})
    task = TASKS.get(request.task)
    assert task.recorded is not None
    everyone, _ = task.recorded(request.data)
    parts = splits.split(everyone, splits.SEED, task.split)
    if request.limit:
        order = np.random.default_rng(request.seed).permutation(parts["train"])
        parts["train"] = order[: request.limit]
    return Work(request, everyone, parts)


@contextmanager
def begin(work: Work, out: Path) -> Iterator[None]:
    """Make the folder ready and hold it.

    Raises:
        ValueError: it holds trainings that are not to be joined with these, or somebody else works there.
    """
    if work.everyone is not None and (out / SPLITS).exists():
        splits.refuse_another(out / SPLITS, work.everyone, work.parts)
    with folders.begin(out, work.deciding(), freshness.files("experiments.train")):
        if work.everyone is not None:
            splits.write(out / SPLITS, work.everyone, work.parts, splits.SEED)
        yield


def train(work: Work, out: Path, console: Console) -> None:
    """Train what is missing; what goes on from synthetic weights comes after them.

    Raises:
        ValueError: the folder holds trainings with other options, or made by other code.
    """
    worker = runner(work.request.runner, work.request.workers)
    with begin(work, out):
        regimes = set(work.request.on) | ({SYNTHETIC} if BOTH in work.request.on else set())
        every = [Job(regime, name) for regime in REGIMES if regime in regimes for name in work.predictors()]
        missing = [job for job in every if not job.path(out).exists()]
        made = simulated(work, missing)
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as bars:
            shown = {job: bars.add_task(f"{job.regime} {job.predictor}", total=1.0) for job in missing}
            for stage in ((SYNTHETIC, REAL), (BOTH,)):
                jobs = [job for job in missing if job.regime in stage]

                def show(number: int, share: float, jobs: list[Job] = jobs) -> None:
                    bars.update(shown[jobs[number]], completed=share)

                worker.map(partial(learn, work, out, made), jobs, show)
        for regime in work.request.on:
            console.print(f"weights: {out / regime}", soft_wrap=True)


def mix(work: Work, predictor: Predictor) -> Mapping[str, float]:
    """Return the shares of the sites that synthetic training cases of a predictor come from."""
    return work.task.mixes[predictor.question] if work.request.site == MIX else {work.request.site: 1.0}


Simulated = Mapping[tuple[tuple[str, float], ...], tuple[Cases, Cases]]


def simulated(work: Work, jobs: list[Job]) -> Simulated:
    """Return training and validation cases of every mix of sites that synthetic trainings ask for, simulated once."""
    made: dict[tuple[tuple[str, float], ...], tuple[Cases, Cases]] = {}
    for job in jobs:
        shares = mix(work, work.predictors()[job.predictor])
        if job.regime == SYNTHETIC and (key := tuple(shares.items())) not in made:
            sites, seed = work.task.sites, work.request.seed
            train = drawn(sites, shares, work.request.patients, "training", seed)
            count = min(VALIDATION_PATIENTS, work.task.validation)
            made[key] = train, drawn(sites, shares, count, "validation", seed)
    return made


def material(work: Work, made: Simulated, job: Job) -> tuple[Cases, Cases]:
    """Return training and validation cases of a training."""
    if job.regime == SYNTHETIC:
        return made[tuple(mix(work, work.predictors()[job.predictor]).items())]
    assert work.everyone is not None
    return work.everyone.select(work.parts["train"]), work.everyone.select(work.parts["validation"])


def learn(work: Work, out: Path, made: Simulated, job: Job, report: Report) -> None:
    """Train one predictor and save it."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", UserWarning)
    train, validation = material(work, made, job)
    earlier = load(Job(SYNTHETIC, job.predictor).path(out)).tensors if job.regime == BOTH else None
    began = time.monotonic()
    predictor = work.predictors()[job.predictor]
    learned = predictor.learn(Course(train, validation, work.recipe, earlier, report))
    minutes = (time.monotonic() - began) / 60.0
    training = saving.Training(
        job.predictor, job.regime, work.request, mix(work, predictor), train, validation, minutes
    )
    saving.save(training, learned, job.path(out))
