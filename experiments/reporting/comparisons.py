"""What stands beside the evaluation if it is there: simulated against recorded practice, published protocols."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from experiments.reporting.figures import COLOURS, FAINT, INK, REFERENCE, STYLE, WIDTH
from experiments.reporting.tables import digits_for, number

SOURCES = {  # columns of the practice table, in the order they are drawn
    "recorded": ("recorded, cases left out of the fit", REFERENCE),
    "recorded_others": ("recorded, cases fitted to", FAINT),
    "as_recorded": ("anaesthetist_as_recorded", COLOURS[0]),
    "textbook": ("anaesthetist_textbook", COLOURS[1]),
}
PRACTICE = ("label", "probability", *SOURCES)
PROTOCOLS = ("protocol", "run", "metric", "statistic", "source", "published", "ours", "deviation_percent")
DRAWN = (0.05, 0.25, 0.5, 0.75, 0.95)
CENTRES = ("mean", "median")

Quantiles = dict[str, dict[Any, Any]]  # label -> source -> probability -> value


def practice(path: Path) -> Quantiles:
    """Return quantiles of dosing practice, recorded and simulated, as experiments.tuning.anaesthetist writes them.

    Raises:
        ValueError: the file has other columns.
    """
    if not path.exists():
        return {}
    table = _read(path, PRACTICE)
    return {
        str(label): group.set_index("probability")[list(SOURCES)].to_dict()
        for label, group in table.groupby("label", sort=False)
    }


def practice_rows(quantiles: Quantiles) -> list[tuple[str, list[str]]]:
    """Return median (25-75 %) of every quantity from every source, as text."""
    rows = []
    for label, sources in quantiles.items():
        digits = digits_for([values[0.5] for values in sources.values()])
        cells = []
        for source in SOURCES:
            low, middle, high = (number(sources[source][level], digits) for level in (0.25, 0.5, 0.75))
            cells.append(f"{middle} ({low}–{high})")
        rows.append((label, cells))
    return rows


def practice_figure(quantiles: Quantiles) -> Figure:
    """Draw the quantiles of every quantity, one panel each, sources from top to bottom."""
    columns = 3
    rows = -(-len(quantiles) // columns)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 1.35 * rows), layout="constrained")
        panels = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
        for panel, (label, sources) in zip(panels, quantiles.items(), strict=False):
            for height, (source, (_, colour)) in enumerate(SOURCES.items()):
                q05, q25, q50, q75, q95 = (sources[source][level] for level in DRAWN)
                panel.plot([q05, q95], [height] * 2, color=colour, lw=0.9)
                panel.plot([q25, q75], [height] * 2, color=colour, lw=6.0, alpha=0.5, solid_capstyle="butt")
                panel.plot(q50, height, "o", ms=4, mfc="white", mec=INK, mew=1.1)
            panel.set_title(label)
            panel.set_yticks(range(len(SOURCES)), [words for words, _ in SOURCES.values()])
            panel.set_ylim(len(SOURCES) - 0.4, -0.6)
            panel.tick_params(axis="y", length=0)
            panel.spines["left"].set_visible(False)
        for panel in panels[len(quantiles) :]:
            panel.set_visible(False)
    return figure


def _read(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    table = pd.read_csv(path)
    for name in columns:
        if name not in table:
            raise ValueError(f"{path}: column {name!r} is missing; {', '.join(columns)} are needed")
    return table


def protocol_rows(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Return our figures beside published ones, as experiments.protocols writes them, centres only, as text.

    Raises:
        ValueError: the file has other columns.
    """
    if not path.exists():
        return {}
    table = _read(path, PROTOCOLS)
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in table[table["statistic"].isin(CENTRES)].to_dict("records"):
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
