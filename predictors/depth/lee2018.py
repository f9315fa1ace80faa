"""The BIS predictor of Lee HC, Anesthesiology 2018;128:492, streaming.

The paper reads a window of 180 steps of 10 s anew at each prediction. Here the 180 windows that a new infusion
belongs to are under way at the same time, each one step further than the next: the answer is the paper's, and
nothing is re-read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from predictors.depth import networks
from predictors.learning.weights import Weights, check_period, fill, load, setting
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import Readings
from sim.units import PROPOFOL_MG_PER_ML, REMIFENTANIL_UG_PER_ML

ARCHITECTURE = "lee2018"
PERIOD = 10.0  # s
STEPS = 180
# The paper divides mL per 10 s by 12. Rates of maintenance are then 0.005, and in our ten epochs nothing is learned
# (CCC 0.00); 30 times more is the same network from another start.
VOLUME_SCALE = 0.4


@dataclass(frozen=True)
class Lee2018State:
    """Attributes: person (4, patients), age, female, height, weight; hidden, cell (steps, 2 · cells, patients), of the
    windows under way, row k having read k + 1 steps.
    """

    person: Array
    hidden: Array
    cell: Array


@dataclass(frozen=True)
class Lee2018Observer:
    """Estimates the present index from the infusions of the last 30 min and demographics.

    Attributes:
        network: filled, in double precision.
        control_period: s between readings.
    """

    network: networks.Lee2018
    control_period: float = PERIOD

    @classmethod
    def of(cls, weights: Weights) -> Lee2018Observer:
        """Build from weights. Raises ValueError if they do not fit."""
        network = setting(weights, "network", lambda sizes: networks.Lee2018(**sizes))
        return cls(fill(network, weights))

    @property
    def estimates(self) -> Mapping[str, tuple[float, float, str]]:
        """The index now."""
        return {"bis": (0.0, 100.0, "")}

    def initial(self, covariates: Covariates) -> Lee2018State:
        """Return patients whose history before the case is zero, as in the paper."""
        count = len(covariates.age)
        person = np.stack([covariates.age, covariates.female, covariates.height, covariates.weight])
        cells = 2 * self.network.propofol.hidden_size
        hidden, cell = np.zeros((2, 1, cells, 1))
        rows = []
        for _ in range(STEPS):
            hidden, cell = self._read(hidden, cell, np.zeros((2, 1)))
            rows.append((hidden[0], cell[0]))
        states = (np.stack([row[i] for row in rows]) for i in range(2))
        return Lee2018State(person, *(np.repeat(state, count, axis=-1) for state in states))

    def update(self, state: Lee2018State, readings: Readings) -> tuple[Lee2018State, Mapping[str, Array]]:
        """Let every window read the doses of the last control period; the oldest is complete and answers."""
        begin = np.zeros_like(state.hidden[:1])
        hidden = np.concatenate([begin, state.hidden[:-1]])
        cell = np.concatenate([begin, state.cell[:-1]])
        hidden, cell = self._read(hidden, cell, volumes(readings.infused[:2]))
        with torch.no_grad():
            out = self.network.read_out(_columns(hidden[-1]), _columns(state.person))
        return replace(state, hidden=hidden, cell=cell), {"bis": 100.0 * out.numpy()}

    def _read(self, hidden: Array, cell: Array, volume: Array) -> tuple[Array, Array]:
        """Advance windows (windows, 2 · cells, patients) by one step with volumes (2, patients)."""
        cells = self.network.propofol.hidden_size
        after = np.empty_like(hidden), np.empty_like(cell)
        for i, lstm in enumerate((self.network.propofol, self.network.remifentanil)):
            own = slice(i * cells, (i + 1) * cells)
            before = tuple(
                torch.from_numpy(np.moveaxis(state[:, own], 1, -1).reshape(1, -1, cells))
                for state in (hidden, cell)
            )
            inputs = np.broadcast_to(volume[i], (len(hidden), hidden.shape[-1])).reshape(1, -1, 1)
            with torch.no_grad():
                _, moved = lstm(torch.from_numpy(inputs.copy()), before)
            for target, values in zip(after, moved, strict=True):
                flat = values[0].numpy().reshape(len(hidden), hidden.shape[-1], cells)
                target[:, own] = np.moveaxis(flat, -1, 1)
        return after


def volumes(infused: Array) -> Array:
    """Return what the network is shown of doses (2, ..., patients), mg and µg in 10 s: mL, scaled."""
    millilitres = [infused[0] / PROPOFOL_MG_PER_ML, infused[1] / REMIFENTANIL_UG_PER_ML]
    return np.stack(millilitres) / VOLUME_SCALE


def _columns(rows: Array) -> torch.Tensor:
    """Return (features, patients) as (patients, features)."""
    return torch.from_numpy(np.ascontiguousarray(rows.T))


def shipped(control_period: float = PERIOD, weights: str | Path = ARCHITECTURE) -> Lee2018Observer:
    """Return the predictor with the weights that come with the package, or others.

    Raises:
        ValueError: another control period than 10 s, or weights that do not fit.
    """
    check_period(ARCHITECTURE, PERIOD, control_period)
    return Lee2018Observer.of(load(weights, ARCHITECTURE))
