"""How errors grow on the way from the phantoms that were learned from to another machine and other people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.imaging import page
from experiments.imaging.contract import Heard, System
from experiments.imaging.judging import measured, scores
from experiments.imaging.measures import pooled
from experiments.reporting.figures import STYLE
from sim.imaging.phantoms import Phantoms

SHIFT = "shift"
LEGIBLE = 10  # names in a column


def ways(steps: int) -> dict[str, float]:
    """Return the shares of the way that lie between both ends, so many, by their names."""
    return {f"{SHIFT} {share:.3g}": float(share) for share in np.linspace(0.0, 1.0, steps + 2)[1:-1]}


def shifted(
    system: System, tests: Mapping[str, Phantoms], shares: Mapping[str, float], heard: Heard, seed: int
) -> pd.DataFrame:
    """Return how good each learner is by its share of the way, a row each: of the measure by which cases rank.

    Args:
        system: whose learners.
        tests: phantoms by name, the same numbers in each.
        shares: of the way at which each of these lies.
        heard: what was said of them.
        seed: of the draws of intervals.
    """
    rows: list[dict[str, Any]] = []
    for where, share in shares.items():
        found = {
            name: [measured(system, one[where], tests[where]) for one in every]
            for name, every in heard.items()
        }
        own = scores(system, where, found, seed) or pooled.scores(system, where, tests[where], heard, seed)
        rows += [{SHIFT: share, **row} for row in own if row["measure"] == first(system)]
    return pd.DataFrame(rows).drop(columns="where")


def first(system: System) -> str:
    """Return the measure by which cases rank, or the first one of all images at once."""
    return next(iter({**system.measures, **system.pooled}))


def drawn(system: System, rows: pd.DataFrame) -> Figure:
    """Draw a line a learner, with 95 % intervals; who knows no image is dashed."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(7.0, 3.2), layout="constrained")
        axes = figure.subplots()
        for number, (name, own) in enumerate(rows.groupby("learner", sort=False)):
            way = page.line(system, str(name), number)
            axes.plot(own[SHIFT], own["estimate"], marker="o", ms=3, label=name, **way)
            axes.fill_between(own[SHIFT], own["low"], own["high"], color=way["color"], alpha=0.1, lw=0)
        axes.set_xlabel("share of the way to another machine and other people")
        axes.set_ylabel(first(system))
        few = rows["learner"].nunique() <= LEGIBLE
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0), ncols=1 if few else 2)
    return figure
