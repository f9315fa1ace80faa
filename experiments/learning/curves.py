"""Learning curves of several seeds in one picture, and where other agents lie on the same plants."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from scipy.stats import t

from experiments.reporting.figures import COLOURS, FAINT, REFERENCE, STYLE
from experiments.running.results import atomic

SHOWN = {
    "outside": "time outside BIS 40–60, %",
    "pressure": "time with MAP < 65 mmHg, %",
    "changes": "dials turned, 1/h",
}
POINTS = 60
LEVEL = 0.95


def together(curves: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return mean and 95 % interval over seeds (Student's t) at the same minutes: minutes, mean, low, high.

    Args:
        curves: rows (seed, minutes, `column`, ...) of several seeds.
        column: what is drawn.
    """
    each = [one.sort_values("minutes") for _, one in curves.groupby("seed")]
    begin, end = max(one["minutes"].min() for one in each), min(one["minutes"].max() for one in each)
    minutes = np.linspace(begin, end, POINTS)
    values = np.stack([np.interp(minutes, one["minutes"], one[column]) for one in each])
    mean, count = values.mean(axis=0), len(values)
    half = 0.0 * mean
    if count > 1:
        half = t.ppf(0.5 + LEVEL / 2.0, count - 1) * values.std(axis=0, ddof=1) / np.sqrt(count)
    return pd.DataFrame({"minutes": minutes, "mean": mean, "low": mean - half, "high": mean + half})


def draw(curves: pd.DataFrame, bars: Mapping[str, Mapping[str, float]], path: Path) -> None:
    """Draw the curves of all seeds, their mean and its interval, and other agents as lines.

    Args:
        curves: rows (seed, minutes, outside, pressure, changes, ...).
        bars: agent -> what it reaches, by column.
        path: of the picture.
    """
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(1, len(SHOWN), figsize=(9.5, 3.0), layout="constrained")
        for ax, (column, label) in zip(axes, SHOWN.items(), strict=True):
            for _, one in curves.groupby("seed"):
                ax.plot(one["minutes"], one[column], color=FAINT, lw=0.6)
            middle = together(curves, column)
            ax.fill_between(
                middle["minutes"], middle["low"], middle["high"], color=COLOURS[0], alpha=0.2, lw=0
            )
            ax.plot(middle["minutes"], middle["mean"], color=COLOURS[0], lw=1.6)
            for colour, (agent, reached) in zip((REFERENCE, *COLOURS[1:]), bars.items(), strict=False):
                ax.axhline(reached[column], color=colour, lw=0.9, ls="--")
                ax.annotate(
                    agent, (1.0, reached[column]), xycoords=("axes fraction", "data"), color=colour,
                    ha="right", va="bottom", fontsize=6.5,
                )  # fmt: skip
            ax.set_title(label)
            ax.set_xlabel("min of one processor")
            top = max(float(curves[column].max()), *(reached[column] for reached in bars.values()), 1e-6)
            ax.set_ylim(0.0, min(top, 3.0 * float(curves[column].max()) + 1e-6) * 1.1)
        with atomic(path) as partial:
            figure.savefig(partial, format=path.suffix[1:], dpi=200)
        plt.close(figure)
