"""One page of figures, drawn from the saved tables: traces, calibration, error by phase and by age."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from predictors.depth.phases import PHASES

AHEAD = 180  # s, the horizon of the traces and of the bars
COLOURS = ("#1b6ca8", "#d1495b", "#3a7d44", "#8f5db7", "#c98a1b", "#4a4a4a", "#2aa198", "#a0522d", "#708090")
TRACES = ("best", "median", "worst")


def draw(folder: Path) -> Figure:
    """Draw the page from scores.csv, by_age.csv, calibration.csv and traces.csv of a validation's folder."""
    scores, ages = pd.read_csv(folder / "scores.csv"), pd.read_csv(folder / "by_age.csv")
    calibration, traces = pd.read_csv(folder / "calibration.csv"), pd.read_csv(folder / "traces.csv")
    labels = [*dict.fromkeys(scores["predictor"])]
    colours = {label: COLOURS[i % len(COLOURS)] for i, label in enumerate(labels)}
    figure = Figure(figsize=(15, 13), layout="constrained")
    grid = figure.add_gridspec(4, 3, height_ratios=(1.1, 1.1, 1.0, 1.0))
    numbers = traces.columns.difference(["rank", "case"])
    traces = traces.astype(dict.fromkeys(numbers, float))
    for column, rank in enumerate(TRACES):
        case = traces[traces["rank"] == rank]
        _now(figure.add_subplot(grid[0, column]), case, rank)
        _ahead(figure.add_subplot(grid[1, column]), case)
    _calibration(figure.add_subplot(grid[2, 0]), calibration, colours)
    now = scores[(scores["horizon"] == 0) & (scores["metric"] == "RMSE")]
    ahead = scores[(scores["horizon"] == AHEAD) & (scores["metric"] == "RMSE")]
    _phases(figure.add_subplot(grid[2, 1]), now, colours, "Index now: error by phase")
    _phases(figure.add_subplot(grid[2, 2]), ahead, colours, f"{AHEAD // 60} min ahead: error by phase")
    _ages(figure.add_subplot(grid[3, 0]), ages[ages["horizon"] == 0], colours, "Index now: error by age")
    _ages(
        figure.add_subplot(grid[3, 1]),
        ages[ages["horizon"] == AHEAD],
        colours,
        f"{AHEAD // 60} min ahead: error by age",
    )
    _horizons(figure.add_subplot(grid[3, 2]), scores, colours)
    return figure


def _now(axes: Axes, case: pd.DataFrame, rank: str) -> None:
    """Shown index and what doses alone say."""
    minutes = case["time_s"] / 60.0
    axes.plot(minutes, case["bis"], color="0.65", linewidth=0.8, label="shown")
    axes.plot(minutes, case["surface"], color=COLOURS[1], linewidth=1.2, label="nominal surface")
    axes.plot(minutes, case["now"], color=COLOURS[0], linewidth=1.4, label="from doses alone")
    axes.axhspan(40, 60, color="#3a7d44", alpha=0.08, linewidth=0)
    name = case["case"].iloc[0] if len(case) else ""
    axes.set(ylim=(0, 100), ylabel="BIS", title=f"{rank} patient: case {name}")
    if rank == TRACES[0]:
        axes.legend(fontsize=8, ncols=3, loc="upper right", frameon=False)


def _ahead(axes: Axes, case: pd.DataFrame) -> None:
    """Shown index and what was forecast for that moment."""
    minutes = case["time_s"] / 60.0
    axes.fill_between(
        minutes, case["low"], case["high"], color=COLOURS[0], alpha=0.25, linewidth=0, label="80 %"
    )
    axes.plot(minutes, case["bis"], color="0.5", linewidth=0.8, label="shown")
    axes.plot(
        minutes, case["ahead"], color=COLOURS[0], linewidth=1.2, label=f"forecast {AHEAD // 60} min before"
    )
    axes.axhspan(40, 60, color="#3a7d44", alpha=0.08, linewidth=0)
    axes.set(ylim=(0, 100), ylabel="BIS", xlabel="min since the first propofol")
    axes.legend(fontsize=8, ncols=3, loc="upper right", frameon=False)


def _calibration(axes: Axes, table: pd.DataFrame, colours: dict[str, str]) -> None:
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    for (label, horizon), rows in table.groupby(["predictor", "horizon"], sort=False):
        name = label if horizon == table["horizon"].min() else None
        width = 0.8 + 0.4 * list(table["horizon"].unique()).index(horizon)
        axes.plot(
            rows["quantile"],
            rows["observed"],
            "o-",
            color=colours[str(label)],
            linewidth=width,
            ms=3,
            label=name,
        )
    axes.set(
        xlabel="quantile forecast",
        ylabel="share of readings below it",
        title="Calibration (thicker: further ahead)",
        xlim=(0, 1),
        ylim=(0, 1),
    )
    axes.legend(fontsize=8, frameon=False)


def _phases(axes: Axes, rows: pd.DataFrame, colours: dict[str, str], title: str) -> None:
    labels = [*dict.fromkeys(rows["predictor"])]
    width = 0.8 / max(len(labels), 1)
    for i, label in enumerate(labels):
        own = rows[rows["predictor"] == label].set_index("phase").reindex(PHASES)
        place = np.arange(len(PHASES)) + (i - 0.5 * (len(labels) - 1)) * width
        error = [own["estimate"] - own["low"], own["high"] - own["estimate"]]
        axes.bar(
            place,
            own["estimate"],
            0.9 * width,
            color=colours[str(label)],
            yerr=np.maximum(error, 0.0),
            label=label,
        )
    axes.set_xticks(range(len(PHASES)), PHASES)
    axes.set(ylabel="RMSE, BIS", title=title)
    axes.margins(y=0.35)
    axes.legend(fontsize=7, frameon=False, ncols=2, loc="upper left")


def _ages(axes: Axes, rows: pd.DataFrame, colours: dict[str, str], title: str) -> None:
    for label, own in rows.groupby("predictor", sort=False):
        error = np.maximum([own["estimate"] - own["low"], own["high"] - own["estimate"]], 0.0)
        axes.errorbar(
            own["age"], own["estimate"], yerr=error, fmt="o-", capsize=2, ms=4, color=colours[str(label)]
        )
    axes.set(xlabel="age, years", ylabel="RMSE, BIS", title=title)
    axes.set_ylim(bottom=0)


def _horizons(axes: Axes, scores: pd.DataFrame, colours: dict[str, str]) -> None:
    rows = scores[(scores["horizon"] > 0) & (scores["metric"] == "RMSE") & (scores["phase"] == "all")]
    for label, own in rows.groupby("predictor", sort=False):
        axes.plot(own["horizon"] / 60.0, own["estimate"], "o-", color=colours[str(label)], label=label)
        axes.fill_between(
            own["horizon"] / 60.0, own["low"], own["high"], color=colours[str(label)], alpha=0.15, linewidth=0
        )
    axes.set(xlabel="min ahead", ylabel="RMSE, BIS", title="Forecast error by horizon")
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=8, frameon=False)
