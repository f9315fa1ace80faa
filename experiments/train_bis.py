"""Train the depth predictors: on synthetic patients, on recorded ones, or on synthetic first and recorded after.

Every predictor leaves NAME.safetensors, NAME.json and NAME.md (a card) in a folder of its training; splits.json says
who trained, validated and must only be tested on. Predictors already there are kept, so an interrupted run continues.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console

from experiments.command_line import run
from experiments.depth import jobs, synthetic
from experiments.depth.jobs import Regime
from experiments.depth.learning import LEARNERS
from experiments.results import write_run


@dataclass(frozen=True)
class Training:
    """Train depth predictors and save weights with their cards.

    Attributes:
        on: trainings, one after the other: synthetic, real, synthetic_then_real.
        data: folder of recorded cases in VitalDB's format; for real trainings.
        predictors: which; all by default.
        patients: synthetic training cases.
        site: of synthetic cases; "mix" is a mix of sites, chosen for predictors from doses and from readings apart.
        epochs: passes over the training cases.
        limit: at most so many recorded training cases; 0 is all.
        seed: of cohort, split and networks.
        device: cpu or cuda.
        workers: processes, each with one torch thread.
        out: folder of the results.
    """

    on: tuple[Regime, ...] = ("synthetic",)
    data: Path | None = None
    predictors: tuple[str, ...] = tuple(LEARNERS)
    patients: int = 800
    site: str = jobs.MIX
    epochs: int = 30
    limit: int = 0
    seed: int = 0
    device: str = "cpu"
    workers: int = 2
    out: Path = Path("results/bis")


def main(config: Training) -> None:
    """Check, train what is missing, and say where the weights are.

    Raises:
        ValueError: a bad option, or recordings that cannot be used; nothing has been written then.
    """
    check(config)
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    work = jobs.prepare(
        config.on,
        config.data,
        config.predictors,
        config.patients,
        config.site,
        config.epochs,
        config.limit,
        config.seed,
        config.device,
    )
    write_run(config.out, config)
    jobs.train(work, config.out, config.workers, Console())


def check(config: Training) -> None:
    """Raise ValueError on the first bad option."""
    for name in ("patients", "epochs", "workers"):
        if getattr(config, name) < 1:
            raise ValueError(f"{name}: {getattr(config, name)} is not allowed; 1 or more")
    if config.site not in (jobs.MIX, *synthetic.SITES):
        raise ValueError(f"site: {config.site!r} is not allowed; {jobs.MIX}, {', '.join(synthetic.SITES)}")
    if config.limit < 0 or config.seed < 0:
        raise ValueError("limit, seed: negative numbers are not allowed; 0 or more")
    for name in config.predictors:
        if name not in LEARNERS:
            raise ValueError(f"predictors: {name!r} is not allowed; {', '.join(LEARNERS)}")
    if not config.on:
        raise ValueError("on: no training is named; synthetic, real or synthetic_then_real")
    if config.device not in ("cpu", "cuda") or (config.device == "cuda" and not torch.cuda.is_available()):
        raise ValueError(f"device: {config.device!r} is not available; cpu is")


if __name__ == "__main__":
    run(main, Training)
