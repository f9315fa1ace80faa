"""Figures of whole cohorts, drawn from tables alone, as inline SVG that takes the page's own font.

Colours after Okabe & Ito, Color Universal Design, 2008, told apart with every kind of colour vision; the reference
is dark grey everywhere, and names stand beside what they name.
"""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.judging.verdicts import agents_of, by_metric
from sim.metrics import metric_table

WIDTH = 9.5  # in
REFERENCE = "#3b3b3b"
COLOURS = (
    "#0072B2", "#D55E00", "#009E73", "#AA3377", "#B8860B", "#4C9FCF", "#7F6BB3",
    "#8C564B", "#6B8E23", "#E06C9F", "#117A8B", "#B0413E",
)  # fmt: skip
INK, FAINT, BAND = "#222222", "#9a9a9a", "#e9f0e6"
STYLE: Any = {
    "font.size": 8.0,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.titlesize": 8.0,
    "axes.titlelocation": "left",
    "axes.titlepad": 6.0,
    "axes.edgecolor": FAINT,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",
    "svg.hashsalt": "anesthesia-testbed",
}
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


def colours(agents: Sequence[str]) -> dict[str, str]:
    """Return a colour for each agent, the first being the reference."""
    others = {agent: COLOURS[i % len(COLOURS)] for i, agent in enumerate(agents[1:])}
    return {agents[0]: REFERENCE, **others}


def svg(figure: Figure, description: str) -> str:
    """Return a figure as SVG to put into a page, described for those who cannot see it."""
    file = io.StringIO()
    with matplotlib.rc_context(STYLE):
        figure.savefig(file, format="svg", dpi=200, metadata={"Date": None}, transparent=True)
    drawing = file.getvalue()
    drawing = re.sub(r'<g id="[^"]*"', "<g", drawing[drawing.index("<svg") :])  # ids would repeat on the page
    drawing = re.sub(r"(\.\d\d)\d+", r"\1", drawing)  # 0.01 pt is plenty, and halves the file
    share = 100.0 * figure.get_figwidth() / WIDTH
    return drawing.replace(
        "<svg", f'<svg role="img" aria-label="{description}" style="width: {share:.0f}%"', 1
    )


