"""What the networks learned, on one page drawn from the saved tables: dose-response, plans, influence over lags."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments.reporting.figures import BAND, COLOURS, FAINT, INK, REFERENCE, STYLE, WIDTH

HEIGHT = 5.6  # in
HORIZON = 300  # s, of the plans drawn
LONGEST_LAG = 20.0  # min, shown
SCALE = 1.4  # of the strongest true influence, shown
RESPONSES = (
    ("propofol", "BIS after an hour\nof propofol alone", "mg/kg/h", 1.0),
    ("remifentanil", "BIS after an hour of remifentanil\nand propofol 6 mg/kg/h", "µg/kg/min", 1.0),
    ("bolus awake", "Change of BIS by 1.5 mg/kg of\npropofol, given to somebody awake", "min", 60.0),
    ("bolus asleep", "Change of BIS by 1.5 mg/kg of\npropofol during anaesthesia", "min", 60.0),
)
INFLUENCES = (
    ("propofol", "Influence of propofol,\nBIS points per mg/kg", "min since the dose"),
    ("remifentanil", "Influence of remifentanil,\nBIS points per µg/kg", "min since the dose"),
)


def draw(folder: Path) -> Figure:
    """Draw dose_response.csv, plans.csv, influence.csv, scores.csv and summary.json of a folder of results."""
    curves, plans, influence, scores = (
        pd.read_csv(folder / f"{name}.csv") for name in ("dose_response", "plans", "influence", "scores")
    )
    usual = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["usual_rates"]
    learned = [name for table in (curves, plans) for name in table["source"].unique() if name != "patients"]
    shades = {"patients": REFERENCE} | {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(learned)}
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        panels = figure.subplots(2, 4)
        for panel, (curve, title, unit, scale) in zip(panels[0], RESPONSES, strict=True):
            part = curves[curves["curve"] == curve]
            _sources(panel, part, part["x"] / scale, shades)
            _dress(panel, title, unit)
            if curve in usual:
                panel.set_ylim(0.0, 100.0)
                panel.axvspan(*usual[curve], color=BAND, lw=0, zorder=-1)
        ahead = plans[plans["horizon"] == HORIZON]
        _sources(panels[1, 0], ahead, ahead["plan"], shades)
        _dress(
            panels[1, 0],
            f"Change of BIS in {HORIZON // 60} min by a plan,\nfrom going on with 6 mg/kg/h",
            "mg/kg/h",
        )
        for panel, (drug, title, unit) in zip(panels[1, 1:], INFLUENCES, strict=False):
            _influence(panel, influence[influence["drug"] == drug], shades)
            _dress(panel, title, unit)
        _scores(panels[1, 3], scores, shades)
        _legend(figure, shades)
    return figure


def _sources(panel: Axes, table: pd.DataFrame, x: pd.Series, shades: Mapping[str, str]) -> None:
    """Lines of every source, the truth with its band."""
    for source, part in table.groupby("source", sort=False):
        if source == "patients":
            panel.fill_between(x[part.index], part["low"], part["high"], color=REFERENCE, alpha=0.12, lw=0)
        panel.plot(x[part.index], part["bis"], color=shades[str(source)], lw=1.5)


def _influence(panel: Axes, table: pd.DataFrame, shades: Mapping[str, str]) -> None:
    """Mean gradients over lags, on the scale of the truth; what leaves it is written beside where it leaves."""
    edge = SCALE * table.loc[table["source"] == "patients", "gradient"].abs().max()
    beyond = []
    for source, colour in shades.items():
        gradient = table.loc[table["source"] == source, "gradient"]
        panel.plot(table.loc[gradient.index, "lag"] / 60.0, gradient, color=colour, lw=1.5)
        beyond += [(value, colour) for value in (gradient.max(), gradient.min()) if abs(value) > edge]
    for row, (value, colour) in enumerate(beyond):
        height = 0.95 - 0.08 * row if value > 0.0 else 0.05 + 0.08 * row
        panel.text(
            0.95, height, f"to {value:+.0f}", color=colour, transform=panel.transAxes, ha="right", va="center"
        )
    panel.axhline(0.0, color=FAINT, lw=0.6)
    panel.set(xlim=(0.0, LONGEST_LAG), ylim=(-edge, edge))


def _scores(panel: Axes, scores: pd.DataFrame, shades: Mapping[str, str]) -> None:
    """Rank correlations with the truth: the network's, and those of its kind that have learned nothing."""
    rows = scores.to_dict("records")
    for height, row in enumerate(rows):
        colour = shades[row["predictor"]]
        panel.plot([row["lowest_randomised"], row["largest_randomised"]], [height] * 2, color=FAINT, lw=1.0)
        panel.plot(row["spearman_randomised"], height, "o", color="white", mec=FAINT, ms=4.5)
        panel.plot(row["spearman"], height, "o", color=colour, ms=6)
    panel.axvline(0.0, color=FAINT, lw=0.6)
    panel.set_yticks(range(len(rows)), [row["drug"] for row in rows])
    panel.set(xlim=(-1.05, 1.05), ylim=(max(len(rows), 1) - 0.5, -0.5))
    panel.tick_params(axis="y", length=0)
    panel.spines["left"].set_visible(False)
    _dress(
        panel,
        "Rank correlation of influence with\nthe truth; hollow: random weights",
        "Spearman",
    )


def _dress(panel: Axes, title: str, unit: str) -> None:
    panel.set_title(title)
    panel.set_xlabel(unit)


def _legend(figure: Figure, shades: Mapping[str, str]) -> None:
    handles: list[Line2D | Patch] = [
        Line2D(
            [], [], color=colour, lw=1.8, label="simulated patients (10–90 %)" if name == "patients" else name
        )
        for name, colour in shades.items()
    ]
    handles.append(Patch(color=BAND, label="usual doses"))
    figure.legend(
        handles=handles, loc="outside upper left", ncols=len(handles), frameon=False, labelcolor=INK
    )
