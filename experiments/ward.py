"""Which agent does less harm, if pressure, depth and drugs do what studies suggest? Expected injury and death.

    python -m experiments.ward --agents pid_plants+pressure mpc --patients 1000
    python -m experiments.ward --agents pid_plants+pressure mpc --patients 1000 --links mine.csv

Everybody is operated on in the closed loop, and comes to a ward where the odds of kidney injury, myocardial injury and
death within 30 days move with what was done: minutes of low pressure, depth, norepinephrine; beside age, disease and
blood lost. That is an assumption, declared link by link in a table with sources (`sim/data/ward_links.csv`, copied to
links.csv of the results, to be changed and given back with --links), and the report shows how the comparison hangs on
each of them and on how much of them is causal. ward.csv has means and paired differences, sensitivity.csv the same
under every assumption, events.csv who has what by lot, with creatinine until two days later, report.md and
sensitivity.png the page. The loop's own results are in `loop/`, and are not simulated again for other links.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd
from rich.console import Console

from experiments.loop.evaluation import Evaluation, label
from experiments.loop.simulation import LAST, evaluated
from experiments.risk.ward import judging, page
from experiments.risk.ward.admitting import admit
from experiments.running.command_line import run
from experiments.running.results import write_csv, write_figure, write_run, write_text
from sim.outcomes.ward import links as tables

LOOP = "loop"


@dataclass(frozen=True)
class Ward(Evaluation):
    """Compare agents by the harm that is expected of what they did.

    Attributes:
        links: CSV file of causal links in the place of the table that comes with the package; see there.
        causal: share of every link with what was done that is causal, 0 to 1, in the place of the table's.
        out: folder of the results.
    """

    links: Path | None = None
    causal: float | None = None
    out: Path = Path("results/ward")

    def believed(self) -> tables.Links:
        """Return the links. Raises ValueError on a bad table or share, OSError on a missing file."""
        found = tables.shipped() if self.links is None else tables.read(self.links)
        return found if self.causal is None else tables.believed(found, self.causal)

    def loop(self) -> Evaluation:
        """Return the evaluation of the agents, in a folder of its own."""
        options = {one.name: getattr(self, one.name) for one in fields(Evaluation)}
        return Evaluation(**{**options, "out": self.out / LOOP})


def main(config: Ward, console: Console | None = None) -> None:
    """Simulate what is missing, compute, save and print. Raises ValueError and OSError on bad input."""
    console = console or Console()
    links, loop = config.believed(), config.loop()
    with evaluated(loop, console):
        cases = pd.read_csv(loop.out / LAST)
    reference = label(config.reference)
    admitted = admit(loop, cases)
    out = write_run(config.out, config)
    write_text(out / "links.csv", tables.written(links))
    write_csv(out / "ward.csv", judging.expected(admitted, cases, links, reference, config.seed))
    write_csv(out / "sensitivity.csv", judging.sensitivity(admitted, links, reference, config.seed))
    write_csv(out / judging.DRAWN, judging.drawn(admitted, links))
    write_text(out / "report.md", page.report(out, links, reference))
    write_figure(out / "sensitivity.png", page.draw(out))
    console.print(
        page.of_agents(pd.read_csv(out / "ward.csv")), markup=False, highlight=False, soft_wrap=True
    )
    console.print(f"An assumption, not a measurement; report: {out / 'report.md'}", soft_wrap=True)


if __name__ == "__main__":
    run(main, Ward)
