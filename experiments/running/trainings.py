"""Trainings as jobs: which predictor learns from which cases, side by side in processes, each saved as it ends."""

from __future__ import annotations

import datetime
import json
import multiprocessing
import time
import warnings
from collections.abc import Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from safetensors.numpy import save_file

from experiments.depth.learning import LEARNERS, Learned
from experiments.depth.training import Recipe
from experiments.judging import splits
from experiments.recorded.recordings import data_folder
from experiments.running.results import atomic, git_commit, package_versions, write_json, write_text
from experiments.sites import simulated as synthetic
from experiments.sites.recorded import read_cases
from predictors.learning.cases import DepthCases
from predictors.learning.weights import load

Regime = Literal["synthetic", "real", "synthetic_then_real"]
SYNTHETIC: Regime = "synthetic"
REAL: Regime = "real"
BOTH: Regime = "synthetic_then_real"
REGIMES = (SYNTHETIC, REAL, BOTH)
MIX = "mix"
FINE_TUNING = 0.4  # of the step size, when training goes on from synthetic weights
VALIDATION_PATIENTS = 150  # synthetic
REFRESH = 0.5  # s
OPTIONS = "training.json"  # in a folder of trainings: what decided them


@dataclass(frozen=True)
class Request:
    """What is to be trained; see `experiments.train_bis` for the meaning of each.

    Attributes:
        on, predictors: trainings, and which predictors.
        data: folder of recorded cases, or None for the default one.
        patients, site: synthetic training cases, and where they come from; `MIX` is several sites.
        epochs, limit, seed, device, workers: see there.
    """

    on: tuple[Regime, ...]
    predictors: tuple[str, ...]
    data: Path | None = None
    patients: int = 800
    site: str = MIX
    epochs: int = 30
    limit: int = 0
    seed: int = 0
    device: str = "cpu"
    workers: int = 2

    def check(self) -> None:
        """Raise ValueError on the first bad option."""
        for name in ("patients", "epochs", "workers"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: {getattr(self, name)} is not allowed; 1 or more")
        if self.limit < 0:
            raise ValueError(f"limit: {self.limit} is not allowed; 0 (all) or more")
        synthetic.check_seed(self.seed)
        if self.site not in (MIX, *synthetic.SITES):
            raise ValueError(f"site: {self.site!r} is not allowed; {MIX}, {', '.join(synthetic.SITES)}")
        for name in self.predictors:
            if name not in LEARNERS:
                raise ValueError(f"predictors: {name!r} is not allowed; {', '.join(LEARNERS)}")
        if not self.on:
            raise ValueError(f"on: no training is named; {', '.join(REGIMES)}")
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
    everyone: DepthCases | None
    parts: dict[str, np.ndarray]

    @property
    def recipe(self) -> Recipe:
        """How to descend."""
        return Recipe(self.request.epochs, seed=self.request.seed, device=self.request.device)

    def deciding(self) -> dict[str, Any]:
        """Return the options that decide what weights become."""
        names = ("patients", "site", "epochs", "limit", "seed", "device")
        recorded = 0 if self.everyone is None else self.everyone.count
        return {name: getattr(self.request, name) for name in names} | {"recorded_cases": recorded}


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
    everyone, _ = read_cases(vitaldb_folder(request.data))
    parts = splits.split(everyone, request.seed)
    if request.limit:
        order = np.random.default_rng(request.seed).permutation(parts["train"])
        parts["train"] = order[: request.limit]
    return Work(request, everyone, parts)


def refuse_another(work: Work, out: Path) -> None:
    """Raise ValueError if a folder holds trainings with other options: what is there would be kept."""
    path = out / OPTIONS
    if not path.exists():
        return
    held = json.loads(path.read_text(encoding="utf-8"))
    for name, value in work.deciding().items():
        if held.get(name, value) != value and not (name == "recorded_cases" and 0 in (value, held[name])):
            raise ValueError(
                f"out: {out} holds trainings with {name} {held[name]!r}, not {value!r}; "
                "name another folder or remove this one"
            )


def vitaldb_folder(data: Path | None) -> Path:
    """Return the folder of recorded cases: the one given, or `vitaldb` in the folder of all recordings."""
    return data if data is not None else data_folder() / "vitaldb"


def train(work: Work, out: Path, console: Console) -> None:
    """Train what is missing; a training that goes on from synthetic weights waits for them.

    Raises:
        ValueError: the folder holds trainings with other options.
    """
    refuse_another(work, out)
    workers = work.request.workers
    write_json(out / OPTIONS, work.deciding())
    if work.everyone is not None:
        splits.write(out / "splits.json", work.everyone, work.parts, work.recipe.seed)
    regimes = set(work.request.on) | ({SYNTHETIC} if BOTH in work.request.on else set())
    every = [
        Job(regime, name)
        for regime in (SYNTHETIC, REAL, BOTH)
        if regime in regimes
        for name in longest_first(work)
    ]
    waiting = [job for job in every if not job.path(out).exists()]  # type: ignore[arg-type]
    context = multiprocessing.get_context("spawn")
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with context.Manager() as manager, Progress(*columns, console=console) as bars:
        shares = manager.dict()
        pool = ProcessPoolExecutor(min(workers, max(len(waiting), 1)), context)
        running: dict[Any, Job] = {}
        shown = {job: bars.add_task(f"{job.regime} {job.predictor}", total=1.0) for job in waiting}
        try:
            while waiting or running:
                for job in [job for job in waiting if ready(job, out)][: workers - len(running)]:
                    waiting.remove(job)
                    running[pool.submit(_work, work, job, out, shares)] = job
                ended, _ = wait(running, REFRESH, FIRST_COMPLETED)
                for job in running.values():
                    bars.update(shown[job], completed=shares.get((job.regime, job.predictor), 0.0))
                for future in ended:
                    bars.update(shown[running.pop(future)], completed=1.0)
                    future.result()
        finally:
            pool.shutdown(cancel_futures=True)
    for regime in work.request.on:
        console.print(f"weights: {out / regime}", soft_wrap=True)


def longest_first(work: Work) -> list[str]:
    """Return the predictors, those that train longest first."""
    order = ("forecaster", "dose_history", "lee2018", "adaptive", "surface_refitted")
    return [name for name in order if name in work.request.predictors]


def ready(job: Job, out: Path) -> bool:
    """Say whether what a job goes on from is there."""
    return job.regime != BOTH or Job("synthetic", job.predictor).path(out).exists()


def sites(work: Work, predictor: str) -> Mapping[str, float]:
    """Return the shares of the sites that synthetic training cases of a predictor come from."""
    if work.request.site != MIX:
        return {work.request.site: 1.0}
    return synthetic.READINGS_MIX if predictor in ("adaptive", "forecaster") else synthetic.DOSES_MIX


def material(work: Work, job: Job) -> tuple[DepthCases, DepthCases]:
    """Return training and validation cases of a training."""
    if job.regime == SYNTHETIC:
        seed, mix = work.recipe.seed, sites(work, job.predictor)
        train = synthetic.mixed(mix, work.request.patients, seed + synthetic.TRAINING_SEED)
        return train, synthetic.mixed(mix, VALIDATION_PATIENTS, seed + synthetic.VALIDATION_SEED)
    assert work.everyone is not None
    return work.everyone.select(work.parts["train"]), work.everyone.select(work.parts["validation"])


def learn(
    job: Job,
    train: DepthCases,
    validation: DepthCases,
    recipe: Recipe,
    begin: Mapping[str, np.ndarray] | None = None,
    progress: Any = None,
) -> Learned:
    """Train one predictor; from earlier weights the descent is gentler."""
    if begin is not None:
        recipe = replace(recipe, step=FINE_TUNING * recipe.step)
    return LEARNERS[job.predictor](train, validation, recipe, begin, progress)


def _work(work: Work, job: Job, out: Path, shares: Any) -> None:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", UserWarning)
    train, validation = material(work, job)
    begin = None
    if job.regime == BOTH:
        begin = load(Job("synthetic", job.predictor).path(out)).tensors
    began = time.monotonic()

    def show(share: float) -> None:
        shares[job.regime, job.predictor] = share

    learned = learn(job, train, validation, work.recipe, begin, show)
    save(job, learned, work, (train, validation), (time.monotonic() - began) / 60.0, out)


def save(
    job: Job, learned: Learned, work: Work, used: Iterable[DepthCases], minutes: float, out: Path
) -> None:
    """Write configuration, card and, last, the weights: with them the job is done."""
    train, validation = used
    config = {
        "architecture": job.predictor,
        **learned.settings,
        "training": {
            "regime": job.regime,
            "seed": work.recipe.seed,
            "cases": train.count,
            "validation_cases": validation.count,
            "minutes": round(minutes, 2),
            "device": work.recipe.device,
            **learned.notes,
        },
        "commit": git_commit(),
        "versions": package_versions(),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
    if job.regime != SYNTHETIC:
        seen = np.concatenate([train.subject, validation.subject])
        config["subjects_seen"] = sorted(set(seen.tolist()))
        config["cases_seen"] = sorted({*train.name.tolist(), *validation.name.tolist()})
    path = job.path(out)
    write_json(path.with_suffix(".json"), config)
    write_text(path.with_suffix(".md"), card(job, config, work))
    with atomic(path) as partial:
        save_file({name: np.asarray(array, order="C") for name, array in learned.tensors.items()}, partial)


def card(job: Job, config: Mapping[str, Any], work: Work) -> str:
    """Return the card that goes with the weights as they leave training; scores are added by `validate_bis`."""
    training = config["training"]
    used = training.get("fitted_cases", training["cases"])
    recorded = "recorded ones (VitalDB, Lee HC, Sci Data 2022;9:279; not to be redistributed)"
    shares = ", ".join(f"{name} ({share:.0%})" for name, share in sites(work, job.predictor).items())
    origin = {
        SYNTHETIC: f"{used} simulated cases of the sites {shares}, which share people; no recorded case",
        REAL: f"{used} {recorded}",
        BOTH: f"simulated cases first, then {used} {recorded}",
    }[job.regime]
    validated = f"{training['validation_cases']} validation cases of other subjects chose the epoch"
    mixed = job.regime != REAL and work.request.site == MIX
    split = "nothing was chosen on validation cases" if "fitted_cases" in training else validated
    return f"""# {job.predictor}

Research only: nothing here may guide the care of a patient.

- Data: {origin}
- Split: {split}; trained on nobody tested{", but the mix of sites was chosen with recorded scores in view" * mixed}
- Command: `python -m experiments.train_bis --on {job.regime} --seed {training["seed"]} --epochs {work.request.epochs} \
--patients {work.request.patients} --site {work.request.site}`
- Trained in {training["minutes"]:g} min on {training["device"]}, commit {config["commit"]}, {config["date"]}
"""
