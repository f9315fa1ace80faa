"""Current BIS from doses and demographics alone: a recurrent network over the concentrations of several models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from predictors.depth import exposure, networks
from predictors.depth.exposure import Exposure
from predictors.learning.weights import Weights, check_period, fill, load, setting
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import Readings

ARCHITECTURE = "dose_history"
PERIOD = 10.0  # s


@dataclass(frozen=True)
class DoseHistoryState:
    """Drug in the body, and the memory of the network, (cells, patients)."""

    exposure: Exposure
    hidden: Array


@dataclass(frozen=True)
class DoseHistoryObserver:
    """Estimates the present index without ever looking at it.

    Attributes:
        network: filled, in double precision.
        stretch: (centre, factor), by which the network's answer is spread out (see the card), BIS/100.
        control_period: s between readings.
    """

    network: networks.DoseHistory
    stretch: tuple[float, float] = (0.0, 1.0)
    control_period: float = PERIOD

    @classmethod
    def of(cls, weights: Weights) -> DoseHistoryObserver:
        """Build from weights. Raises ValueError if they do not fit."""
        network = setting(weights, "network", lambda sizes: networks.DoseHistory(**sizes))
        return cls(fill(network, weights), setting(weights, "stretch", _pair))

    @property
    def estimates(self) -> Mapping[str, tuple[float, float, str]]:
        """The index now."""
        return {"bis": (0.0, 100.0, "")}

    def initial(self, covariates: Covariates) -> DoseHistoryState:
        """Return drug-free patients."""
        hidden = np.zeros((self.network.body.cells, len(covariates.age)))
        return DoseHistoryState(exposure.begin(covariates, self.control_period), hidden)

    def look(self, state: DoseHistoryState, readings: Readings) -> tuple[DoseHistoryState, Array]:
        """Add the doses of the last control period; return what the network is shown, (features, patients)."""
        moved = exposure.advance(state.exposure, readings.infused, self.control_period)
        return replace(state, exposure=moved), exposure.features(moved)

    def update(
        self, state: DoseHistoryState, readings: Readings
    ) -> tuple[DoseHistoryState, Mapping[str, Array]]:
        """Return the state and the estimate at the time of the readings."""
        state, inputs = self.look(state, readings)
        with torch.no_grad():
            out, hidden = self.network(sequence(inputs), sequence(state.hidden))
        centre, factor = self.stretch
        bis = np.clip(100.0 * (centre + factor * (out[0].numpy() - centre)), 0.0, 100.0)
        return replace(state, hidden=hidden[0].numpy().T), {"bis": bis}


def _pair(values: Any) -> tuple[float, float]:
    centre, factor = values
    return float(centre), float(factor)


def sequence(columns: Array) -> torch.Tensor:
    """Return (features, patients) as a sequence of one step, (1, patients, features)."""
    return torch.from_numpy(np.ascontiguousarray(columns.T))[None]


def shipped(control_period: float = PERIOD, weights: str | Path = ARCHITECTURE) -> DoseHistoryObserver:
    """Return the predictor with the weights that come with the package, or others.

    Raises:
        ValueError: another control period than the network learned at, or weights that do not fit.
    """
    check_period(ARCHITECTURE, PERIOD, control_period)
    return DoseHistoryObserver.of(load(weights, ARCHITECTURE))
