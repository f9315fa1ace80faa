"""What a chart holds at a moment: the last value of every channel and how old it is; step by step or a whole stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from predictors.learning.cases import ONCE, Cases
from sim.arrays import Array
from sim.outcomes.channel import Channel, check

NEVER = 1e3  # h, age of what was never measured


@dataclass(frozen=True)
class Chart:
    """Attributes: last, since: (channels, patients), last value (NaN before the first) and its age in h."""

    last: Array
    since: Array


def begin(channels: int, patients: int) -> Chart:
    """Return empty charts."""
    return Chart(np.full((channels, patients), np.nan), np.full((channels, patients), NEVER))


def write(chart: Chart, values: Array, hours: float) -> Chart:
    """Return the charts some hours later, with what was measured then, (channels, patients), NaN where nothing was."""
    seen = np.isfinite(values)
    return Chart(np.where(seen, values, chart.last), np.where(seen, 0.0, chart.since + hours))


def written(cases: Cases, channels: Mapping[str, Channel], hours: float) -> tuple[Array, Array]:
    """Return last values and ages at every step of whole stays, (steps, channels, cases) each.

    Raises:
        ValueError: a channel is missing, is charted at another interval, or holds what nobody alive can have.
    """
    for name in channels:
        cases[name]  # says what is missing
        interval = cases.signals[name].interval
        if interval == ONCE or interval != 3600.0 * hours:
            raise ValueError(f"{name}: an interval of {interval:g} s is not allowed; {3600.0 * hours:g} s")
    values = np.stack([cases[name] for name in channels], axis=1)
    check(channels, np.moveaxis(values, 1, 0))
    chart, last, since = begin(len(channels), cases.count), [], []
    for row in values:
        chart = write(chart, row, hours)
        last.append(chart.last)
        since.append(chart.since)
    return np.stack(last), np.stack(since)