def strips(cases: pd.DataFrame, summary: pd.DataFrame, metrics: Sequence[str], columns: int = 3) -> Figure:
    """Draw every patient of every agent in one panel a metric, with quantiles and the interquartile mean."""
    table, agents = by_metric(summary), agents_of(summary)
    shades = colours(agents)
    words, rows = metric_table(), -(-len(metrics) // columns)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, rows * (0.62 + 0.3 * len(agents))), layout="constrained")
        panels = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
        for panel, metric in zip(panels, metrics, strict=False):
            for height, agent in enumerate(agents):
                values = cases.loc[cases["agent"] == agent, metric].dropna().to_numpy()
                _strip(panel, height, values, table[metric, agent], shades[agent])
            label, unit = words[metric].label, words[metric].unit
            panel.set_title(f"{label}, {unit}" if unit else label)
            _limits(panel, cases[metric])
            panel.set_yticks(range(len(agents)), agents)
            panel.set_ylim(len(agents) - 0.45, -0.55)
            panel.tick_params(axis="y", length=0)
            panel.spines["left"].set_visible(False)
        for panel in panels[len(metrics) :]:
            panel.set_visible(False)
    return figure


def _strip(panel: Axes, height: int, values: np.ndarray, row: Mapping[Any, Any], colour: str) -> None:
    """One agent: patients as dots; 5-95 and 25-75 % as bars; the interquartile mean with its interval."""
    if values.size == 0:
        return
    jitter = 0.30 * np.random.default_rng(0).uniform(-1.0, 1.0, values.size)
    panel.scatter(values, height + jitter, s=3, color=colour, alpha=0.18, lw=0, rasterized=True)
    q05, q25, _, q75, q95 = np.quantile(values, LEVELS)
    panel.plot([q05, q95], [height] * 2, color=colour, lw=0.9)
    panel.plot([q25, q75], [height] * 2, color=colour, lw=4.5, alpha=0.55, solid_capstyle="butt")
    panel.plot([row["iqm_low"], row["iqm_high"]], [height] * 2, color=INK, lw=1.4, zorder=4)
    panel.plot(row["iqm"], height, "o", ms=4, mfc="white", mec=INK, mew=1.1, zorder=5)


def _limits(panel: Axes, values: pd.Series) -> None:
    """Leave out the most extreme 0.5 % of patients at an open end; percentages keep their natural ends."""
    if values.isna().all():
        panel.text(0.5, 0.5, "in no patient", transform=panel.transAxes, ha="center", color=FAINT)
        panel.set_xticks([])
        return
    low, high = values.quantile([0.005, 0.995])
    if str(values.name).endswith("percent") and values.min() >= 0.0 and high > 40.0:
        low, high = 0.0, 100.0
    margin = 0.03 * (high - low) or 1.0
    panel.set_xlim(low - margin, high + margin)


def differences(summary: pd.DataFrame, metrics: Sequence[str]) -> Figure:
    """Draw each agent's mean paired difference to the reference with its interval, one panel a metric."""
    table, agents = by_metric(summary), agents_of(summary)
    shades, others, words = colours(agents), agents[1:], metric_table()
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 0.85 + 0.27 * len(others)), layout="constrained")
        panels = figure.subplots(1, len(metrics), squeeze=False, sharey=True)[0]
        for panel, metric in zip(panels, metrics, strict=True):
            panel.axvline(0.0, color=FAINT, lw=0.8)
            for height, agent in enumerate(others):
                row, colour = table[metric, agent], shades[agent]
                clear = row["difference_low"] > 0.0 or row["difference_high"] < 0.0
                panel.plot(
                    [row["difference_low"], row["difference_high"]], [height] * 2, color=colour, lw=1.6
                )
                panel.plot(
                    row["difference"], height, "o", ms=4.5, mec=colour, mfc=colour if clear else "white"
                )
            metadata = words[metric]
            panel.set_title(textwrap.fill(f"{metadata.label}, {metadata.unit}", 24))
            hint = {"lower": "← better", "higher": "better →", None: ""}[metadata.better]
            panel.set_xlabel(hint, color=FAINT, loc="left" if metadata.better == "lower" else "right")
            panel.xaxis.set_major_locator(ticker.MaxNLocator(4))
            panel.margins(x=0.15)
            panel.set_yticks(range(len(others)), others)
            panel.set_ylim(len(others) - 0.5, -0.5)
            panel.tick_params(axis="y", length=0)
            panel.spines["left"].set_visible(False)
    return figure


def paired(cases: pd.DataFrame, summary: pd.DataFrame, metric: str) -> Figure:
    """Draw each patient under an agent (up) against the same patient under the reference (right)."""
    statistics, agents = by_metric(summary), agents_of(summary)
    shades, others = colours(agents), agents[1:]
    table = cases.pivot_table(index="patient", columns="agent", values=metric)  # means over seeds
    columns = len(others) if len(others) <= 5 else -(-len(others) // 2)
    rows = -(-len(others) // columns)
    side = min(WIDTH / columns, 2.4)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(columns * side, rows * (side + 0.45) + 0.15), layout="constrained")
        panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
        ends = table.min().min(), table.max().max()
        for panel, agent in zip(panels, others, strict=False):
            panel.plot(ends, ends, color=FAINT, lw=0.8)
            panel.scatter(
                table[agents[0]], table[agent], s=5, color=shades[agent], alpha=0.45, lw=0, rasterized=True
            )
            panel.set_title(agent, color=shades[agent], fontweight="bold", pad=18.0)
            row = statistics[metric, agent]
            better = [100.0 * row[name] for name in ("improvement", "improvement_low", "improvement_high")]
            chance = "better in {:.0f} % [{:.0f}, {:.0f}]".format(*better)
            panel.text(0.0, 1.04, chance, transform=panel.transAxes, fontsize=7.0)
            panel.set_aspect("equal")
            panel.tick_params(labelbottom=True)
        for panel in panels[len(others) :]:
            panel.set_visible(False)
        words = metric_table()[metric]
        figure.supxlabel(f"under {agents[0]}, {words.unit}", fontsize=8)
        figure.supylabel(f"{words.label}, {words.unit}", fontsize=8)
    return figure
