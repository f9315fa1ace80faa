"""Is somebody in pain, heard from the pulse at a finger? The study of Lim 2019 on simulated people.

    python -m experiments.pain
    python -m experiments.pain --subjects 24 --contenders LR oracle --out results/pain_small

Everybody answers for windows of a fold left out: folds of subjects, and folds of windows, which leak. The folder of
results holds scores.csv (AUC, accuracy, F1 with intervals over subjects), report.md and page.png.
"""

from __future__ import annotations

from rich.console import Console

from experiments.pain.study import Study, study
from experiments.running.command_line import run, show_report


def main(config: Study, console: Console | None = None) -> None:
    """Simulate, hear, answer, judge, save and report. Raises ValueError on a bad option."""
    console = console or Console()
    study(config, console)
    show_report(config.out, console)


if __name__ == "__main__":
    run(main, Study)
