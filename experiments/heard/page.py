"""One page of figures of depth heard in the EEG: three courses, and how everybody scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.heard.judging import PUBLISHED, TRACES
from predictors.depth.eeg.levels import BORDERS

BLUE, GREY = "#1b6ca8", "#8a8a8a"
SHOWN = {"accuracy": "four levels: accuracy", "Pk": "Pk", "MAE": "mean absolute error"}


def draw(folder: Path) -> Figure:
    """Draw the page from scores.csv and traces.csv of a validation's folder."""
    scores, courses = pd.read_csv(folder / "scores.csv"), pd.read_csv(folder / "traces.csv")
    figure = Figure(figsize=(13, 8), layout="constrained")
    grid = figure.add_gridspec(2, 3)
    for column, rank in enumerate(TRACES):
        _course(figure.add_subplot(grid[0, column]), courses[courses["rank"] == rank], rank)
    for column, (metric, title) in enumerate(SHOWN.items()):
        rows = scores[(scores["metric"] == metric) & (scores["moments"] == "all")]
        _bars(figure.add_subplot(grid[1, column]), rows, title, named=column == 0)
    return figure


def _course(axes: Axes, rows: pd.DataFrame, rank: str) -> None:
    minutes = rows["time_s"] / 60.0
    axes.fill_between(
        minutes, rows["depth_q10"], rows["depth_q90"], color=BLUE, alpha=0.25, lw=0, label="80 %"
    )
    axes.plot(minutes, rows["true"], color="0.2", lw=1.2, label="true")
    axes.plot(minutes, rows["depth"], color=BLUE, lw=1.2, label=f"heard by {PUBLISHED}")
    for border in BORDERS:
        axes.axhline(border, color="0.8", lw=0.6, zorder=0)
    axes.set(ylim=(0, 100), xlabel="min", ylabel="index", title=f"{rank} patient")
    if rank == TRACES[0]:
        axes.legend(fontsize=8, frameon=False, loc="upper right")


def _bars(axes: Axes, rows: pd.DataFrame, title: str, named: bool) -> None:
    place = np.arange(len(rows))
    error = np.maximum([rows["estimate"] - rows["low"], rows["high"] - rows["estimate"]], 0.0)
    colours = [BLUE if name.split(" ")[0] == PUBLISHED else GREY for name in rows["predictor"]]
    axes.barh(place, rows["estimate"], xerr=np.nan_to_num(error), color=colours, height=0.7)
    axes.set_yticks(place, list(rows["predictor"]) if named else [""] * len(rows))
    axes.invert_yaxis()
    axes.set_title(title)
