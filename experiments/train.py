"""Train the predictors of a task: on synthetic patients, on recorded ones, or on synthetic first and recorded after.

    python -m experiments.train --task depth --on synthetic

Every predictor leaves NAME.safetensors, NAME.json and NAME.md (a card) in a folder of its training; splits.json says
who trained, validated and must only be tested on. Predictors already there are kept, so an interrupted run continues.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, fields
from pathlib import Path

from rich.console import Console

from experiments.running import trainings
from experiments.running.command_line import run
from experiments.running.runners import PROCESSES
from experiments.running.trainings import Regime, Request


@dataclass(frozen=True)
class Training:
    """Train predictors and save weights with their cards.

    Attributes:
        task: what is learned, by name (python -m experiments.list --kind task).
        on: trainings, one after the other: synthetic, real, synthetic_then_real.
        data: folder of recorded cases; for real trainings.
        predictors: which; all of the task by default.
        patients: synthetic training cases.
        site: of synthetic cases; "mix" is the task's mix of sites for each of its questions.
        epochs: passes over the training cases.
        limit: at most so many recorded training cases; 0 is all.
        seed: of cohort, split and networks.
        device: cpu or cuda.
        runner: who works: here, processes, or ray (a cluster).
        workers: trainings at a time, each with one torch thread.
        out: folder of the results; results/TASK by default.
    """

    task: str = "depth"
    on: tuple[Regime, ...] = ("synthetic",)
    data: Path | None = None
    predictors: tuple[str, ...] = ()
    patients: int = 800
    site: str = trainings.MIX
    epochs: int = 30
    limit: int = 0
    seed: int = 0
    device: str = "cpu"
    runner: str = PROCESSES
    workers: int = 2
    out: Path | None = None


def main(config: Training) -> None:
    """Check, train what is missing, and say where the weights are.

    Raises:
        ValueError: a bad option, or recordings that cannot be used; nothing has been written then.
    """
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    work = trainings.prepare(
        Request(**{entry.name: getattr(config, entry.name) for entry in fields(Request)})
    )
    trainings.train(work, config.out or Path("results") / config.task, Console())


if __name__ == "__main__":
    run(main, Training)
