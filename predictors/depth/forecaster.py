"""The forecaster: where the index is heading under the doses about to be given, with quantiles.

A recurrent network over readings, doses and demographics. A plan acts through pharmacology
(see `Forecaster` in `predictors.depth.networks`), so candidates can be compared: `forecast` answers for any plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from predictors.depth import exposure, networks, recent
from predictors.depth.dose_history import sequence
from predictors.depth.exposure import Exposure
from predictors.depth.forecasts import HORIZONS, declared, named
from predictors.depth.recent import Recent
from predictors.learning.weights import Weights, check_period, fill, load, setting
from sim.arrays import Array, take
from sim.covariates import Covariates
from sim.interfaces import Readings

ARCHITECTURE = "forecaster"
PERIOD = 10.0  # s
MINUTES = tuple(horizon // 60 - 1 for horizon in HORIZONS)  # planned minutes at whose end a horizon lies
LONGEST = MINUTES[-1] + 1


@dataclass(frozen=True)
class ForecasterState:
    """Drug in the body, the recent index, the network's memory (cells, patients) and its summary (units, patients)."""

    exposure: Exposure
    recent: Recent
    hidden: Array
    summary: Array


@dataclass(frozen=True)
class ForecasterObserver:
    """Forecasts the index 1, 2, 3 and 5 minutes ahead; its estimates assume that the pumps go on as they are.

    Attributes:
        network: filled, in double precision.
        control_period: s between readings.
    """

    network: networks.Forecaster
    control_period: float = PERIOD

    @classmethod
    def of(cls, weights: Weights) -> ForecasterObserver:
        """Build from weights. Raises ValueError if they do not fit."""
        network = setting(weights, "network", lambda sizes: networks.Forecaster(**sizes))
        return cls(fill(network, weights))

    @property
    def estimates(self) -> Mapping[str, tuple[float, float, str]]:
        """Expected value and quantiles at each horizon."""
        return declared(quantiles=True)

    def initial(self, covariates: Covariates) -> ForecasterState:
        """Return drug-free patients nobody has looked at."""
        count = len(covariates.age)
        return ForecasterState(
            exposure.begin(covariates, self.control_period),
            recent.begin(covariates, self.control_period),
            np.zeros((self.network.body.cells, count)),
            np.zeros((self.network.body.mix.out_features, count)),
        )

    def look(self, state: ForecasterState, readings: Readings) -> tuple[ForecasterState, Array]:
        """Add readings and doses; return what the network is shown, (features, patients)."""
        drugs = exposure.advance(state.exposure, readings.infused, self.control_period)
        shown = recent.look(state.recent, readings, self.control_period)
        inputs = np.concatenate([exposure.features(drugs), recent.features(shown, self.control_period)])
        return replace(state, exposure=drugs, recent=shown), inputs

    def update(
        self, state: ForecasterState, readings: Readings
    ) -> tuple[ForecasterState, Mapping[str, Array]]:
        """Return the state and the forecasts if the pumps go on as they are."""
        state, inputs = self.look(state, readings)
        with torch.no_grad():
            summary, hidden = self.network.body(sequence(inputs), sequence(state.hidden))
        state = replace(state, hidden=hidden[0].numpy().T, summary=summary[0].numpy().T)
        return state, named(self.forecast(state, exposure.unchanged(state.exposure, LONGEST)))

    def forecast(self, state: ForecasterState, plan: Array) -> Array:
        """Return the forecasts under a plan, (1 + quantiles, horizons, patients): expected value, then quantiles.

        Args:
            plan: (2, 5, patients), mean rates in each of the coming five minutes, mg/s and µg/s. A state that was
                repeated over its patients (`sim.arrays.take`) compares candidates in one call.
        """
        later = exposure.ahead(state.exposure, plan)[list(MINUTES)]
        with torch.no_grad():
            out = self.network.forecast(
                sequence(state.summary),
                torch.from_numpy(state.recent.level)[None],
                sequence(exposure.effect_sites(state.exposure)),
                torch.from_numpy(np.ascontiguousarray(later.transpose(2, 0, 1)))[None],
            )
        return np.moveaxis(out[0].numpy(), 0, -1).swapaxes(0, 1)

    def forecast_each(self, state: ForecasterState, plans: Array) -> Array:
        """Return the forecasts under several plans (candidates, 2, 5, patients), candidates first."""
        candidates, patients = plans.shape[0], plans.shape[-1]
        repeated = take(state, np.tile(np.arange(patients), candidates))
        flat = np.moveaxis(plans, 0, 2).reshape(2, plans.shape[2], candidates * patients)
        out = self.forecast(repeated, flat)
        return np.moveaxis(out.reshape(*out.shape[:2], candidates, patients), 2, 0)


def shipped(control_period: float = PERIOD, weights: str | Path = ARCHITECTURE) -> ForecasterObserver:
    """Return the forecaster with the weights that come with the package, or others.

    Raises:
        ValueError: another control period than the network learned at, or weights that do not fit.
    """
    check_period(ARCHITECTURE, PERIOD, control_period)
    return ForecasterObserver.of(load(weights, ARCHITECTURE))
