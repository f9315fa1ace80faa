"""Every arm against every other as a picture, and profiles of all patients of each."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from experiments.reporting.figures import FAINT, INK, STYLE, WIDTH, colours
from experiments.reporting.tables import number
from sim.metrics import metric_table

CELL, LEFT, HEAD, RIGHT = 0.62, 1.7, 1.05, 0.7  # in
LEVEL = 0.05  # of Holm's p values, beneath which a difference is printed in full strength
AHEAD, BEHIND, EVEN = "#0072B2", "#D55E00", "#ffffff"


def differences(pairs: pd.DataFrame, agents: Sequence[str], metric: str) -> Figure:
    """Draw the mean paired difference of every row to every column with its interval; blue is better.

    Args:
        pairs: rows of `experiments.judging.arms.pairs.compare`.
        agents: the order of rows and columns.
        metric: which of the pairs' metrics, less of which is better.
    """
    chosen = pairs[pairs["metric"] == metric]
    rows = {(row["arm"], row["other"]): row for row in chosen.to_dict("records")}
    largest = float(chosen["difference"].abs().max())
    norm = TwoSlopeNorm(0.0, -(largest or 1.0), largest or 1.0)
    shade = matplotlib.colors.LinearSegmentedColormap.from_list("better", [AHEAD, EVEN, BEHIND])
    count = len(agents)
    side = min(CELL, (WIDTH - LEFT - RIGHT) / count)
    size = (LEFT + side * count + RIGHT, HEAD + side * count)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=size)
        panel = figure.add_axes((LEFT / size[0], 0.0, side * count / size[0], side * count / size[1]))
        for y, one in enumerate(agents):
            for x, other in enumerate(agents):
                if one == other or (one, other) not in rows:
                    panel.add_patch(matplotlib.patches.Rectangle((x, y), 1, 1, color="#f4f4f4", lw=0))
                    continue
                row = rows[one, other]
                clear = row["p_holm"] < LEVEL
                alpha = 0.75 if clear else 0.2
                colour = shade(norm(row["difference"]))
                panel.add_patch(matplotlib.patches.Rectangle((x, y), 1, 1, color=colour, alpha=alpha, lw=0))
                gap = number(row["difference"], 1, sign=True)
                ends = f"{number(row['low'], 1, True)}, {number(row['high'], 1, True)}"
                strong = abs(row["difference"]) > 0.8 * largest and clear
                ink = "white" if strong else INK
                middle = (x + 0.5, y + 0.42)
                weight = "bold" if clear else "normal"
                panel.text(*middle, gap, ha="center", va="center", color=ink, fontsize=8, fontweight=weight)
                panel.text(x + 0.5, y + 0.72, ends, ha="center", va="center", color=ink, fontsize=5.2)
        panel.set(xlim=(0, count), ylim=(count, 0))
        panel.set_yticks(np.arange(count) + 0.5, agents)
        panel.xaxis.tick_top()
        panel.set_xticks(np.arange(count) + 0.5, agents, rotation=40, ha="left", rotation_mode="anchor")
        panel.tick_params(length=0)
        for spine in panel.spines.values():
            spine.set_visible(False)
    return figure


def profiles(table: pd.DataFrame, agents: Sequence[str], metric: str, enough: float) -> Figure:
    """Draw for each arm the share of patients with more than each value of a metric, with pointwise bands.

    Args:
        table: rows of `experiments.judging.arms.profiles.profiles`.
        agents: who is drawn, the reference first.
        metric: whose profiles they are.
        enough: value from which nothing is lacking; marked.
    """
    shades, words = colours(agents), metric_table()[metric]
    band = 0.18 if len(agents) <= 5 else 0.08
    last = float(table.loc[table["share"] > 0.005, "value"].max())
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(0.72 * WIDTH, 3.3), layout="constrained")
        panel = figure.subplots()
        panel.axvline(enough, color=FAINT, lw=0.7)
        labels = []
        for agent in agents:
            rows = table[table["arm"] == agent]
            panel.fill_between(
                rows["value"], 100 * rows["low"], 100 * rows["high"], color=shades[agent], alpha=band, lw=0
            )
            (line,) = panel.plot(rows["value"], 100 * rows["share"], color=shades[agent], lw=1.4)
            area = float(np.trapezoid(rows["share"], rows["value"]))
            labels.append((area, line, agent))
        ordered = sorted(labels, key=lambda label: -label[0])
        panel.legend(
            [line for _, line, _ in ordered], [agent for _, _, agent in ordered],
            frameon=False, loc="upper right", fontsize=7.5,
        )  # fmt: skip
        panel.set(xlim=(0.0, min(100.0, last + 2.0)), ylim=(0.0, 100.0))
        panel.set_xlabel(f"{words.label}, {words.unit}")
        panel.set_ylabel("patients with more, %")
    return figure
