"""Agents in the closed loop, patient by patient: simulate, save, summarise, report.

The results folder holds config.json (what was asked, versions, commit), run.json (agents, warnings, hash of every file
that decided the result), cases.csv (one row per agent and patient), summary.csv (per arm: training seeds of one agent,
NAME@seed1 NAME@seed2, are one), pairs.csv (every arm against every other), profiles.csv and aggregates.csv (the primary
metric over patients and seeds), moments.csv (courses around laryngoscopy and incision), traces.parquet (once a minute,
of the first 1000 patients, what observers estimated included), estimates.csv (observers scored on these traces),
worst.parquet (each arm's worst cases at every control period), report.html and two pictures of it. Until all is
simulated, finished parts wait in `parts/`, so that an interrupted run can be continued, with another runner or another
number of workers too: the results are the same. One run at a time works in a folder.
"""

from __future__ import annotations

import pandas as pd
from rich.console import Console

from experiments import report
from experiments.loop.evaluation import Evaluation
from experiments.loop.headline import headline
from experiments.loop.simulation import evaluated
from experiments.running.command_line import run


def main(config: Evaluation, console: Console | None = None) -> None:
    """Simulate what is missing, save and report.

    Raises:
        ValueError: a bad option, or a folder that holds something else or is in use; nothing has been written then.
        OSError: a missing file, or a full disk: finished parts are kept.
    """
    console = console or Console()
    with evaluated(config, console):
        report.write(config.out)
    console.print(headline(pd.read_csv(config.out / "summary.csv")))
    console.print("Interquartile means over patients; mean paired difference to the reference.", style="dim")
    console.print(f"report: {config.out / 'report.html'}", soft_wrap=True)


if __name__ == "__main__":
    run(main, Evaluation)
