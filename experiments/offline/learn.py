"""Learn dosing policies from logged cases alone: behaviour cloning, conservative and implicit Q-learning.

Each learner leaves weights of the agent `offline` in a folder of its own, with a card; an interrupted run goes on with
those that are missing:

    python -m experiments.closed_loop --agents offline@results/offline/policies/iql

Weights made of recorded cases fall under the terms of your records and are never shipped.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.progress import Progress
from safetensors.numpy import save_file

from agents.learned.minutely import MOVES
from agents.learned.offline import ORIGIN, RECORDED, SIMULATED, WEIGHTS
from experiments.offline import LEARNERS, datasets, learners
from experiments.offline.learners import Descent, Given
from experiments.offline.log import NAME
from experiments.offline.logs import Log, steps
from experiments.running import folders, freshness
from experiments.running.command_line import run
from experiments.running.results import atomic, write_text
from experiments.tuning import cards

FILE, CARD = WEIGHTS.name, WEIGHTS.with_suffix(".md").name


@dataclass(frozen=True)
class Learning:
    """Learn policies from a data set of logged cases.

    Attributes:
        logs: folder that holds the data set `cases-v0`, written by `experiments.offline.log`.
        learners: by name.
        steps: of descent.
        seed: of weights and batches.
        out: folder; each learner has its own within.
    """

    logs: Path = Path("results/offline/logs")
    learners: tuple[str, ...] = tuple(LEARNERS)
    steps: int = 5000
    seed: int = 0
    out: Path = Path("results/offline/policies")


def main(config: Learning) -> None:
    """Learn and save. Raises ValueError on a bad option, or a folder without logs."""
    torch.set_num_threads(1)
    if config.steps < 1:
        raise ValueError(f"steps: {config.steps} is not allowed; 1 or more")
    makes = {name: LEARNERS.get(name) for name in config.learners}
    log = datasets.read(config.logs / NAME)
    files = freshness.files("experiments.offline.learn", config, [config.logs / NAME])
    with folders.begin(config.out, config, files, results=config.learners), Progress() as bar:
        given, how = Given(steps(log), len(MOVES)), Descent(steps=config.steps, seed=config.seed)
        for name, learn in makes.items():
            task = bar.add_task(name, total=1.0)
            place = config.out / name / FILE
            if not place.exists():
                learned = learn(given, how, lambda share, task=task: bar.update(task, completed=share))
                write_text(config.out / name / CARD, card(config, name, log))
                with atomic(place) as partial:
                    save_file(learners.tensors(learned), partial, {ORIGIN: origin(log)})
            bar.update(task, completed=1.0)
    print(f"policies: {', '.join(str(config.out / name) for name in config.learners)}")


def origin(log: Log) -> str:
    """Return where logged cases are from: who simulates them knows the odds."""
    return SIMULATED if np.isfinite(log.odds[log.there]).all() else RECORDED


def card(config: Learning, name: str, log: Log) -> str:
    """Return the card of a learner's weights, Markdown."""
    held: dict[str, Any] = json.loads((config.logs / NAME / datasets.DATA / "metadata.json").read_text())
    decisions = log.there
    return cards.card(
        f"offline, {name}",
        f"{LEARNERS.describe(name)} It moves the targets of propofol and remifentanil every minute, by one of "
        f"{len(MOVES)} moves.",
        cards.made("experiments.offline.learn"),
        f"python -m experiments.offline.learn --learners {name} --steps {config.steps} --seed {config.seed}",
        held["description"],
        "of the logs it learned from; what the policy is worth is told by `experiments.offline.judge`",
        [
            "| score | value |",
            "|---|---|",
            f"| decisions | {decisions.sum()} |",
            f"| mean reward | {log.reward[decisions].mean():.4f} |",
        ],
    )


if __name__ == "__main__":
    run(main, Learning)
