"""What flatters a predictor, and what is true of it? Every pitfall as a demonstration on generated cases.

    python -m experiments.shortcomings
    python -m experiments.shortcomings --only minority prevalence --quick --out results/shortcomings_small

Whoever generates cases knows the truth, so that each demonstration shows the flattering number beside the honest one.
The folder of results holds rows.csv (the table, with intervals), a table and a picture for each demonstration, and
report.md. Demonstrations that explain networks and trees need captum and shap: the extra `explain`.
"""

from __future__ import annotations

from rich.console import Console

from experiments.running.command_line import run, show_report
from experiments.shortcomings.study import Shortcomings, study


def main(config: Shortcomings, console: Console | None = None) -> None:
    """Demonstrate, save, draw and report. Raises ValueError on a bad option."""
    study(config)
    show_report(config.out, console or Console())


if __name__ == "__main__":
    run(main, Shortcomings)
