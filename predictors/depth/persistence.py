"""The two forecasts anybody can make: the index stays where it is, or it goes on along its trend line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from predictors.depth.forecasts import HORIZONS, declared, named
from predictors.depth.memory import recent
from predictors.depth.memory.recent import Recent
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import Readings


@dataclass(frozen=True)
class Persistence:
    """Repeats the mean of the last 30 s."""

    control_period: float = 10.0

    @property
    def estimates(self) -> Mapping[str, tuple[float, float, str]]:
        """The expected index at each horizon."""
        return declared(quantiles=False)

    @property
    def horizons(self) -> tuple[float, ...]:
        """Seconds ahead."""
        return HORIZONS

    @property
    def quantiles(self) -> tuple[float, ...]:
        """None: how sure it is, it does not know."""
        return ()

    def initial(self, covariates: Covariates) -> Recent:
        """Return somebody nobody has looked at."""
        return recent.begin(covariates, self.control_period)

    def update(self, state: Recent, readings: Readings) -> tuple[Recent, Mapping[str, Array]]:
        """Return the memory and the forecasts."""
        state = recent.look(state, readings, self.control_period)
        rise = self.rise(state)
        return state, named(np.stack([state.level + rise * horizon for horizon in HORIZONS])[None])

    def rise(self, state: Recent) -> Array:
        """Return how fast the index will go on, (patients,), index points a second."""
        return 0.0 * state.level


@dataclass(frozen=True)
class Trend(Persistence):
    """Goes on along the least-squares line of the last two minutes, from the mean of the last 30 s."""

    def rise(self, state: Recent) -> Array:
        """Return the trend of the last two minutes."""
        return recent.slope(state, self.control_period)
