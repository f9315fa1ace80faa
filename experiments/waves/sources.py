"""Every agent twice on the same patients: with an index drawn from the true one, and with one computed from the EEG.

Writes sources.csv (per agent and metric: the interquartile means and the paired difference with its interval), and a
picture of the differences. Both evaluations, reports included, lie in folders of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from rich.console import Console

from experiments import closed_loop
from experiments.judging.statistics import interquartile_mean, paired_difference
from experiments.judging.verdicts import PRESSURE, PRIMARY
from experiments.loop.evaluation import Evaluation
from experiments.reporting.figures import COLOURS, FAINT, STYLE
from experiments.running.command_line import run
from experiments.running.results import write_csv, write_figure, write_run
from sim.metrics import metric_table

SOURCES = "surface", "eeg"
METRICS = (
    PRIMARY,
    "time_in_40_60_percent",
    "time_below_40_percent",
    "time_above_60_percent",
    "measured_time_outside_40_60_percent",
    "wobble_percent",
    "awareness_s",
    "order_changes_per_h",
    PRESSURE,
)
TABLE, FIGURE = "sources.csv", "sources.png"


@dataclass(frozen=True)
class Sources:
    """Compare agents who are shown an index of the EEG with themselves who are shown the usual one, patient by patient.

    Running it again with the same options goes on where it was interrupted.

    Attributes:
        agents: who doses; all that are available if none is named.
        patients: how many.
        horizon: length of a case, s.
        seed: of patients, surgery, noise and EEG.
        workers: parts of the cohort at a time.
        out: folder of the results.
    """

    agents: tuple[str, ...] = ()
    patients: int = 200
    horizon: float = 7200.0
    seed: int = 0
    workers: int = 2
    out: Path = Path("results/sources")

    def evaluation(self, source: str) -> Evaluation:
        """Return the evaluation with one source of the index."""
        return Evaluation(
            agents=self.agents,
            patients=self.patients,
            horizon=self.horizon,
            seed=self.seed,
            workers=self.workers,
            bis_source=source,
            out=self.out / source,
        )


def main(config: Sources) -> None:
    """Simulate what is missing, compare and draw.

    Raises:
        ValueError: a bad option, or a folder that holds something else; nothing has been written then.
        OSError: a full disk; finished parts are kept.
    """
    console = Console()
    for source in SOURCES:
        console.rule(source)
        closed_loop.main(config.evaluation(source), console)
    write_run(config.out, config)
    usual, heard = (pd.read_csv(config.out / source / "cases.csv") for source in SOURCES)
    table = compared(usual, heard, config.seed)
    write_csv(config.out / TABLE, table)
    write_figure(config.out / FIGURE, draw(table))
    console.print(table[table["metric"] == PRIMARY].round(2).to_string(index=False), highlight=False)
    console.print(f"saved: {config.out / TABLE}", soft_wrap=True)


def compared(usual: pd.DataFrame, heard: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """Return a row per agent and metric: interquartile means of both, mean paired difference and its 95 % interval.

    Args:
        usual, heard: a row per agent and patient, the same ones in both.
    """
    index = ["agent", "patient"]
    pairs = usual.merge(heard, on=index, suffixes=("", "_heard"), validate="one_to_one")
    rows = []
    for agent, cases in pairs.groupby("agent", sort=False):
        for metric in METRICS:
            before, after = (cases[name].to_numpy(float) for name in (metric, f"{metric}_heard"))
            difference = paired_difference(after, before, seed)
            rows.append(
                {
                    "agent": agent,
                    "metric": metric,
                    "surface": interquartile_mean(before),
                    "eeg": interquartile_mean(after),
                    "difference": difference.estimate,
                    "low": difference.low,
                    "high": difference.high,
                }
            )
    return pd.DataFrame(rows)


def draw(table: pd.DataFrame) -> Figure:
    """Draw the paired differences, a panel per metric and a line per agent; 0 is no difference."""
    agents, metrics = list(dict.fromkeys(table["agent"])), list(dict.fromkeys(table["metric"]))
    known = metric_table()
    with matplotlib.rc_context(STYLE):
        columns = -(-len(metrics) // 2)
        figure = Figure(figsize=(2.4 * columns + 1.6, 0.5 * len(agents) + 2.6), layout="constrained")
        axes = figure.subplots(2, columns, sharey=True, squeeze=False).ravel()
        for each, metric in zip(axes, metrics, strict=False):
            rows = table[table["metric"] == metric].set_index("agent").loc[agents]
            place = np.arange(len(agents))
            each.axvline(0.0, color=FAINT, linewidth=0.8)
            each.hlines(place, rows["low"], rows["high"], color=COLOURS[0], linewidth=1.4)
            each.plot(rows["difference"], place, "o", color=COLOURS[0], markersize=3.5)
            each.set_title(metric.removesuffix("_percent").replace("_", " "))
            each.set_xlabel(known[metric].unit)
            each.set_yticks(place, agents)
        for each in axes[len(metrics) :]:
            each.set_axis_off()
        axes[0].invert_yaxis()
        figure.suptitle("index from the EEG less index from the surface, paired, 95 % intervals", fontsize=9)
    return figure


if __name__ == "__main__":
    run(main, Sources)
