"""The patient, the fault and the moment that hurt an agent most: searched by CMA-ES, kept to be played again.

    python -m experiments.adversary --agents ppo look_ahead
    python -m experiments.adversary --replay results/adversary/worst.csv --agents pid_tuned --out results/replayed

The results folder holds config.json and run.json, worst.csv (a row a search: the worst case, its faults as they are
written, the harm with the fault and without, in s), history.csv (harm after each generation), worst.png, and finished
searches in searches/: an interrupted run continues. A replay writes replayed.csv and worst.png. The search needs the
extra `search`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, track

from experiments.failing import search
from experiments.failing.playing import listed, outcome, played
from experiments.failing.search import Adversary, Search
from experiments.failing.showing import courses
from experiments.loop.evaluation import label
from experiments.running import folders, freshness
from experiments.running.command_line import run
from experiments.running.results import write_csv, write_figure, write_json
from experiments.running.runners import runner
from sim.settings import read_table
from sim.theatre.trace import Trace

SEARCHES, WORST, REPLAYED, PICTURE = "searches", "worst.csv", "replayed.csv", "worst.png"
RESULTS = (SEARCHES, WORST, "history.csv", REPLAYED, PICTURE)
NEEDED = ("fault", "seed", "number", "horizon", "faults")  # columns of cases to be played again


def main(config: Adversary, console: Console | None = None) -> None:
    """Search what is missing, or play again; write and draw.

    Raises:
        ValueError: a bad option, or a folder that holds something else; nothing has been written then.
        OSError: a missing file, or a full disk: finished searches are kept.
    """
    console = console or Console()
    runner(config.runner, config.workers)
    with console.status("checking agents and faults"):
        search.check(config)
        again = None if config.replay is None else read_table("replay", str(config.replay), NEEDED)
        if again is None:
            search.library()
    also = [] if config.replay is None else [config.replay]
    files = freshness.files(__spec__.name, config, also)
    with folders.begin(config.out, config, files, results=RESULTS, say=console.print):
        name = WORST if again is None else REPLAYED
        table = found(config, console) if again is None else replayed(config, again, console)
        write_csv(config.out / name, table)
        write_figure(config.out / PICTURE, courses([*drawn(config, table)]))
    shown = table[
        ["agent", "fault", "harm", "harm_without", "lowest_bis", "highest_bis", "lowest_map", "faults"]
    ]
    console.print(shown.round(0).to_string(index=False), highlight=False, soft_wrap=True)
    console.print(f"saved: {config.out / name}", soft_wrap=True)


def found(config: Adversary, console: Console) -> pd.DataFrame:
    """Search what is missing, with a bar a search; write the history, return the worst cases."""
    folder = config.out / SEARCHES
    folder.mkdir(exist_ok=True)
    every = [Search(agent, fault) for agent in config.agents for fault in config.faults or ("",)]
    missing = [one for one in every if not one.path(folder).exists()]
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bars = [
            progress.add_task(f"{label(one.agent)}, {one.fault or 'no fault'}", total=1.0) for one in missing
        ]

        def show(number: int, share: float) -> None:
            progress.update(bars[number], completed=share)

        runner(config.runner, config.workers).map(partial(live, config, folder), missing, show)
    kept = [json.loads(one.path(folder).read_text(encoding="utf-8")) for one in every]
    history = [
        {"agent": one.agent, "fault": one.fault, "generation": generation, "harm": harm}
        for one, own in zip(every, kept, strict=True)
        for generation, harm in enumerate(own["history"], 1)
    ]
    write_csv(config.out / "history.csv", pd.DataFrame(history))
    return pd.DataFrame([own["row"] for own in kept])


def live(config: Adversary, folder: Path, one: Search, report: Callable[[float], None]) -> None:
    """Search, and write what was found; see `experiments.running.runners`."""
    write_json(one.path(folder), search.searched(config, one, report))


def replayed(config: Adversary, cases: pd.DataFrame, console: Console) -> pd.DataFrame:
    """Return a row an agent and case: the cases of a table, played by these agents."""
    given, rows = config.evaluation(), []
    for agent in config.agents:
        for case in track(cases.to_dict("records"), label(agent), console=console):
            of_it, fault, one = listed(case, given)
            rows.append(outcome(of_it, agent, fault, one, config.harm))
    return pd.DataFrame(rows)


def drawn(config: Adversary, table: pd.DataFrame) -> Iterator[tuple[str, Trace]]:
    """Yield every case of a table by a title, as it goes."""
    given, agents = config.evaluation(), {label(agent): agent for agent in config.agents}
    for case in table.to_dict("records"):
        of_it, _, one = listed(case, given)
        yield (
            f"{case['agent']}, case {one.number}: {case['faults']}",
            played(of_it, agents[case["agent"]], [one]),
        )


if __name__ == "__main__":
    run(main, Adversary)
