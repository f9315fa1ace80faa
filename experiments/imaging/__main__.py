"""Where is it, and how large? Published systems that look at images, on phantoms whose answer is known.

    python -m experiments.imaging --system epidural
    python -m experiments.imaging --system epidural --learners window --out results/imaging_small

Everybody learns from phantoms made on the fly and is judged on others: of the same kind, and of another machine and
other people. Nothing here shows clinical accuracy. The folder of results holds scores.csv (means with intervals over
images, over several trainings), phantoms.json (hashes of the images judged), report.md, plate.png, and in images/ some
phantoms in the form in which --images reads your own.
"""

from __future__ import annotations

from rich.console import Console

from experiments.imaging.study import Imaging, study
from experiments.running.command_line import run, show_report


def main(config: Imaging, console: Console | None = None) -> None:
    """Make phantoms, learn, judge, save and report. Raises ValueError on a bad option."""
    study(config)
    show_report(config.out, console or Console())


if __name__ == "__main__":
    run(main, Imaging)
