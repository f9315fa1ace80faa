"""A test target that was smoothed, and a filter that has already seen what is to be predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.judging.scores import subject_sums
from experiments.shortcomings.contract import Found, Row, Statistic, paired
from experiments.shortcomings.operations import Watched, concordance, learned_at, operations
from experiments.shortcomings.page import FLATTERING, HONEST, curve, finish
from experiments.sites.purposes import seed_for
from predictors.depth.phases import scored
from predictors.learning.lowess import lowess
from predictors.learning.measures import root_mean_square_of
from predictors.learning.watching import INTERVAL

AHEAD = 6  # samples
WIDTHS = (0, 3, 6, 12, 18)  # samples of the filter


@dataclass(frozen=True)
class Smoothing:
    """Depth from doses against a smoothed index; and the index in a minute from filters that look back, or both ways.

    Attributes:
        train, test: cases learned from and judged.
    """

    train: int = 60
    test: int = 80

    @classmethod
    def small(cls) -> Self:
        """Return a quick look."""
        return cls(20, 24)

    def show(self, seed: int) -> Found:
        """Score the same ridge on both targets, and persistence of both filters at every width."""
        watched = operations("tuned", self.test, seed_for("test", seed))
        cases, bis = watched.cases, watched.cases["bis"]
        said, counted = learned_at("tuned", self.train, seed).answer(watched), scored(cases)
        smooth = np.where(counted, lowess(bis, cases.samples(INTERVAL)), np.nan)
        easier, shown = (concordance(target, said, counted, cases) for target in (smooth, bis))
        ahead = {
            (name, width): forecast(watched, smoothed(bis, width, both))
            for name, both in (("both", True), ("back", False))
            for width in WIDTHS
        }
        points = []
        for (name, width), one in ahead.items():
            value = paired(one, one, self.test, seed).honest
            points.append({"filter": name, "seconds": width * INTERVAL, **value._asdict()})
        rows = (
            Row(
                "a smoothed test target",
                "CCC of depth from doses, smoothed beside shown index",
                paired(easier, shown, self.test, seed),
                "Smooth what is learned from, never what is judged on.",
            ),
            Row(
                "a filter that looks ahead",
                f"error of the index in a minute, points, filter of ±{AHEAD * INTERVAL:g} s beside one that looks back",
                paired(ahead["both", AHEAD], ahead["back", AHEAD], self.test, seed),
                "A feature at time t may depend on nothing after t: change the future, and see that it stays.",
                2,
            ),
        )
        return Found(rows, pd.DataFrame(points))

    def draw(self, figure: Figure, points: pd.DataFrame) -> None:
        """Draw the error of the forecast over the width of both filters."""
        axes = figure.subplots()
        for name, label, colour in (
            ("both", "mean of so long before and after", FLATTERING),
            ("back", "mean of so long before", HONEST),
        ):
            curve(axes, points[points["filter"] == name], "seconds", label, colour)
        axes.set(
            xlabel="width of the filter, s", ylabel="error of the index in 60 s, points", ylim=(0.0, None)
        )
        finish(axes)


def smoothed(values: np.ndarray, width: int, both: bool) -> np.ndarray:
    """Return means of (samples, cases) over so many samples before, and after if both; NaN left out."""
    known = np.isfinite(values)
    reach = ((width, width if both else 0), (0, 0))
    total, count = (
        np.cumsum(np.pad(one, ((reach[0][0] + 1, reach[0][1]), (0, 0))), axis=0)
        for one in (np.where(known, values, 0.0), known.astype(float))
    )
    span = width + 1 + reach[0][1]
    held = count[span:] - count[:-span]
    return np.where(held > 0.0, (total[span:] - total[:-span]) / np.maximum(held, 1.0), np.nan)


def forecast(watched: Watched, level: np.ndarray) -> Statistic:
    """Return the root mean squared error of a level as the index a minute later."""
    bis, counted = watched.cases["bis"], scored(watched.cases)
    later = np.full_like(bis, np.nan)
    later[:-AHEAD] = np.where(counted, bis, np.nan)[AHEAD:]
    kept = counted & np.isfinite(later) & np.isfinite(level)
    sums = subject_sums(later, level, kept, watched.cases.subject)
    return lambda counts: root_mean_square_of(counts @ sums)
