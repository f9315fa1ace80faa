"""How far are simulated patients from recorded ones, and can one tell them apart?

    python -m experiments.validate_population --data DIR
    python -m experiments.validate_population --data DIR --part train --patients 120 --only discriminator

The recorded cases of one part of the subjects (the sealed test part by default) are laid beside simulated ones of the
same people, dosed by the human-style agent, and beside the same people given the recorded doses.
"""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pandas as pd
from rich.console import Console
from rich.progress import Progress

from experiments.population import discriminator, quantities, simulated
from experiments.population.recorded import read
from experiments.population.simulated import World
from experiments.recorded.recordings import data_folder
from experiments.running.command_line import run
from predictors.learning.cases import Cases

Question = Literal["loop", "replay", "discriminator"]
ALL: tuple[Question, ...] = ("loop", "replay", "discriminator")


@dataclass(frozen=True)
class Validation:
    """Compare simulated with recorded cases.

    Attributes:
        data: folder of recorded cases, or one with `vitaldb` in it; default: ANESTHESIA_DATA, else ../shared/data.
        part: whose recorded cases: train, validation, or test, which is sealed: look at it last.
        patients: simulated ones, made after as many recorded cases by lot; one for each recorded case by default.
        only: questions to answer: loop, replay, discriminator.
        world: what the simulated cases are made of.
        seed: of people, simulation, trees and resampling.
    """

    data: Path | None = None
    part: str = "test"
    patients: int | None = None
    only: tuple[Question, ...] = ALL
    world: World = field(default_factory=World)
    seed: int = 0


def main(config: Validation) -> None:
    """Read, simulate, compare, print.

    Raises:
        ValueError: a bad option, or a folder that cannot be used.
        OSError: a missing file.
    """
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    if config.patients is not None and config.patients < 1:
        raise ValueError(f"patients: {config.patients} is not allowed; 1 or more")
    folder = data_folder(config.data)
    recorded = read(folder / "vitaldb" if (folder / "vitaldb").is_dir() else folder, config.part)
    models = simulated.repeated(recorded, config.patients or recorded.count, config.seed)
    compared = {}
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
        if "loop" in config.only or "discriminator" in config.only:
            task = progress.add_task("closed loop", total=simulated.turns(models))
            made = simulated.closed_loop(
                models, config.world, config.seed, lambda n: progress.advance(task, n)
            )
        if "loop" in config.only:
            compared["closed loop"] = made
        if "replay" in config.only:
            task = progress.add_task("replay", total=simulated.turns(models))
            compared["replay"] = simulated.replay(
                models, config.world, config.seed, lambda n: progress.advance(task, n)
            )
        print(f"{recorded.count} recorded cases of the {config.part} part, {models.count} simulated.")
        for title, cases in compared.items():
            print(f"\n## {title}\n\n{side_by_side(recorded, cases)}")
        if "discriminator" in config.only:
            task = progress.add_task("trees", total=discriminator.fits())
            found = discriminator.tell_apart(models, made, config.seed, lambda n: progress.advance(task, n))
            print(f"\n## Discriminator\n\n{told(found)}")


def side_by_side(recorded: Cases, other: Cases) -> str:
    """Return the quantiles over cases of every quantity, recorded and simulated, as text."""
    tables = [quantities.by_case(cases) for cases in (recorded, other)]
    left, right = (quantities.quantiles(table) for table in tables)
    lines = [f"{'5/25/50/75/95 % over cases':34} {'recorded':>38} {'simulated':>38}"]
    for (_, one), (_, two) in zip(left.iterrows(), right.iterrows(), strict=True):
        lines.append(f"{one['quantity']:34} {_five(one):>38} {_five(two):>38}")
    both = [quantities.across_cases(table) for table in tables]
    lines += [f"{name:34} {both[0][name]:38.3f} {both[1][name]:38.3f}" for name in both[0]]
    return "\n".join(lines)


def told(found: discriminator.Discrimination) -> str:
    """Return what the classifier reached and by what, as text."""
    lines = [f"{name:12} {area:.3f} [{low:.3f}, {high:.3f}]" for name, (area, low, high) in found.auc.items()]
    shown = found.importance
    for title, rows in (
        ("what the trees miss most when it is shuffled", shown.head(15)),
        ("what tells most alone", shown.sort_values("alone", ascending=False).head(25)),
    ):
        lines += ["", f"{title:44} {'loss':>6} {'alone':>6} {'recorded 25/50/75 %':>26} {'simulated':>26}"]
        for _, row in rows.iterrows():
            sides = [
                "/".join(f"{row[f'{side}_{q}']:.3g}" for q in ("q25", "q50", "q75"))
                for side in ("recorded", "simulated")
            ]
            lines.append(
                f"{row['feature']:44} {row['loss']:6.3f} {row['alone']:6.3f} {sides[0]:>26} {sides[1]:>26}"
            )
    return "\n".join(lines)


def _five(row: pd.Series) -> str:
    return "/".join(f"{row[f'q{p}']:.3g}" for p in (5, 25, 50, 75, 95))


if __name__ == "__main__":
    run(main, Validation)
