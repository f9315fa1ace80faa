"""Agents in the closed loop, patient by patient: simulate, save, summarise, report.

The results folder holds config.json (what was asked, versions, commit), run.json (agents, warnings, hash of the code),
cases.csv (one row per agent and patient), summary.csv, traces.parquet (once a minute, of the first 1000 patients),
worst.parquet (each agent's worst cases at every control period), report.html and two pictures of it. Until all is
simulated, finished parts wait in `parts/`, so that an interrupted run can be continued.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import warnings
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from experiments import report
from experiments.judging.statistics import summarise
from experiments.judging.verdicts import PRESSURE, PRIMARY, agents_of, by_metric, verdicts
from experiments.loop import evaluation, parts
from experiments.loop.evaluation import Evaluation
from experiments.loop.parts import WORST_CASES, Part
from experiments.running.command_line import run
from experiments.running.results import plain, write_csv, write_json, write_parquet, write_run

PARTS = "parts"
RESULTS = (
    "cases.csv",
    "summary.csv",
    "traces.parquet",
    "worst.parquet",
    "report.html",
    "depth_and_pressure.png",
    "over_time.png",
    PARTS,
)
NOT_IN_RESULTS = ("workers", "out")  # options that change no number
REFRESH = 0.25  # s, between looks at the workers' progress

_done: Any = None  # in a worker: shared with the parent, see `_in_workers`


def main(config: Evaluation, console: Console | None = None) -> None:
    """Check, simulate what is missing, save and report.

    Raises:
        ValueError: a bad option, or a folder that holds something else; nothing has been written then.
        OSError: a missing file.
    """
    console = console or Console()
    agents, notes = check(config)
    for note in notes:
        console.print(f"[dim]note: {note}[/dim]")
    record = {
        "code": evaluation.fingerprint(config),
        "agents": [*map(evaluation.described, agents)],
        "notes": notes,
    }
    if not begin(config, record, console):
        every = parts.cut(agents, config.patients)
        missing = [part for part in every if not part.finished(config.out / PARTS)]
        simulate(config, missing, every, console)
        collect(config, every)
    summary = pd.read_csv(config.out / "summary.csv")
    report.write(config.out)
    console.print(headline(summary))
    console.print("Interquartile means over patients; mean paired difference to the reference.", style="dim")
    console.print(f"report: {config.out / 'report.html'}", soft_wrap=True)


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
        for agent in agents:
            evaluation.try_out(config, agent)
    notes += dict.fromkeys(str(warning.message) for warning in caught)
    return agents, notes


def begin(config: Evaluation, record: dict[str, Any], console: Console) -> bool:
    """Make the folder ready; return whether it already holds everything this run would simulate.

    Parts and results made by other code, data or weights are removed: they could not be mixed.

    Raises:
        ValueError: the folder holds another run, or something that is no run.
    """
    folder = config.out
    held = held_run(folder)
    if held is not None:
        refuse_another(folder, held["config"], plain(config))
        if held["code"] == record["code"]:
            finished = (folder / "cases.csv").exists()
            console.print(f"{folder}: {'is complete; drawing the report' if finished else 'continues'}")
            return finished
        console.print(f"{folder}: code or data have changed since; simulating anew")
        for name in RESULTS:
            path = folder / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    write_json(folder / "run.json", record)
    write_run(folder, config)
    return False


def held_run(folder: Path) -> dict[str, Any] | None:
    """Return configuration and code of the run in a folder, None if it is empty. Raises ValueError on other files."""
    if not folder.exists() or not any(folder.iterdir()):
        return None
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))["config"]
        return {
            "config": config,
            "code": json.loads((folder / "run.json").read_text(encoding="utf-8"))["code"],
        }
    except (OSError, ValueError, KeyError):
        raise ValueError(
            f"out: {folder} holds files that are no run of this script; name another folder"
        ) from None


def refuse_another(folder: Path, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Raise ValueError at the first option in which the run in the folder differs."""
    for name, value in new.items():
        if name not in NOT_IN_RESULTS and old.get(name) != value:
            raise ValueError(
                f"out: {folder} holds a run with {name} {old.get(name)!r}, not {value!r}; "
                "name another folder or remove this one"
            )


def simulate(config: Evaluation, missing: list[Part], every: list[Part], console: Console) -> None:
    """Simulate the missing parts, in worker processes unless one is asked for, with a bar for every agent."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    turns = round(config.horizon / config.control_period)
    with Progress(*columns, console=console) as progress:
        bars = {
            agent: progress.add_task(agent, total=turns * config.patients)
            for agent in dict.fromkeys(part.agent for part in every)
        }
        ready = {
            agent: sum(p.count for p in every if p.agent == agent and p not in missing) for agent in bars
        }

        def show(done: Any) -> None:
            for agent, bar in bars.items():
                moved = sum(done[i] * part.count for i, part in enumerate(missing) if part.agent == agent)
                progress.update(bar, completed=turns * ready[agent] + moved)

        show([0] * len(missing))
        if config.workers == 1:
            _one_by_one(config, missing, show)
        elif missing:
            _in_workers(config, missing, show)


def _one_by_one(config: Evaluation, missing: list[Part], show: Callable[[Any], None]) -> None:
    done = [0] * len(missing)
    for index, part in enumerate(missing):

        def advance(turn: int, index: int = index) -> None:
            done[index] = turn
            show(done)

        parts.live(config, part, config.out / PARTS, advance)


def _in_workers(config: Evaluation, missing: list[Part], show: Callable[[Any], None]) -> None:
    """Share the parts out; on an error or Ctrl-C drop those that are not finished."""
    context = multiprocessing.get_context("spawn")
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
    done = context.Array("i", len(missing) + 1, lock=False)  # turns of every part, and whether to stop
    pool = ProcessPoolExecutor(min(config.workers, len(missing)), context, _enter, (done,))
    try:
        waiting = {pool.submit(_work, config, part, index) for index, part in enumerate(missing)}
        while waiting:
            ended, waiting = wait(waiting, REFRESH, FIRST_EXCEPTION)
            show(done)
            for future in ended:
                future.result()
    finally:
        done[-1] = 1
        pool.shutdown(cancel_futures=True)


def _enter(done: Any) -> None:
    global _done
    _done = done
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides


def _work(config: Evaluation, part: Part, index: int) -> None:
    def advance(turn: int) -> None:
        _done[index] = turn
        if _done[-1]:
            raise InterruptedError(f"{part} was dropped")

    parts.live(config, part, config.out / PARTS, advance)


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
    write_csv(config.out / "summary.csv", summarise(cases, config.reference))
    write_csv(config.out / "cases.csv", cases)
    shutil.rmtree(folder)


def headline(summary: pd.DataFrame) -> Table:
    """Return the table for the terminal, one row per agent, the reference first."""
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("agent", no_wrap=True)
    for heading in ("time in BIS\n40–60, %", "paired\ndifference", "MAP below 65,\nmmHg"):
        table.add_column(heading, justify="right", no_wrap=True)
    found = {verdict.agent: verdict for verdict in verdicts(summary)}
    rows = by_metric(summary)
    for agent in agents_of(summary):
        verdict = found.get(agent)
        primary, pressure = rows[PRIMARY, agent], rows[PRESSURE, agent]["iqm"]
        table.add_row(
            agent,
            f"{primary['iqm']:.1f}",
            f"{verdict.depth} {primary['difference']:+.1f}" if verdict else "reference",
            f"{verdict.pressure if verdict else ''} {pressure:.2f}",
        )
    return table


if __name__ == "__main__":
    run(main, Evaluation)
