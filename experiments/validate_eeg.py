"""How far is the synthetic EEG from recorded EEG, does it mean its index, and how late is that shown?

    python -m experiments.validate_eeg --data DIR
    python -m experiments.validate_eeg --people 24 --only levels steps

bands: power before and after loss of consciousness, of 13 recorded people and as many synthetic ones as asked for.
levels: what openibis reads at every true index. told: whether a classifier tells recorded from synthetic EEG, and by
what. steps: how late a step in depth is shown, and inductions. The folder of results holds a table (csv) of each,
spectra.png, traces.png and levels.png. Without recordings, `bands` and `told` cannot be asked.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd
from rich.console import Console
from rich.progress import Progress

from experiments.running.command_line import run
from experiments.running.results import write_csv, write_figure, write_run
from experiments.waves import bands, levels, pictures, recorded, steps, telling, traces

Question = Literal["bands", "levels", "told", "steps"]
FOLLOWED = 24  # people at most whose monitor is watched through a step
ALL: tuple[Question, ...] = ("bands", "levels", "told", "steps")


@dataclass(frozen=True)
class Validation:
    """Validate the synthetic EEG.

    Attributes:
        data: folder of real recordings, or one with their EEG; default: ANESTHESIA_DATA, else ../shared/data.
        people: synthetic ones.
        only: questions to answer: bands, levels, told, steps.
        seed: of people and their EEG.
        out: folder of the results.
    """

    data: Path | None = None
    people: int = 64
    only: tuple[Question, ...] = ALL
    seed: int = 0
    out: Path = Path("results/validate_eeg")


def main(config: Validation) -> None:
    """Check everything, listen, compare, save, draw.

    Raises:
        ValueError: nothing asked, too few people, or no recordings where they are needed.
        OSError: a missing file.
    """
    if not config.only:
        raise ValueError(f"only: nothing is asked, which is not allowed; {', '.join(ALL)}")
    if config.people < 4:
        raise ValueError(f"people: {config.people} is not allowed; 4 or more")
    inside = recorded.folder(config.data) if {"bands", "told"} & set(config.only) else None
    out = write_run(config.out, config)
    write_csv(out / "traces.csv", traces.samples(config.seed))
    write_figure(out / "traces.png", pictures.traces(pd.read_csv(out / "traces.csv")))
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("questions", total=len(config.only))
        for question in config.only:
            answer(question, config, inside)
            bar.advance(task)
    print(f"results: {out}")


def answer(question: Question, config: Validation, inside: Path | None) -> None:
    """Answer one question: print its table, save it, draw it."""
    people, seed, out = config.people, config.seed, config.out
    if question == "levels":
        _keep(out, "levels", levels.table(people, seed))
        write_figure(out / "levels.png", pictures.levels(pd.read_csv(out / "levels.csv")))
    elif question == "steps":
        _keep(out, "steps", steps.table(min(people, FOLLOWED), seed))
        _keep(out, "inductions", steps.inductions(min(people, FOLLOWED), seed))
    elif inside is not None:
        real, made = recorded.spectra(inside), bands.synthetic(people, seed)
        if question == "bands":
            _keep(out, "bands", bands.compared(real, made))
            write_csv(out / "spectra.csv", traces.quantiles(real, made))
            write_figure(out / "spectra.png", pictures.spectra(pd.read_csv(out / "spectra.csv")))
        else:
            told = telling.told_windows(recorded.traces(inside), people, seed)
            _keep(out, "told", pd.concat([told, telling.told_spectra(real, made)]))


def _keep(out: Path, name: str, table: pd.DataFrame) -> None:
    write_csv(out / f"{name}.csv", table)
    print(f"{name}\n{table.round(2).to_string(index=False)}\n")


if __name__ == "__main__":
    run(main, Validation)
