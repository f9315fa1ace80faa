"""Train the depth predictors: on synthetic patients, on recorded ones, or on synthetic first and recorded after.

Every predictor leaves NAME.safetensors, NAME.json and NAME.md (a card) in a folder of its training; splits.json says
who trained, validated and must only be tested on. Predictors already there are kept, so an interrupted run continues.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, fields
from pathlib import Path

from rich.console import Console

from experiments.depth.learning import LEARNERS
from experiments.running import trainings as jobs
from experiments.running.command_line import run
from experiments.running.results import write_run
from experiments.running.trainings import Regime, Request


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
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    options = {entry.name: getattr(config, entry.name) for entry in fields(Request)}
    work = jobs.prepare(Request(**options))
    jobs.refuse_another(work, config.out)
    write_run(config.out, config)
    jobs.train(work, config.out, Console())


if __name__ == "__main__":
    run(main, Training)
