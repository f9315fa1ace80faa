"""How far are simulated patients from recorded ones, and can one tell them apart?

    python -m experiments.validate_population --data DIR --json figures.json
    python -m experiments.validate_population --data DIR --part train --patients 80 --only discriminator

The recorded cases of one part of the subjects (validation by default) are laid beside simulated ones: the
same people dosed by the human-style agent, and the same people given the recorded doses. The folder of results holds
report.md, page.png, summary.png, look_twice.png (unlabelled; the key ends the report), and a table (csv) of each kind
of figure. look_twice.png and windows.csv show recorded cases: keep them where the recordings are kept.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pandas as pd
from rich.console import Console
from rich.progress import Progress

from experiments.population import discriminator, simulated
from experiments.population.recorded import read
from experiments.population.reporting import figures, look_twice, text
from experiments.population.reporting.findings import Findings, find
from experiments.population.simulated import World
from experiments.recorded.recordings import vitaldb_folder
from experiments.running.command_line import run, show_report
from experiments.running.results import write_csv, write_figure, write_json, write_run, write_text
from predictors.learning.cases import Cases
from sim.pharmacodynamics.recorded_circulation import treated_below

Question = Literal["loop", "replay", "discriminator"]
ALL: tuple[Question, ...] = ("loop", "replay", "discriminator")


@dataclass(frozen=True)
class Validation:
    """Compare simulated with recorded cases.

    Attributes:
        data: folder of recorded cases, or one with `vitaldb` in it; default: ANESTHESIA_DATA, else ../shared/data.
        part: whose recorded cases: train, validation, or test, which is sealed: once, at the end.
        patients: simulated ones, made after as many recorded cases by lot; one for each recorded case by default.
        only: questions to answer: loop, replay, discriminator.
        world: what the simulated cases are made of.
        seed: of people, simulation, trees and resampling.
        json: file for every figure.
        out: folder of the results.
    """

    data: Path | None = None
    part: Literal["train", "validation", "test"] = "validation"
    patients: int | None = None
    only: tuple[Question, ...] = ALL
    world: World = field(default_factory=World)
    seed: int = 0
    json: Path | None = None
    out: Path = Path("results/validate_population")


def main(config: Validation) -> None:
    """Check everything, simulate, compare, save, draw.

    Raises:
        ValueError: a bad option, or a folder that cannot be used; nothing has been written then.
        OSError: a missing file.
    """
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    if not config.only:
        raise ValueError(f"only: nothing is asked, which is not allowed; {', '.join(ALL)}")
    if config.patients is not None and config.patients < 1:
        raise ValueError(f"patients: {config.patients} is not allowed; 1 or more")
    recorded = read(vitaldb_folder(config.data), config.part)
    models = simulated.repeated(recorded, config.patients or recorded.count, config.seed)
    if "discriminator" in config.only:
        discriminator.check("recorded", models)
    findings = compare(config, recorded, models)
    heading = [
        "# Simulated beside recorded patients",
        "",
        f"{recorded.count} recorded cases of the {config.part} part of the subjects, {models.count} simulated.",
        f"Made of: {config.world}.",
    ]
    save(config, heading, findings)
    show_report(config.out, Console())


def compare(config: Validation, recorded: Cases, models: Cases) -> Findings:
    """Simulate what the questions need, and return what was found."""
    only, world, seed = config.only, config.world, config.seed
    loop = replay = typical = told = None
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:

        def counted(title: str, total: int) -> Callable[[int], None]:
            task = bar.add_task(title, total=total)
            return lambda done: bar.advance(task, done)

        if "loop" in only or "discriminator" in only:
            loop = simulated.closed_loop(models, world, seed, counted("closed loop", simulated.turns(models)))
        if "replay" in only:
            done = counted("replay", simulated.turns(models))
            replay = simulated.replay(models, world, seed, done, treated_below())
            usual = simulated.typical(world)
            typical = simulated.replay(
                models, usual, seed, counted("typical people", simulated.turns(models))
            )
        if loop is not None and "discriminator" in only:
            told = discriminator.tell_apart(models, loop, seed, counted("trees", discriminator.fits()))
    asked = loop if "loop" in only else None
    findings = find(recorded, models, asked, replay, typical, told, seed)
    if asked is not None:
        findings.tables["windows"] = look_twice.drawn(models, asked, seed)
    return findings


def save(config: Validation, heading: list[str], findings: Findings) -> None:
    """Write the tables, the report and the pictures."""
    out = write_run(config.out, config)
    for name, table in findings.tables.items():
        write_csv(out / f"{name}.csv", table)
    windows = findings.tables.get("windows", pd.DataFrame())
    write_text(out / "report.md", text.report(heading, findings, look_twice.key(windows)))
    write_figure(out / "page.png", figures.page(out))
    write_figure(out / "summary.png", figures.summary(out))
    if not windows.empty:
        write_figure(out / "look_twice.png", look_twice.draw(windows))
    if config.json:
        write_json(config.json, {"heading": heading, "config": config, **findings.plain()})


if __name__ == "__main__":
    run(main, Validation)
