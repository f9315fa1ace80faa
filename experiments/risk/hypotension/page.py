"""One page of figures: areas beside pressure alone, calibration, and what acting on a probability is worth."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.reporting.scores import COLOURS
from experiments.risk.hypotension.judging import FLATTERED, GREY_NAME

HORIZON = 600  # s, of calibration and decisions
SHOWN = {"all": "forward, all", GREY_NAME: "forward, 65-75 mmHg", FLATTERED: "case-control"}
MARKERS, LINES = ("o", "s", "^"), ("-", ":", "-.", "--")


class Look(NamedTuple):
    """A colour and a kind of line."""

    colour: str
    line: str


def draw(folder: Path) -> Figure:
    """Draw the page from the tables of a validation's folder."""
    scores, calibration, decision = (
        pd.read_csv(folder / f"{name}.csv") for name in ("scores", "calibration", "decision")
    )
    plain = [label for label in dict.fromkeys(decision["predictor"]) if label != "oracle"]
    looks = styles(plain)
    figure = Figure(figsize=(14, 8), layout="constrained")
    grid = figure.add_gridspec(2, 6)
    for column, (subset, title) in enumerate(SHOWN.items()):
        axes = figure.add_subplot(grid[0, 2 * column : 2 * column + 2])
        _areas(axes, scores[scores["subset"] == subset], looks, title, named=column == 0)
    _calibration(figure.add_subplot(grid[1, :3]), calibration, looks)
    _decision(figure.add_subplot(grid[1, 3:]), decision, looks)
    return figure


def styles(labels: list[str]) -> dict[str, Look]:
    """Return how each is drawn: a colour by its name, a line by what it was trained on, "name (trained on)"."""
    names, trained = ([*dict.fromkeys(label.partition(" ")[part] for label in labels)] for part in (0, 2))
    return {
        label: Look(COLOURS[names.index(name) % len(COLOURS)], LINES[trained.index(rest) % len(LINES)])
        for label in labels
        for name, _, rest in [label.partition(" ")]
    }


def _areas(axes: Axes, scores: pd.DataFrame, looks: dict[str, Look], title: str, named: bool) -> None:
    horizons = list(dict.fromkeys(scores["horizon"]))
    for place, label in enumerate(looks):
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
                    color=looks[label].colour,
                )
    for number, horizon in enumerate(horizons):
        axes.plot([], [], MARKERS[number % 3], color="0.3", label=f"within {horizon // 60} min")
    axes.axvline(0.5, color="0.8", lw=0.8)
    axes.set_yticks(range(len(looks)), list(looks) if named else [""] * len(looks))
    axes.set(ylim=(len(looks) - 0.5, -0.5), xlim=(0.48, 1.01), xlabel="AUROC", title=title)
    if named:
        axes.legend(fontsize=8, frameon=False, loc="lower left")


def _calibration(axes: Axes, rows: pd.DataFrame, looks: dict[str, Look]) -> None:
    rows = rows[rows["horizon"] == HORIZON]
    for label, look in looks.items():
        own = rows[rows["predictor"] == label]
        axes.plot(own["said"], own["came"], "o", ls=look.line, ms=4, lw=1.2, color=look.colour, label=label)
    end = (
        float(np.nanmax(rows[["said", "came"]].to_numpy()[rows["predictor"].isin(looks)]))
        if len(rows)
        else 1.0
    )
    axes.plot([0, end], [0, end], color="0.7", lw=0.8, zorder=0)
    axes.set(xlabel="said (tenths)", ylabel="came", title=f"calibration, within {HORIZON // 60} min")
    axes.legend(fontsize=8, frameon=False)


def _decision(axes: Axes, rows: pd.DataFrame, looks: dict[str, Look]) -> None:
    rows = rows[rows["horizon"] == HORIZON]
    for label, look in looks.items():
        own = rows[rows["predictor"] == label]
        axes.plot(
            own["threshold"],
            own["net_benefit"],
            "o",
            ls=look.line,
            ms=4,
            lw=1.2,
            color=look.colour,
            label=label,
        )
    first = rows[rows["predictor"] == rows["predictor"].iloc[0]] if len(rows) else rows
    axes.plot(first["threshold"], first["of_all"], "--", color="0.5", lw=1.0, label="always acts")
    axes.axhline(0.0, color="0.8", lw=0.8, zorder=0)
    top = float(rows["net_benefit"][rows["predictor"].isin(looks)].max()) if len(rows) else 1.0
    axes.set(ylim=(-0.3 * abs(top), 1.2 * abs(top)), xlabel="probability from which somebody acts")
    axes.set(ylabel="net benefit a moment", title=f"decision curve, within {HORIZON // 60} min")
