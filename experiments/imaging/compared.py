"""Learners beside those that a system names, image by image, and how quickly each answers."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.documenting.markdown import table
from experiments.imaging.contract import Heard, System
from experiments.imaging.judging import beside
from experiments.imaging.page import DIGITS, titled
from experiments.reporting.tables import number, span
from experiments.running.results import write_csv
from sim.imaging.phantoms import Phantoms

BESIDE, SPEED = "beside.csv", "speed.csv"
COLUMNS = ("where", "learner", "less", "measure", "difference", "difference_low", "difference_high")
CAVEAT = (
    "Frames a second of one processor core, all films followed side by side; lessons are not counted. "
    "Seconds are those that the processor spent, of the machine of this run: another one has others."
)


def write(
    folder: Path,
    system: System,
    tests: Mapping[str, Phantoms],
    said: Heard,
    spent: Sequence[Mapping[str, Any]],
    seed: int,
) -> None:
    """Write how learners compare, and how quickly they answered, where the system asks for it.

    Args:
        folder: of the results.
        system: whose learners.
        tests, said: what was shown, and what was said of it.
        spent: learner, images and seconds of a processor, a row an answer.
        seed: of the draws of intervals.
    """
    if system.beside:
        rows = [row for where, test in tests.items() for row in beside(system, where, test, said, seed)]
        write_csv(folder / BESIDE, pd.DataFrame(rows, columns=COLUMNS))
    if system.timed:
        sums = pd.DataFrame(spent).groupby("learner", sort=False).sum()
        speed = (sums["images"] / sums["seconds"].clip(lower=1e-6)).rename("images_a_second")
        write_csv(folder / SPEED, speed.reset_index())


def report(system: System, folder: Path) -> list[str]:
    """Return the tables of a folder of results as Markdown."""
    parts = differences(system, pd.read_csv(folder / BESIDE)) if system.beside else []
    return [*parts, speeds(system, pd.read_csv(folder / SPEED))] if system.timed else parts


def differences(system: System, rows: pd.DataFrame) -> list[str]:
    """Return a table with its title for each set and kind of phantoms: a column a learner that others are beside."""
    main = next(iter(system.measures))
    kept = rows[rows["measure"] == main]
    parts = []
    for where, own in kept.groupby("where", sort=False):
        by = {(row["learner"], row["less"]): row for row in own.to_dict("records")}
        usual = [name for name in system.beside if name in set(own["less"])]
        lines = [
            (learner, *(_difference(by.get((learner, less))) for less in usual))
            for learner in dict.fromkeys(own["learner"])
        ]
        header = [f"{main}, difference", *(f"less {name}" for name in usual)]
        parts.append(f"**{titled(str(where))}**\n\n{table(header, lines, numbers=len(usual))}")
    return parts


def speeds(system: System, rows: pd.DataFrame) -> str:
    """Return the table of how many images a second each learner answers that looks at any."""
    blind = {system.naive, *(system.own.marking if system.own else ())}
    looking = rows[~rows["learner"].isin(blind)].to_dict("records")
    lines = [(row["learner"], f"{row['images_a_second']:,.0f}") for row in looking]
    return f"{CAVEAT}\n\n{table(['learner', 'frames a second'], lines, numbers=1)}"


def _difference(row: Mapping[Hashable, Any] | None) -> str:
    """Return a difference with its interval; a dash for whoever is compared with itself."""
    if row is None:
        return "–"
    ends = span(row["difference_low"], row["difference_high"], DIGITS, sign=True)
    return f"{number(row['difference'], DIGITS, sign=True)} {ends}"
