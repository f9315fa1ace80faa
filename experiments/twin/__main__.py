"""A patient fitted to the first part of a recorded case: what comes next, and what an agent would have done.

    python -m experiments.twin --data DIR
    python -m experiments.twin --data DIR --case 1234 --agent pid_tuned
    python -m experiments.twin --simulated 40

The results folder holds scores.csv (twins beside the untuned patient and the forecasters), cases.csv, calibration.csv,
treated.csv (the anaesthetist beside the agent), courses.parquet, report.md and pictures. Until all is fitted, finished
parts wait in `parts/`, so that an interrupted run can be continued.
"""

from __future__ import annotations

from rich.console import Console

from experiments.running.command_line import run, show_report
from experiments.twin.request import Twin
from experiments.twin.study import study


def main(config: Twin, console: Console | None = None) -> None:
    """Fit, foretell, treat, save and report.

    Raises:
        ValueError: a bad option, data that cannot be used, or a folder that holds something else; nothing has been
            written then.
        OSError: a missing file.
    """
    console = console or Console()
    study(config, console)
    show_report(config.out, console)


if __name__ == "__main__":
    run(main, Twin)
