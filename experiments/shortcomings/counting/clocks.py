"""Two clocks: the pressure's, and that of the chart in which events are written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.shortcomings.contract import Found, Row, Statistic, paired
from experiments.shortcomings.operations import area, pressures
from experiments.shortcomings.page import FLATTERING, curve, finish, line_at
from experiments.sites.purposes import seed_for
from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL
from predictors.risk.hypotension.events import LOW, bridged, onsets, until_next

SITE = "stepped"
LATE = 6  # samples by which the chart's clock is late
AHEAD = 12  # samples within which an event is foreseen
EVERY = 3  # samples between moments that are asked about


@dataclass(frozen=True)
class Clocks:
    """Hypotension within two minutes from the pressure now, where the chart's clock is up to a minute off.

    Attributes:
        cases: that are judged.
        shifts: of the chart's clock, samples of 10 s.
    """

    cases: int = 80
    shifts: tuple[int, ...] = (-6, -3, -1, 0, 1, 3, LATE)

    @classmethod
    def small(cls) -> Self:
        """Return a quick look."""
        return cls(24, (-LATE, 0, LATE))

    def show(self, seed: int) -> Found:
        """Judge the same pressure against events by every clock."""
        cases = pressures(SITE, self.cases, seed_for("test", seed))
        found = {shift: by_clock(cases, shift) for shift in self.shifts}
        points = []
        for shift, one in found.items():
            value = paired(one, found[0], self.cases, seed).flattering
            points.append({"late": shift * INTERVAL, **value._asdict()})
        row = Row(
            "events by a clock that is late",
            f"AUROC of the pressure for hypotension within 2 min, chart {LATE * INTERVAL:g} s late beside on time",
            paired(found[LATE], found[0], self.cases, seed),
            "A chart that is late lets the predictor look at the event: align clocks before anything is learned.",
        )
        return Found((row,), pd.DataFrame(points))

    def draw(self, figure: Figure, points: pd.DataFrame) -> None:
        """Draw the AUROC over how late the chart's clock is."""
        axes = figure.subplots()
        curve(axes, points.sort_values("late"), "late", "", FLATTERING)
        line_at(axes, float(points.loc[points["late"] == 0.0, "estimate"].iloc[0]))
        axes.set(xlabel="how late the chart's clock is, s", ylabel="AUROC within 2 min")
        finish(axes, legend=False)


def by_clock(cases: Cases, late: int) -> Statistic:
    """Return the AUROC of the pressure now for events that a clock says are still to come."""
    pressure = cases["pressure"]
    ahead = moved(until_next(onsets(pressure)), late)
    charted = moved(bridged(pressure), late)
    counted = np.isfinite(charted) & (charted >= LOW)
    counted[np.arange(len(counted)) % EVERY > 0] = False
    return area((ahead <= AHEAD).astype(float), np.round(-bridged(pressure)), counted, cases)


def moved(values: np.ndarray, late: int) -> np.ndarray:
    """Return what a clock that is so many samples late writes beside each sample, (samples, cases); NaN beyond."""
    out = np.full_like(values, np.nan)
    if late >= 0:
        out[late:] = values[: len(values) - late]
    else:
        out[:late] = values[-late:]
    return out
