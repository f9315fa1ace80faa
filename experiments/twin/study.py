"""A run from its options to the files of its folder: check everything, fit what is missing, judge, treat, draw."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import Progress

from experiments.running import folders, freshness
from experiments.running.results import write_csv, write_json, write_text
from experiments.twin import comparing, fitting
from experiments.twin.request import Twin, read, told_until, usable
from experiments.twin.report import report
from predictors.learning.cases import Cases

PARTS = "parts"
RESULTS = ("scores.csv", "cases.csv", "calibration.csv", "report.md", PARTS)


def study(config: Twin, console: Console) -> None:
    """Do all that was asked.

    Raises:
        ValueError: a bad option, data that cannot be used, or a folder that holds something else; nothing has been
            written then.
        OSError: a missing file.
    """
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    cases = read(config)
    until = told_until(cases, config.told)
    good = usable(cases, until, named=bool(config.case))
    heading = [f"{int(good.sum())} of {cases.count} cases; the others show too little of the index."]
    cases, until = cases.select(np.flatnonzero(good)), until[good]
    data = [] if config.simulated else [path for path in (config.data,) if path and path.is_file()]
    same = folders.begin(
        config.out,
        config,
        freshness.files(__name__, config, data),
        results=RESULTS,
        free=(*folders.FREE, "json", "agent", "shown"),
        say=console.print,
    )
    if same:
        console.print(f"{config.out}: continues")
    every = fitting.parts(cases, until)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bars = progress.add_task("fitting twins", total=cases.count)
        done = {part.number: 0.0 for part in every}

        def show(number: int, share: float) -> None:
            done[number] = share * len(every[number].rows)
            progress.update(bars, completed=sum(done.values()))

        fitting.fit_all(config, every, config.out / PARTS, show)
    said = fitting.answers(config.out / PARTS, every, cases)
    for question, answers in comparing.others(cases, until).items():
        said[question] |= answers
    tables = {
        "scores": comparing.compare(cases, until, said, config.seed),
        "cases": comparing.by_case(cases, until, said),
        "calibration": comparing.calibration(cases, until, said),
    }
    for name, table in tables.items():
        write_csv(config.out / f"{name}.csv", table)
    write_text(config.out / "report.md", report(heading, tables))
    if config.json:
        write_json(config.json, {"config": config, **{n: t.to_dict("records") for n, t in tables.items()}})
