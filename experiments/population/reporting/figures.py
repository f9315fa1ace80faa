"""Pictures of a comparison, drawn from its saved tables: a page of everything, and one figure of the main points."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.population.quantities import LABELS
from experiments.population.reporting.findings import RECORDED
from experiments.population.targets import AREAS

COLOURS = {RECORDED: "0.25", "closed loop": "#1b6ca8", "replay": "#d1495b"}
COMPARED = (
    "propofol_mg_per_kg_h",
    "remifentanil_ug_per_kg_min",
    "propofol_jumps_per_hour",
    "remifentanil_jumps_per_hour",
    "bis_median",
    "time_in_40_60_percent",
    "bis_sd",
    "bis_change_sd",
    "pressure_median",
    "pressure_sd",
    "pressure_change_sd",
    "heart_rate_median",
    "heart_rate_sd",
    "heart_rate_change_sd",
)
TOLD = 12  # features shown
SHARES = (0.2, 0.5, 1.0, 2.0)  # of the recorded median, marked


def page(folder: Path) -> Figure:
    """Draw everything that quantities.csv, courses.csv, by_age.csv, variograms.csv and, where they are, areas.csv and
    importance.csv of a folder say.
    """
    tables = _read(folder)
    figure = Figure(figsize=(18, 20), layout="constrained")
    grid = figure.add_gridspec(5, 3, height_ratios=(1.3, 1.0, 1.0, 1.0, 1.0))
    _relative(figure.add_subplot(grid[0, :2]), tables["quantities"])
    if "areas" in tables:
        _areas(figure.add_subplot(grid[0, 2]), tables["areas"])
        _telling(figure.add_subplot(grid[4, 2]), tables["importance"])
    courses = {
        "bis by effect site": ("effect site as pumps display it, µg/mL", "index"),
        "bis": ("min after the first propofol", "index"),
        "pressure": ("min after the first propofol", "MAP, mmHg"),
        "heart_rate": ("min after the first propofol", "heart rate, 1/min"),
        "heart_rate_rise": ("min after the first propofol", "heart rate above that before, 1/min"),
    }
    for place, (signal, names) in enumerate(courses.items()):
        _course(figure.add_subplot(grid[1 + place // 3, place % 3]), tables["courses"], signal, *names)
    _shares(figure.add_subplot(grid[2, 2]), tables["quantities"])
    for column, signal in enumerate(("bis", "pressure", "heart_rate")):
        _variogram(figure.add_subplot(grid[3, column]), tables["variograms"], signal)
    for column, name in enumerate(("propofol_mg_per_kg_h", "remifentanil_ug_per_kg_min")):
        _ages(figure.add_subplot(grid[4, column]), tables["by_age"], name)
    return figure


def summary(folder: Path) -> Figure:
    """Draw the main points: quantities over recorded medians, index by effect site, pressure by minute, variograms."""
    tables = _read(folder)
    figure = Figure(figsize=(15, 8.5), layout="constrained")
    grid = figure.add_gridspec(2, 3)
    _relative(figure.add_subplot(grid[:, 0]), tables["quantities"], upright=True)
    _course(
        figure.add_subplot(grid[0, 1]),
        tables["courses"],
        "bis by effect site",
        "effect site in the pump, µg/mL",
        "index",
    )
    _course(
        figure.add_subplot(grid[0, 2]),
        tables["courses"],
        "pressure",
        "min after the first propofol",
        "MAP, mmHg",
    )
    _variogram(figure.add_subplot(grid[1, 1]), tables["variograms"], "pressure")
    if "areas" in tables:
        _areas(figure.add_subplot(grid[1, 2]), tables["areas"])
    return figure


def _read(folder: Path) -> dict[str, pd.DataFrame]:
    names = ("quantities", "courses", "by_age", "variograms", "areas", "importance")
    return {name: pd.read_csv(folder / f"{name}.csv") for name in names if (folder / f"{name}.csv").exists()}


def _relative(axes: Axes, table: pd.DataFrame, upright: bool = False) -> None:
    """Quantiles over cases as multiples of the recorded median: 5-95 % thin, 25-75 % thick, the median a dot."""
    middle = table[table["side"] == RECORDED].set_index("quantity")["q50"]
    sides = [side for side in COLOURS if side in set(table["side"]) and side != "replay"]
    for number, side in enumerate(sides):
        own = table[table["side"] == side].set_index("quantity").reindex(COMPARED)
        scaled = (
            own[["q5", "q25", "q50", "q75", "q95"]].div(middle.reindex(COMPARED), axis=0).clip(lower=0.02)
        )
        place = np.arange(len(COMPARED)) + 0.28 * (number - 0.5 * (len(sides) - 1))
        draw = axes.hlines if upright else axes.vlines
        draw(place, scaled["q5"], scaled["q95"], color=COLOURS[side], linewidth=1.2)
        draw(place, scaled["q25"], scaled["q75"], color=COLOURS[side], linewidth=5, label=side)
        points = (scaled["q50"], place) if upright else (place, scaled["q50"])
        axes.plot(*points, "o", color="white", markersize=3, markeredgecolor=COLOURS[side])
    labels = [LABELS[name] for name in COMPARED]
    if upright:
        axes.set_yticks(range(len(COMPARED)), labels, fontsize=8)
        axes.invert_yaxis()
        axes.set(xscale="log", xlabel="times the recorded median")
        axes.set_xticks(SHARES, [f"{share:g}" for share in SHARES], minor=False)
        axes.set_xticks([], minor=True)
        axes.axvline(1.0, color="0.7", linewidth=0.8, zorder=0)
    else:
        axes.set_xticks(range(len(COMPARED)), labels, rotation=35, ha="right", fontsize=8)
        axes.set(yscale="log", ylabel="times the recorded median")
        axes.set_yticks(SHARES, [f"{share:g}" for share in SHARES], minor=False)
        axes.set_yticks([], minor=True)
        axes.axhline(1.0, color="0.7", linewidth=0.8, zorder=0)
    axes.set_title("Cases: 5–95 and 25–75 %, median", fontsize=10)
    axes.legend(fontsize=8, frameon=False)


def _course(axes: Axes, table: pd.DataFrame, signal: str, x: str, y: str) -> None:
    rows = table[table["signal"] == signal]
    for side, colour in COLOURS.items():
        own = rows[rows["side"] == side]
        if own.empty:
            continue
        middle = [np.mean([float(edge) for edge in group.split("-")]) for group in own["group"]]
        axes.plot(middle, own["q50"], "o-", color=colour, markersize=3, label=side)
        for quantile in ("q5", "q95"):
            axes.plot(middle, own[quantile], "--", color=colour, linewidth=0.9)
    if "min" in x:
        axes.set_xscale("symlog", linthresh=20)
        axes.set_xticks([1, 5, 10, 15, 20, 45, 75], ["1", "5", "10", "15", "20", "45", "75"])
    axes.set(xlabel=x, ylabel=y)
    axes.set_title("median, 5 and 95 % of samples", fontsize=10)
    axes.legend(fontsize=8, frameon=False)


def _variogram(axes: Axes, table: pd.DataFrame, signal: str) -> None:
    rows = table[table["signal"] == signal]
    for side, colour in COLOURS.items():
        own = rows[rows["side"] == side]
        if own.empty:
            continue
        axes.plot(own["minutes"], own["q50"], "o-", color=colour, markersize=3, label=side)
        axes.fill_between(own["minutes"], own["q5"], own["q95"], color=colour, alpha=0.12, linewidth=0)
    axes.set(xscale="log", xlabel="min apart", ylabel="root of the semivariance")
    axes.set_ylim(bottom=0)
    names = {"bis": "Index", "pressure": "MAP, mmHg", "heart_rate": "Heart rate, 1/min"}
    axes.set_title(f"{names[signal]}: variogram, median and 5–95 % of cases", fontsize=10)
    axes.legend(fontsize=8, frameon=False)


def _areas(axes: Axes, table: pd.DataFrame) -> None:
    place = np.arange(len(table))
    error = np.maximum([table["estimate"] - table["low"], table["high"] - table["estimate"]], 0.0)
    axes.bar(
        place, table["estimate"] - 0.5, 0.6, bottom=0.5, yerr=error, color=COLOURS["closed loop"], capsize=3
    )
    for row, tracks in enumerate(table["tracks"]):
        if tracks in AREAS:
            axes.hlines(AREAS[tracks], row - 0.4, row + 0.4, color="#d1495b")
    axes.set_xticks(place, table["tracks"])
    axes.set(ylim=(0.4, 1.02), ylabel="AUC")
    axes.set_title("Telling simulated from recorded; red: at most", fontsize=10)


def _telling(axes: Axes, table: pd.DataFrame) -> None:
    own = table.sort_values("alone", ascending=False).head(TOLD).iloc[::-1]
    axes.barh(own["feature"], own["alone"] - 0.5, left=0.5, color="0.5")
    axes.tick_params(axis="y", labelsize=7)
    axes.set(xlim=(0.5, 1.0), xlabel="AUC of the feature alone")
    axes.set_title("What gives it away", fontsize=10)


def _shares(axes: Axes, table: pd.DataFrame) -> None:
    names = (
        "time_below_40_percent",
        "time_in_40_60_percent",
        "time_above_60_percent",
        "map_below_65_percent",
    )
    sides = [side for side in COLOURS if side in set(table["side"])]
    for number, side in enumerate(sides):
        own = table[table["side"] == side].set_index("quantity").reindex(list(names))
        place = np.arange(len(names)) + 0.25 * (number - 0.5 * (len(sides) - 1))
        axes.vlines(place, own["q5"], own["q95"], color=COLOURS[side], linewidth=1.2)
        axes.vlines(place, own["q25"], own["q75"], color=COLOURS[side], linewidth=6, label=side)
        axes.plot(place, own["q50"], "o", color="white", markersize=3, markeredgecolor=COLOURS[side])
    axes.set_xticks(range(len(names)), ["below 40", "40–60", "above 60", "MAP < 65"])
    axes.set(ylabel="% of maintenance", ylim=(0, 100))
    axes.set_title("Time in ranges, cases", fontsize=10)
    axes.legend(fontsize=8, frameon=False)


def _ages(axes: Axes, table: pd.DataFrame, name: str) -> None:
    rows = table[table["quantity"] == name]
    for number, (side, colour) in enumerate(COLOURS.items()):
        own = rows[rows["side"] == side]
        if own.empty or side == "replay":
            continue
        place = np.arange(len(own)) + 0.15 * number
        error = np.maximum([own["q50"] - own["q5"], own["q95"] - own["q50"]], 0.0)
        axes.errorbar(place, own["q50"], yerr=error, fmt="o", color=colour, capsize=3, label=side)
        axes.set_xticks(range(len(own)), own["group"])
    axes.set(xlabel="age, years", ylabel=LABELS[name])
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=8, frameon=False)
