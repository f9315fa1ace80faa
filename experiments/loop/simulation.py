"""An evaluation from its options to the tables of its folder: check everything, simulate what is missing, join."""

from __future__ import annotations

import shutil
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from experiments.judging import estimates
from experiments.judging.statistics import summarise
from experiments.judging.verdicts import PRIMARY
from experiments.loop import evaluation, parts
from experiments.loop.evaluation import Evaluation
from experiments.loop.parts import WORST_CASES, Part
from experiments.running import folders, freshness
from experiments.running.results import write_csv, write_parquet
from experiments.running.runners import runner

PARTS = "parts"
LAST = "cases.csv"  # with it, a run is complete
RESULTS = (
    LAST,
    "summary.csv",
    "estimates.csv",
    "traces.parquet",
    "worst.parquet",
    "report.html",
    "depth_and_pressure.png",
    "over_time.png",
    PARTS,
)


def evaluate(config: Evaluation, console: Console) -> None:
    """Check, simulate what is missing in the folder, and join it to tables.

    Raises:
        ValueError: a bad option, or a folder that holds something else; nothing has been written then.
        OSError: a missing file.
    """
    agents, notes = check(config)
    given = evaluation.equipped(config, agents)
    for note in notes:
        console.print(f"[dim]note: {note}[/dim]")
    same = folders.begin(
        config.out,
        config,
        freshness.files(
            __name__, config, [Path(path) for agent in agents if (path := agent.partition("@")[2])]
        ),
        results=RESULTS,
        record={
            "agents": [*map(evaluation.described, agents)],
            "observers": given.observers,
            "notes": notes,
        },
        say=console.print,
    )
    finished = same and (config.out / LAST).exists()
    if same:
        console.print(f"{config.out}: {'is complete; drawing the report' if finished else 'continues'}")
    if not finished:
        every = parts.cut(agents, config.patients)
        simulate(given, every, console)
        collect(config, every)


def check(config: Evaluation) -> tuple[tuple[str, ...], list[str]]:
    """Try everything on all patients but time itself; return the agents and notes for the reader.

    Raises:
        ValueError: naming the option, its value and what is allowed.
        OSError: a file of people, or an agent's weights, cannot be read.
    """
    for name in ("patients", "workers"):
        if getattr(config, name) < 1:
            raise ValueError(f"{name}: {getattr(config, name)} is not allowed; 1 or more")
    agents, notes = evaluation.taking_part(config)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        numbers = np.arange(config.patients)
        evaluation.admitted(config, numbers)
        given = evaluation.equipped(config, agents)
        evaluation.observers(given)
        for agent in agents:
            evaluation.try_out(given, agent)
    notes += dict.fromkeys(str(warning.message) for warning in caught)
    return agents, notes


def simulate(config: Evaluation, every: list[Part], console: Console) -> None:
    """Simulate the parts that are missing, with a bar for every agent."""
    missing = [part for part in every if not part.finished(config.out / PARTS)]
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        done = {part: 0.0 if part in missing else 1.0 for part in every}

        def lived(agent: str) -> float:
            return sum(share * part.count for part, share in done.items() if part.agent == agent)

        bars = {
            agent: progress.add_task(evaluation.label(agent), total=config.patients)
            for agent in dict.fromkeys(part.agent for part in every)
        }
        for agent, bar in bars.items():
            progress.update(bar, completed=lived(agent))

        def show(number: int, share: float) -> None:
            part = missing[number]
            done[part] = share
            progress.update(bars[part.agent], completed=lived(part.agent))

        runner(config.workers).map(partial(parts.live, config, config.out / PARTS), missing, show)


def collect(config: Evaluation, every: list[Part]) -> None:
    """Join the parts to the tables of the run, `cases.csv` last: with it the run is complete."""
    folder = config.out / PARTS
    tables = {
        name: pd.concat([pd.read_parquet(part.path(folder, name)) for part in every], ignore_index=True)
        for name in ("cases", "traces", "worst")
    }
    cases = tables["cases"]
    order = cases.sort_values(PRIMARY, kind="stable", na_position="first")
    chosen = order.groupby("agent").head(WORST_CASES)[["agent", "patient"]]
    write_parquet(config.out / "traces.parquet", tables["traces"])
    write_parquet(config.out / "worst.parquet", tables["worst"].merge(chosen))
    write_csv(config.out / "estimates.csv", estimates.score(tables["traces"], config.seed))
    write_csv(config.out / "summary.csv", summarise(cases, evaluation.label(config.reference)))
    write_csv(config.out / LAST, cases)
    shutil.rmtree(folder)
