"""Clone clinicians from your own records: weights of the agent `cloned`, which are not shipped.

A recurrent network learns what was decided every 30 s from what was known: training subjects teach it, validation
subjects choose the epoch, and it is scored on others. Then it anaesthetises simulated patients, beside the anaesthetist
as recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import torch
from rich.progress import Progress
from safetensors.numpy import save_file

from agents.human.as_recorded import as_recorded
from agents.learned.cloned import FILE, cloned
from experiments.clinicians import habits, imitating
from experiments.judging import splits
from experiments.recorded.recordings import vitaldb_folder
from experiments.running.command_line import run
from experiments.running.results import atomic, write_csv, write_json, write_run, write_text
from experiments.sites.recorded import read_cases
from experiments.tuning import cards
from experiments.tuning.anaesthetist import REPORT_SEED, part, side_by_side
from predictors.learning.contract import Recipe
from sim.interfaces import Agent

DECIDING = ("seed", "epochs")  # options


@dataclass
class Cloning:
    """Train the agent `cloned` on recorded cases, score it, and let it anaesthetise simulated patients.

    Attributes:
        data: folder of the real recordings; default: ANESTHESIA_DATA, or shared/data beside the checkout.
        out: folder of weights, scores and a card; the agent looks for weights in results/cloning.
        epochs: of training.
        patients: simulated; 0 for none.
        seed: that decides whose cases teach, and of the training.
        judged: part of the subjects on whom it is scored, test or validation.
    """

    data: Path | None = None
    out: Path = Path("results/cloning")
    epochs: int = 40
    patients: int = 200
    seed: int = 0
    judged: Literal["test", "validation"] = "validation"

    def __post_init__(self) -> None:
        for name, least in {"epochs": 1, "patients": 0, "seed": 0}.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name}: {getattr(self, name)} is not allowed; {least} or more")


def clone(config: Cloning) -> None:
    """Train, score, simulate; write weights, scores, quantiles of practice and a card."""
    torch.set_num_threads(1)
    folder = vitaldb_folder(config.data)
    everyone, _ = read_cases(folder)
    rows = splits.split(everyone, splits.SEED)
    taught, chosen, judged = (
        habits.practice(everyone.select(rows[name])) for name in ("train", "validation", config.judged)
    )
    with Progress() as bar:
        task = bar.add_task("cloning", total=1.0)
        recipe = Recipe(config.epochs, seed=config.seed)
        tensors, fitted = imitating.train(
            taught, chosen, recipe, lambda share: bar.update(task, completed=share)
        )
    out = write_run(config.out, config)
    with atomic(out / FILE) as path:
        save_file({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, str(path))
    scores = imitating.scores(tensors, imitating.lessons(judged), imitating.shares(imitating.lessons(taught)))
    content = {
        "scores": scores,
        "epoch": fitted.best,
        "cases": {"train": taught.cases.count, config.judged: judged.cases.count},
        **{name: getattr(config, name) for name in DECIDING},
        **cards.made("experiments.tuning.cloning"),
    }
    write_json(out / "cloned.json", content)
    write_text(out / "cloned.md", card(content))
    print(pd.Series(scores).round(4).to_string())
    if config.patients:
        beside = part(folder, config.judged, config.seed, config.patients, REPORT_SEED)
        agents: dict[str, Agent] = {"cloned": cloned(out), "as_recorded": as_recorded()}
        shown = {name: beside.simulated(agent) for name, agent in agents.items()}
        table = side_by_side({"recorded": beside.recorded, **shown})
        write_csv(out / "practice.csv", table)
        print(table.round(2).to_string(index=False))


def card(content: dict) -> str:
    """Return the card of the weights, from what made them."""
    cases = ", ".join(f"{count} {name}" for name, count in content["cases"].items())
    options = " ".join(f"--{name} {content[name]}" for name in DECIDING)
    return cards.card(
        "cloned",
        "A clinician cloned from records: odds of turning a dial now, from what has been seen and done so far.",
        content,
        f"python -m experiments.tuning.cloning --data DIR {options}",
        f"your own records: {cases} cases; weights made of them fall under the terms of those records",
        "of decisions every 30 s, on subjects that had no part in the training; nats a decision of the network and of "
        "odds that never change, and how well turns of a dial are told from rest (AUC)",
        [
            "| score | value |",
            "|---|---|",
            *(f"| {name} | {value:.4f} |" for name, value in content["scores"].items()),
        ],
    )


if __name__ == "__main__":
    run(clone, Cloning)
