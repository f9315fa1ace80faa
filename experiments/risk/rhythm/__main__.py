"""Which beats are ectopic? Judged on people left out, and on beats left out of people who were learned from.

    python -m experiments.risk.rhythm
    python -m experiments.risk.rhythm --people 24 --contenders rule majority --out results/rhythm_small

Beats are simulated. Whoever has learned from a person's other beats knows that person's shapes: folds of beats flatter.
The folder of results holds scores.csv (accuracy, macro F1, AUROC with intervals over people), report.md and page.png.
"""

from __future__ import annotations

from rich.console import Console

from experiments.risk.rhythm.study import Study, study
from experiments.running.command_line import run, show_report


def main(config: Study, console: Console | None = None) -> None:
    """Simulate, learn, judge, save and report. Raises ValueError on a bad option."""
    study(config)
    show_report(config.out, console or Console())


if __name__ == "__main__":
    run(main, Study)
