"""How well is foreseen what becomes of people after surgery? Published risk models on generated people.

    python -m experiments.risk --system kidney
    python -m experiments.risk --system kidney --sizes 1211 --learners random_forest --out results/risk_small
    python -m experiments.risk --system mortality --data DIR

Everybody learns from generated people and is judged on others, whose true risk is known: the oracle's row is the best
that anybody could do, and who learned from permuted outcomes must be no better than chance. The folder of results
holds scores.csv (AUROC, AUPRC, Brier, calibration slope with intervals over subjects), report.md and page.png.
"""

from __future__ import annotations

from rich.console import Console

from experiments.risk.study import Risk, study
from experiments.running.command_line import run, show_report


def main(config: Risk, console: Console | None = None) -> None:
    """Generate, learn, judge, save and report. Raises ValueError on a bad option or bad data."""
    study(config)
    show_report(config.out, console or Console())


if __name__ == "__main__":
    run(main, Risk)
