"""What makes pain hard to see in a drawn face? The same network, learned and judged where one thing is missing.

    python -m experiments.imaging.causes

Nothing of it is a system that anybody would use: it says what a result of `experiments.imaging --system faces` is made
of. Moments, people and what they feel are the same in all worlds; differences are paired, and people are drawn again.
The folder of results holds causes.csv and report.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from rich.console import Console
from rich.progress import track

from experiments.documenting.markdown import table
from experiments.imaging.contract import Lessons, phantoms
from experiments.imaging.systems.faces import CAVEAT, FACES, MEASURES, network
from experiments.judging.bootstrap import RESAMPLES, percentile_ends, resample_counts
from experiments.reporting.tables import number, span
from experiments.running.command_line import run, show_report
from experiments.running.results import write_csv, write_run, write_text
from experiments.sites.purposes import seed_for
from sim.imaging.faces import people
from sim.imaging.faces.worlds import AS_DRAWN, WORLDS, world

JUDGED = "AUC", "AUC, 3 and more", "accuracy"


@dataclass(frozen=True)
class Causes:
    """Learn and judge where one thing at a time is missing.

    Attributes:
        steps: of learning; the system's number by default.
        test: pictures that are judged, of each world; the system's number by default.
        trainings: in each world, from other pictures.
        seed: of pictures, learners and resampling.
        device: where to compute: cpu or cuda.
        out: folder of the results.
    """

    steps: int = FACES.steps
    test: int = FACES.test
    trainings: int = 3
    seed: int = 0
    device: str = "cpu"
    out: Path = Path("results/causes")

    def __post_init__(self) -> None:
        for name, least in (("steps", 1), ("test", 100), ("trainings", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name}: {getattr(self, name)} is not allowed; {least} or more")


def main(config: Causes, console: Console | None = None) -> None:
    """Learn, judge, save, print. Raises ValueError on a bad option."""
    torch.set_num_threads(1)
    rows = pd.DataFrame(compared(config))
    out = write_run(config.out, config)
    write_csv(out / "causes.csv", rows)
    write_text(out / "report.md", f"# What makes pain hard to see\n\n{CAVEAT}\n\n{of_worlds(rows)}\n")
    show_report(out, console or Console())


def compared(config: Causes) -> Iterator[dict[str, Any]]:
    """Yield one row a world and measure: its value, and how much more it is than as drawn."""
    draws = resample_counts(len(people.JUDGED), RESAMPLES, config.seed)
    draws = np.concatenate([np.ones((1, draws.shape[1])), draws])
    drawn: dict[str, np.ndarray] = {}
    for name in track(WORLDS, "learning", console=Console(stderr=True), transient=True):
        found = told(name, config, draws)
        drawn = drawn or found
        for measure, values in found.items():
            row: dict[str, Any] = {"world": name, "measure": measure}
            for prefix, one in (("", values), ("gap_", values - drawn[measure])):
                low, high = percentile_ends(one[1:])
                row |= {f"{prefix}estimate": one[0], f"{prefix}low": low, f"{prefix}high": high}
            yield row


def told(name: str, config: Causes, draws: np.ndarray) -> dict[str, np.ndarray]:
    """Return what is judged of a world by how often people were drawn, (draws,), means over trainings."""
    test = phantoms(
        partial(world, name),
        seed_for("test", config.seed),
        np.arange(config.test),
        FACES.size,
        device=config.device,
    )
    if len(test.truth["person"].unique()) < len(people.JUDGED):
        raise ValueError(f"test: {config.test} is not allowed; so many that everybody is seen")
    every = []
    for training in range(config.trainings):
        taught = partial(world, name, people_met=people.LEARNED)
        seed = seed_for("training", config.seed) + training
        torch.manual_seed(seed)
        answer = network(
            Lessons(taught, FACES.size, config.steps, FACES.batch, seed, config.device, lambda share: None)
        )
        with torch.no_grad():
            said = answer(test)
        every.append({measure: MEASURES[measure](said, test)(draws) for measure in JUDGED})
    return {measure: np.mean([one[measure] for one in every], axis=0) for measure in JUDGED}


def of_worlds(rows: pd.DataFrame) -> str:
    """Return the table: a row a world."""
    by = {(row["world"], row["measure"]): row for row in rows.to_dict("records")}
    shown = []
    for name in dict.fromkeys(rows["world"]):
        own = [by[name, measure] for measure in JUDGED]
        cells = [f"{number(one['estimate'], 2)} {span(one['low'], one['high'], 2)}" for one in own]
        gap = f"{number(own[0]['gap_estimate'], 2, True)} {span(own[0]['gap_low'], own[0]['gap_high'], 2, True)}"
        shown.append((name, *cells, "–" if name == AS_DRAWN else gap))
    header = ["world", *JUDGED, f"AUC, less {AS_DRAWN}"]
    return table(header, shown, numbers=len(header) - 1)


if __name__ == "__main__":
    run(main, Causes)
