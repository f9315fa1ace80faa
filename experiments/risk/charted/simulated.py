"""Simulated stays as cases, and what somebody who knows the truth says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from experiments.risk.charted.chart import Chart
from experiments.sites.batches import in_batches
from predictors.learning.cases import Cases
from sim.registry import Registry

BATCH = 2000  # stays simulated at once


@dataclass(frozen=True)
class Simulated:
    """Where stays come from: `cases(count, seed)`.

    Attributes:
        name, description: of the site.
        chart: that is written there.
        stays: (numbers, seed) -> stays, with `known()` and `ends`.
        charted: what is charted of stays, name -> (rows, stays).
        foreseen: (stays, row, futures, seed) -> how likely each outcome is given the true state after a row,
            (outcomes, stays).
        futures: lived by whoever knows the truth.
        every: rows from one of their answers to the next.
    """

    name: str
    description: str
    chart: Chart
    stays: Callable[[np.ndarray, int], Any]
    charted: Callable[[Any], Mapping[str, np.ndarray]]
    foreseen: Callable[[Any, int, int, int], np.ndarray]
    futures: int
    every: int

    def cases(self, count: int, seed: int) -> Cases:
        """Return stays. Raises ValueError on none."""

        def some(numbers: np.ndarray) -> Cases:
            found, who = self.stays(numbers, seed), np.array([f"{self.name} {seed} {one}" for one in numbers])
            known = dict(zip(self.chart.known, found.known(), strict=True))
            return self.chart.cases(who, who, known, self.charted(found), found.ends)

        return in_batches(some, count, BATCH)

    def truth(self, numbers: np.ndarray, seed: int, futures: int) -> np.ndarray:
        """Return what somebody who knows the true state of stays says, (outcomes, rows, stays), NaN between answers."""
        found, chart = self.stays(numbers, seed), self.chart
        said = np.full((len(chart.outcomes), chart.rows, len(numbers)), np.nan)
        for row in range(self.every - 1, chart.rows, self.every):
            said[:, row] = self.foreseen(found, row, futures, seed + 1)
        return said


def truth(sites: Registry, cases: Cases, futures: int | None = None) -> dict[str, np.ndarray]:
    """Return what somebody who knows the true state says, outcome -> (rows, cases): a mean over lived futures.

    Args:
        sites: where the cases may be from.
        cases: simulated stays.
        futures: how many; as many as the site says by default.
    """
    places, seeds, numbers = (
        np.array(one) for one in zip(*(who.split(" ") for who in cases.who), strict=True)
    )
    said: dict[str, np.ndarray] = {}
    for place, seed in sorted(set(zip(places, seeds, strict=True))):
        site, mine = sites.get(place), np.flatnonzero((places == place) & (seeds == seed))
        found = site.truth(numbers[mine].astype(int), int(seed), futures or site.futures)
        for outcome, rows in zip(site.chart.outcomes, found, strict=True):
            said.setdefault(outcome, np.full((site.chart.rows, cases.count), np.nan))[:, mine] = rows
    return said
