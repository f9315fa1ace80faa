"""What models without a sense of time are shown of series: numbers that do not know the order of minutes."""

from __future__ import annotations

import numpy as np

from experiments.risk.classical import Inputs
from sim.outcomes.people import People


def summarised(inputs: Inputs, channels: tuple[str, ...], low: tuple[str, float] | None = None) -> Inputs:
    """Return what shows columns and, of every channel, mean, SD, lowest, highest and the share of it that is missing.

    Args:
        inputs: what is shown of columns.
        channels: which series.
        low: channel and value: the share of minutes below it is shown, too.
    """

    def shown(people: People) -> np.ndarray:
        found = [number for name in channels for number in summaries(people.series[name])]
        if low is not None:
            found.append(share_below(people.series[low[0]], low[1]))
        return np.concatenate([inputs(people), np.stack(found, axis=1)], axis=1)

    return shown


def summaries(series: np.ndarray) -> list[np.ndarray]:
    """Return mean, SD, lowest, highest and share missing of (samples, people), (people,) each; NaN of nothing."""
    there = np.isfinite(series)
    count = there.sum(axis=0)
    nothing = count == 0
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(there, series, 0.0).sum(axis=0, dtype=float) / count
        sd = np.sqrt((np.where(there, series - mean, 0.0) ** 2).sum(axis=0, dtype=float) / count)
    ends = [
        np.where(nothing, np.nan, find(np.where(there, series, worst), axis=0))
        for find, worst in ((np.min, np.inf), (np.max, -np.inf))
    ]
    return [mean, sd, *ends, 1.0 - count / len(series)]


def share_below(series: np.ndarray, limit: float) -> np.ndarray:
    """Return the share of known samples below a limit, (people,); NaN of nothing."""
    count = np.isfinite(series).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (series < limit).sum(axis=0) / count
