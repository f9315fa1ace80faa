"""What stands beside the evaluation if it is there: simulated against recorded practice, published protocols."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from experiments.figures import COLOURS, INK, REFERENCE, STYLE, WIDTH
from experiments.report_tables import digits_for, number

PRACTICE = ("metric", "quantile", "recorded", "simulated")
PROTOCOLS = ("protocol", "run", "metric", "statistic", "source", "published", "ours", "deviation_percent")
DRAWN = (0.05, 0.25, 0.5, 0.75, 0.95)
CENTRES = ("mean", "median")


def practice_table(folder: Path) -> pd.DataFrame | None:
    """Return quantiles of practice side by side, from the CSV file of a folder that has the columns `PRACTICE`."""
    return _first_with(sorted(folder.glob("*.csv")), PRACTICE)


def protocol_table(folder: Path) -> pd.DataFrame | None:
    """Return our figures beside published ones, as `python -m experiments.protocols` writes them."""
    return _first_with([folder / "comparison.csv"], PROTOCOLS)


def _first_with(paths: list[Path], columns: tuple[str, ...]) -> pd.DataFrame | None:
    for path in paths:
        table = pd.read_csv(path) if path.exists() else pd.DataFrame()
        if set(columns) <= set(table.columns):
            return table
    return None


def practice_rows(table: pd.DataFrame) -> list[dict[str, str]]:
    """Return median (25-75 %) of every quantity, recorded and simulated, as text."""
    rows = []
    for metric, group in table.groupby("metric", sort=False):
        own = group.set_index("quantile")
        digits = digits_for(own.loc[0.5, ["recorded", "simulated"]])
        texts = {}
        for side in ("recorded", "simulated"):
            low, middle, high = (number(own.loc[level, side], digits) for level in (0.25, 0.5, 0.75))
            texts[side] = f"{middle} ({low}–{high})"
        rows.append({"metric": str(metric), **texts})
    return rows


def practice_figure(table: pd.DataFrame) -> Figure:
    """Draw the quantiles of every quantity: recorded above, simulated below."""
    metrics = list(dict.fromkeys(table["metric"]))
    columns = 3
    rows = -(-len(metrics) // columns)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 0.95 * rows), layout="constrained")
        panels = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
        for panel, metric in zip(panels, metrics, strict=False):
            own = table[table["metric"] == metric].set_index("quantile")
            for height, (side, colour) in enumerate((("recorded", REFERENCE), ("simulated", COLOURS[0]))):
                q05, q25, q50, q75, q95 = (own.loc[level, side] for level in DRAWN)
                panel.plot([q05, q95], [height] * 2, color=colour, lw=0.9)
                panel.plot([q25, q75], [height] * 2, color=colour, lw=6.0, alpha=0.5, solid_capstyle="butt")
                panel.plot(q50, height, "o", ms=4, mfc="white", mec=INK, mew=1.1)
            panel.set_title(metric)
            panel.set_yticks((0, 1), ("recorded", "simulated"))
            panel.set_ylim(1.6, -0.6)
            panel.tick_params(axis="y", length=0)
            panel.spines["left"].set_visible(False)
        for panel in panels[len(metrics) :]:
            panel.set_visible(False)
    return figure


def protocol_rows(table: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Return the centres of every protocol, run and source: published, ours, deviation, as text."""
    kept = table[table["statistic"].isin(CENTRES)]
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in kept.to_dict("records"):
        digits = digits_for([row["published"]])
        heading = f"{row['protocol']}, {row['run']} ({row['source']})"
        rows.setdefault(heading, []).append(
            {
                "metric": f"{row['metric']}, {row['statistic']}",
                "published": f"{row['published']:g}",
                "ours": number(row["ours"], digits),
                "deviation": number(row["deviation_percent"], 1, sign=True),
            }
        )
    return rows
