"""A run from its options to the files of its folder: check everything, fit what is missing, judge, treat, draw."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import Progress

from experiments.loop.evaluation import agent_named
from experiments.running import folders, freshness
from experiments.running.results import write_csv, write_figure, write_json, write_parquet, write_text
from experiments.twin import comparing, figures, fitting, outcome, treating
from experiments.twin.fitting import Part
from experiments.twin.report import report
from experiments.twin.request import Twin, read, sources, told_until, usable
from predictors.depth.phases import first_propofol
from predictors.learning.cases import Cases
from predictors.twins.record import record
from sim.pharmacodynamics.circulation import CIRCULATION
from sim.pharmacokinetics import NOREPINEPHRINE

PARTS = "parts"
TABLES = ("scores.csv", "cases.csv", "calibration.csv", "treated.csv", "courses.parquet")
RESULTS = (*TABLES, "report.md", "twins.png", "cases", PARTS)
FREE = (*folders.FREE, "json", "agent", "shown")  # options that no fit depends on


def study(config: Twin, console: Console) -> None:
    """Do all that was asked.

    Raises:
        ValueError: a bad option, data that cannot be used, or a folder that holds something else; nothing has been
            written then.
        OSError: a missing file.
    """
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    check(config)
    everybody = read(config)
    until = told_until(everybody, config.told)
    good = usable(everybody, until, named=bool(config.case))
    cases, until = everybody.select(np.flatnonzero(good)), until[good]
    files = freshness.files(__name__, config, sources(config))
    with folders.begin(config.out, config, files, results=RESULTS, free=FREE, say=console.print) as same:
        if same:
            console.print(f"{config.out}: continues")
        every = fitting.parts(cases, until)
        fit(config, every)
        said = fitting.answers(config.out / PARTS, every, cases)
        for question, answers in comparing.others(cases, until).items():
            said[question] |= answers
        tables = {
            "scores": comparing.compare(cases, until, said, config.seed),
            "cases": comparing.by_case(cases, until, said),
            "calibration": comparing.calibration(cases, until, said),
        }
        rows = chosen(config, tables["cases"])
        if len(rows):
            twins = [answers["twin"] for question, answers in said.items() if question != comparing.AHEAD]
            foretold = {name: values[:, rows] for answer in twins for name, values in answer.items()}
            tables["treated"] = treated(config, every, cases.select(rows), rows, foretold)
        for name, table in tables.items():
            write_csv(config.out / f"{name}.csv", table)
        draw(config.out)
        heading = [f"{cases.count} of {everybody.count} cases; the others show too little of the index."]
        write_text(config.out / "report.md", report(heading, config.out))
        if config.json:
            content = {name: table.to_dict("records") for name, table in tables.items()}
            write_json(config.json, {"config": config, **content})


def check(config: Twin) -> None:
    """Raise ValueError or OSError at an agent or a model that is not there."""
    agent_named(config.agent)
    for registry, name in (
        (NOREPINEPHRINE, config.models.norepinephrine),
        (CIRCULATION, config.models.circulation),
    ):
        registry.get(name)
    if not config.model.deviates.names:
        raise ValueError("models: people who do not differ are not allowed; there would be nothing to fit")


def fit(config: Twin, every: list[Part]) -> None:
    """Fit the twins that are missing in the folder, with a bar."""
    done = dict.fromkeys((part.number for part in every), 0.0)
    quiet = not sys.stderr.isatty()
    with Progress(console=Console(stderr=True), transient=True, disable=quiet) as progress:
        bar = progress.add_task("fitting twins", total=sum(len(part.rows) for part in every))

        def show(number: int, share: float) -> None:
            done[number] = share * len(every[number].rows)
            progress.update(bar, completed=sum(done.values()))

        fitting.fit_all(config, every, config.out / PARTS, show)


def chosen(config: Twin, cases: pd.DataFrame) -> np.ndarray:
    """Return the rows of the cases that are shown: all that were named, else at even steps of the twin's error."""
    if config.case:
        return np.arange(len(cases))
    order = np.argsort(cases["rmse_twin"].to_numpy())
    places = (np.arange(config.shown) + 0.5) / max(config.shown, 1) * len(cases)
    return order[np.unique(places.astype(int))]


def treated(
    config: Twin, every: list[Part], cases: Cases, rows: np.ndarray, foretold: dict[str, np.ndarray]
) -> pd.DataFrame:
    """Treat the twins of the shown cases, write their courses, and return how the treatments compare."""
    found = fitting.posterior(config.out / PARTS, every, rows)
    inner = outcome.from_first_propofol(cases)
    known = record(inner, config.seed, config.models)
    ready = treating.twins(config.model, inner, known, found)
    traces = outcome.treatments(config, ready)
    courses = outcome.courses(inner, foretold, first_propofol(cases), traces)
    write_parquet(config.out / "courses.parquet", courses)
    return outcome.compare(inner, traces)


def draw(folder: Path) -> None:
    """Draw what the tables of a folder say."""
    write_figure(folder / "twins.png", figures.overview(folder))
    if (folder / "courses.parquet").exists():
        courses = pd.read_parquet(folder / "courses.parquet")
        for name in dict.fromkeys(courses["caseid"]):
            write_figure(
                folder / "cases" / f"{name.replace(' ', '_')}.png", figures.case(folder, courses, name)
            )
