"""An evaluation from its options to the tables of its folder: check everything, simulate what is missing, join."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from experiments.loop import declarations, evaluation, parts
from experiments.loop.evaluation import Evaluation
from experiments.loop.joining import join
from experiments.loop.parts import Part
from experiments.running import folders, freshness
from experiments.running.runners import runner
from sim.metrics.windows import INDUCTION, SETTLING_IN
from sim.theatre import Theatre
from sim.theatre.engines import check_heard

ADMITTED = 5000  # patients that are checked at a time
PARTS = "parts"
LAST = "cases.csv"  # with it, a run is complete
RESULTS = (
    LAST,
    "summary.csv",
    "pairs.csv",
    "profiles.csv",
    "aggregates.csv",
    "moments.csv",
    "estimates.csv",
    "traces.parquet",
    "worst.parquet",
    "report.html",
    "depth_and_pressure.png",
    "over_time.png",
    PARTS,
)


@contextmanager
def evaluated(config: Evaluation, console: Console) -> Iterator[None]:
    """Check, simulate what is missing in the folder, and join it to tables; hold the folder meanwhile and within.

    Raises:
        ValueError: a bad option, or a folder that holds something else or is in use; nothing has been written then.
        OSError: a missing file.
    """
    with console.status("checking agents and patients"):
        agents, notes = check(config)
    given = evaluation.equipped(config, agents)
    for note in notes:
        console.print(f"[dim]note: {note}[/dim]")
    named = [path for agent in agents if (path := evaluation.parsed(agent)[1])]
    record = {
        "agents": [*map(declarations.declared, agents)],
        "observers": given.observers,
        "notes": notes,
    }
    files = freshness.files(__name__, config, named)
    with folders.begin(config.out, config, files, results=RESULTS, record=record, say=console.print) as same:
        finished = same and (config.out / LAST).exists()
        if same:
            console.print(f"{config.out}: {'is complete; drawing the report' if finished else 'continues'}")
        if not finished:
            every = parts.cut(agents, config.patients)
            simulate(given, every, console)
            with console.status("joining the parts"):
                join(config, every, config.out / PARTS, config.out / LAST)
        yield


def check(config: Evaluation) -> tuple[tuple[str, ...], list[str]]:
    """Try everything on all patients but time itself; return the agents and notes for the reader.

    Raises:
        ValueError: naming the option, its value and what is allowed.
        OSError: a file of people, or an agent's weights, cannot be read.
    """
    if config.patients < 1:
        raise ValueError(f"patients: {config.patients} is not allowed; 1 or more")
    check_length(config)
    runner(config.runner, config.workers)
    agents, notes = evaluation.taking_part(config)
    if config.horizon < INDUCTION:
        notes.append(
            f"cases end after {config.horizon / 60.0:g} min: measures of induction see that much of its "
            f"{INDUCTION / 60.0:g} min"
        )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        for first in range(0, config.patients, ADMITTED):
            evaluation.admitted(config, np.arange(first, min(first + ADMITTED, config.patients)))
        given = evaluation.equipped(config, agents)
        evaluation.observers(given)
        check_heard(given.engine, Theatre.of(given, "rates"))
        for agent in agents:
            evaluation.try_out(given, agent)
    notes += dict.fromkeys(str(warning.message) for warning in caught)
    return agents, notes


def check_length(config: Evaluation) -> None:
    """Raise ValueError if the cases are too short to be judged."""
    shortest = SETTLING_IN + config.control_period
    if config.horizon < shortest:
        raise ValueError(
            f"horizon: {config.horizon:g} s is not allowed; {shortest:g} s or more, as agents are judged by "
            f"maintenance, which begins {SETTLING_IN:g} s after the first propofol"
        )


def simulate(config: Evaluation, every: list[Part], console: Console) -> None:
    """Simulate the parts that are missing, with a bar for every agent."""
    folder = config.out / PARTS
    folder.mkdir(exist_ok=True)
    missing = parts.missing(every, folder, partial(console.print, soft_wrap=True))
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        done = dict.fromkeys(every, 1.0) | dict.fromkeys(missing, 0.0)

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

        runner(config.runner, config.workers).map(partial(parts.live, config, folder), missing, show)
