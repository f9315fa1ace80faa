"""Agents under faults: every agent, bare and behind wrappers, meets every fault in the same cases, paired with none.

The results folder holds config.json and run.json (what was asked, versions, hash of every file that decided the
result), cases.csv (one row an agent, fault and patient), summary.csv and campaign.md (one row an agent and fault),
campaign.png, alarms.csv (which alarms, how often and how soon), and what was seen in every trial, in trials/: an
interrupted run continues.
"""

from __future__ import annotations

from functools import partial

import pandas as pd
from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from experiments.failing import showing, trials
from experiments.failing.called import called
from experiments.failing.kinds import NOTHING
from experiments.failing.trials import Campaign, Trial
from experiments.loop.evaluation import label
from experiments.running import folders, freshness
from experiments.running.command_line import run
from experiments.running.results import write_csv, write_figure, write_text
from experiments.running.runners import runner

TRIALS = "trials"
RESULTS = ("cases.csv", "summary.csv", "campaign.md", "campaign.png", "alarms.csv", TRIALS)


def main(config: Campaign, console: Console | None = None) -> None:
    """Simulate what is missing, judge and show.

    Raises:
        ValueError: a bad option, or a folder that holds something else or is in use; nothing has been written then.
        OSError: a missing file, or a full disk: finished trials are kept.
    """
    console = console or Console()
    runner(config.runner, config.workers)
    with console.status("checking agents and faults"):
        trials.check(config)
    files = freshness.files(__spec__.name, config)
    with folders.begin(config.out, config, files, results=RESULTS, say=console.print):
        every = trials.trials(config)
        simulate(config, every, console)
        cases = trials.judged(config, config.out / TRIALS)
        summary = showing.summarise(cases, config.seed)
        write_csv(config.out / "cases.csv", cases)
        write_csv(config.out / "summary.csv", summary)
        write_csv(config.out / "alarms.csv", called(config, config.out / TRIALS))
        write_text(config.out / "campaign.md", showing.markdown(summary))
        write_figure(config.out / "campaign.png", showing.picture(summary))
    console.print(headline(summary))
    console.print(f"table: {config.out / 'campaign.md'}", soft_wrap=True)


def simulate(config: Campaign, every: list[Trial], console: Console) -> None:
    """Simulate the trials that are missing, with a bar for every agent."""
    folder = config.out / TRIALS
    folder.mkdir(exist_ok=True)
    missing = [trial for trial in every if not trial.path(folder).exists()]
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        total = sum(len(trial.faults) for trial in every) / len(config.arms)
        bars = {arm: progress.add_task(label(arm), total=total) for arm in config.arms}
        done = dict.fromkeys(every, 1.0) | dict.fromkeys(missing, 0.0)

        def show(number: int, share: float) -> None:
            trial = missing[number]
            done[trial] = share
            lived = sum(part * len(one.faults) for one, part in done.items() if one.arm == trial.arm)
            progress.update(bars[trial.arm], completed=lived)

        runner(config.runner, config.workers).map(partial(trials.live, config, folder), missing, show)


def headline(summary: pd.DataFrame) -> Table:
    """Return a few numbers an agent for the terminal."""
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("agent", "faults passed", "more time out, %", "cases too deep", "too low", "alarmed, %"):
        table.add_column(heading, justify="left" if heading == "agent" else "right", no_wrap=True)
    for arm, rows in summary[summary["fault"] != NOTHING].groupby("arm", sort=False):
        table.add_row(
            str(arm),
            f"{rows['passes'].sum()} of {len(rows)}",
            f"{rows['more'].mean():+.1f}",
            str(rows["too_deep"].sum()),
            str(rows["too_low"].sum()),
            f"{rows['alarmed_percent'].mean():.0f}",
        )
    return table


if __name__ == "__main__":
    run(main, Campaign)
