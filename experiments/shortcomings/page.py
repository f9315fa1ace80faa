"""The table and the figures of the shortcomings, from what was saved."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.documenting.markdown import table
from experiments.reporting.figures import COLOURS, FAINT, STYLE
from experiments.reporting.tables import number, span
from experiments.shortcomings import DEMONSTRATIONS

CAVEAT = (
    "SYNTHETIC people and cases, whose truth is known. Each line shows that a pitfall can do this, and how it does it;"
    " how much it does elsewhere depends on the people."
)
SIZE = (6.4, 2.9)  # in, of a figure
FLATTERING, HONEST = COLOURS[1], COLOURS[0]


def report(folder: Path) -> str:
    """Return the page of a folder as Markdown: the table, then a figure a demonstration."""
    rows = pd.read_csv(folder / "rows.csv")
    lines = ["# What flatters, and what is true", "", CAVEAT, "", lesson_table(rows), ""]
    for name in dict.fromkeys(rows["demonstration"]):
        about = DEMONSTRATIONS.describe(name)
        lines += [f"## {name}", "", about, "", f"![{about}]({name}.png)", ""]
    return "\n".join(lines)


def lesson_table(rows: pd.DataFrame) -> str:
    """Return all lines of rows.csv as one table."""
    shown = []
    for row in rows.to_dict("records"):
        digits = int(row["digits"])
        cells = (
            _told(row, which, digits, which == "difference")
            for which in ("flattering", "honest", "difference")
        )
        shown.append((row["demonstration"], row["pitfall"], row["score"], *cells, row["teaches"]))
    header = [
        "",
        "pitfall",
        "score",
        "the flattering number",
        "the honest number",
        "difference",
        "what it teaches",
    ]
    return table(header, shown)


def _told(row: dict[Any, Any], which: str, digits: int, sign: bool) -> str:
    ends = span(row[f"{which}_low"], row[f"{which}_high"], digits, sign)
    return f"{number(row[which], digits, sign)} {ends}".strip()


def draw(name: str, folder: Path) -> Figure:
    """Draw a demonstration from its saved points."""
    figure = Figure(figsize=SIZE, layout="constrained")
    with matplotlib.rc_context(STYLE):
        DEMONSTRATIONS.get(name)().draw(figure, pd.read_csv(folder / f"{name}.csv"))
    return figure


def curve(axes: Axes, points: pd.DataFrame, x: str, label: str, colour: str, marks: str = "o-") -> None:
    """Draw `estimate` over a column, with a band from `low` to `high`."""
    axes.plot(points[x], points["estimate"], marks, color=colour, label=label, markersize=3, linewidth=1.3)
    axes.fill_between(points[x], points["low"], points["high"], color=colour, alpha=0.15, linewidth=0)


def bars(
    axes: Axes, names: Sequence[str], points: pd.DataFrame, colours: Sequence[str] | str = HONEST
) -> None:
    """Draw `estimate` with its interval, a line a row, the first on top."""
    places = np.arange(len(points))
    shades = [colours] * len(points) if isinstance(colours, str) else colours
    for place, row, shade in zip(places, points.to_dict("records"), shades, strict=True):
        axes.plot([row["low"], row["high"]], [place, place], color=shade, linewidth=1.4)
        axes.plot(row["estimate"], place, "o", color=shade, markersize=4)
    axes.set_yticks(places, names)
    axes.set_ylim(len(points) - 0.5, -0.5)
    axes.grid(axis="x", color="0.93")


def finish(axes: Axes, legend: bool = True) -> None:
    """Add a light grid and, where wanted, what the colours are."""
    axes.grid(color="0.93")
    axes.set_axisbelow(True)
    if legend:
        axes.legend(frameon=False, fontsize=7.0)


def line_at(axes: Axes, value: float, horizontal: bool = True) -> None:
    """Draw a faint line where nothing is, or all is right."""
    (axes.axhline if horizontal else axes.axvline)(value, color=FAINT, linewidth=0.8, linestyle=":")


def ticks_at(axes: Axes, places: Sequence[float], percent: bool = False) -> None:
    """Make the horizontal axis logarithmic, with plain numbers at some places."""
    axes.set_xscale("log")
    axes.set_xticks(places, [f"{100.0 * one:g} %" if percent else f"{one:,.0f}" for one in places])
    axes.minorticks_off()
