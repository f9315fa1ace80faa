"""One page of figures: areas beside pressure alone, calibration, and what acting on a probability is worth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.reporting.scores import COLOURS
from experiments.risk.hypotension.judging import FLATTERED, GREY_NAME

HORIZON = 600  # s, of calibration and decisions
SHOWN = {"all": "forward, all", GREY_NAME: "forward, 65-75 mmHg", FLATTERED: "case-control"}
MARKERS = ("o", "s", "^")


def draw(folder: Path) -> Figure:
    """Draw the page from the tables of a validation's folder."""
    scores, calibration, decision = (
        pd.read_csv(folder / f"{name}.csv") for name in ("scores", "calibration", "decision")
    )
    plain = [label for label in dict.fromkeys(decision["predictor"]) if label != "oracle"]
    colours = {label: COLOURS[number % len(COLOURS)] for number, label in enumerate(plain)}
    figure = Figure(figsize=(14, 8), layout="constrained")
    grid = figure.add_gridspec(2, 6)
    for column, (subset, title) in enumerate(SHOWN.items()):
        axes = figure.add_subplot(grid[0, 2 * column : 2 * column + 2])
        _areas(axes, scores[scores["subset"] == subset], colours, title, named=column == 0)
    _calibration(figure.add_subplot(grid[1, :3]), calibration, colours)
    _decision(figure.add_subplot(grid[1, 3:]), decision, colours)
    return figure


def _areas(axes: Axes, scores: pd.DataFrame, colours: dict[str, str], title: str, named: bool) -> None:
    horizons = list(dict.fromkeys(scores["horizon"]))
    for place, label in enumerate(colours):
        for number, horizon in enumerate(horizons):
            chosen = (
                (scores["predictor"] == label)
                & (scores["horizon"] == horizon)
                & (scores["metric"] == "AUROC")
            )
            for row in scores[chosen].to_dict("records"):
                error = np.nan_to_num([[row["estimate"] - row["low"]], [row["high"] - row["estimate"]]])
                where = place + 0.22 * (number - 1)
                axes.errorbar(
                    row["estimate"],
                    where,
                    xerr=np.maximum(error, 0.0),
                    fmt=MARKERS[number % 3],
                    ms=5,
                    color=colours[label],
                )
    for number, horizon in enumerate(horizons):
        axes.plot([], [], MARKERS[number % 3], color="0.3", label=f"within {horizon // 60} min")
    axes.axvline(0.5, color="0.8", lw=0.8)
    axes.set_yticks(range(len(colours)), list(colours) if named else [""] * len(colours))
    axes.set(ylim=(len(colours) - 0.5, -0.5), xlim=(0.48, 1.01), xlabel="AUROC", title=title)
    if named:
        axes.legend(fontsize=8, frameon=False, loc="lower left")


def _calibration(axes: Axes, rows: pd.DataFrame, colours: dict[str, str]) -> None:
    rows = rows[rows["horizon"] == HORIZON]
    for label, colour in colours.items():
        own = rows[rows["predictor"] == label]
        axes.plot(own["said"], own["came"], "o-", ms=4, lw=1.2, color=colour, label=label)
    end = (
        float(np.nanmax(rows[["said", "came"]].to_numpy()[rows["predictor"].isin(colours)]))
        if len(rows)
        else 1.0
    )
    axes.plot([0, end], [0, end], color="0.7", lw=0.8, zorder=0)
    axes.set(xlabel="said (tenths)", ylabel="came", title=f"calibration, within {HORIZON // 60} min")
    axes.legend(fontsize=8, frameon=False)


def _decision(axes: Axes, rows: pd.DataFrame, colours: dict[str, str]) -> None:
    rows = rows[rows["horizon"] == HORIZON]
    for label, colour in colours.items():
        own = rows[rows["predictor"] == label]
        axes.plot(own["threshold"], own["net_benefit"], "o-", ms=4, lw=1.2, color=colour, label=label)
    first = rows[rows["predictor"] == rows["predictor"].iloc[0]] if len(rows) else rows
    axes.plot(first["threshold"], first["of_all"], "--", color="0.5", lw=1.0, label="always acts")
    axes.axhline(0.0, color="0.8", lw=0.8, zorder=0)
    top = float(rows["net_benefit"][rows["predictor"].isin(colours)].max()) if len(rows) else 1.0
    axes.set(ylim=(-0.3 * abs(top), 1.2 * abs(top)), xlabel="probability from which somebody acts")
    axes.set(ylabel="net benefit a moment", title=f"decision curve, within {HORIZON // 60} min")
