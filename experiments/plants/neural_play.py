"""Agents on a neural patient: pumps, surgery and clock are the theatre's, index and pressure the network's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch

from experiments.loop.evaluation import Evaluation, agent_named, equipped, observers
from experiments.plants.dynamics import (
    INDEX,
    PRESSURE,
    STEP,
    TIMES,
    Dynamics,
    Rest,
    clock,
    leaked,
)
from sim import pumps
from sim.covariates import Covariates
from sim.interfaces import Orders
from sim.metrics import case_metrics
from sim.pharmacokinetics import compartments as pk
from sim.randomness import normals, truncated_normals
from sim.settings import Room
from sim.theatre import Case, Theatre, TheatreState, Turn
from sim.theatre.plays import Played
from sim.theatre.rollout import cases, simulate

Report = Callable[[float], None]
HIGHEST, LOWEST_PRESSURE = 100.0, 20.0


def with_rest(said: np.ndarray, off: np.ndarray) -> np.ndarray:
    """Return index and pressure, (..., 2, cases), with residuals of index and log pressure."""
    index = np.clip(said[..., INDEX, :] + off[..., INDEX, :], 0.0, HIGHEST)
    pressure = np.maximum(said[..., PRESSURE, :] * np.exp(off[..., PRESSURE, :]), LOWEST_PRESSURE)
    return np.stack([index, pressure], axis=-2)


class NeuralPlayed(Played):
    """A play whose patients show what the network says. What they show is taken for the truth, noise included."""

    def __init__(
        self, network: Dynamics, rest: Rest, room: Theatre, case: Case, state: TheatreState, seen: Turn
    ):
        self.network, self.rest = network, rest
        self.person: Covariates = case.patient.covariates
        kinetics = pumps.assumed_kinetics(self.person, Room.assumed_propofol, Room.assumed_remifentanil)
        self.v1, self.transition = kinetics.v1, pk.discretise(kinetics, room.control_period)
        self.drugs = pk.empty(kinetics)
        size = len(case.keys)
        self.doses = np.zeros((2, len(TIMES), size))
        self.own = np.array(rest.own)[:, None] * truncated_normals(case.keys, "neural patient", 2)
        self.off = normals(case.keys, "neural rest begins", 0, 2)
        self.memory: Any = None
        self.turns = 0
        super().__init__(room, case, state, seen)
        self.seen = self._shown(seen)

    def turn(self, orders: Orders) -> None:
        """See `Play.turn`."""
        super().turn(orders)
        self.turns += 1
        period = self.room.control_period
        self.drugs = pk.step(self.transition, self.drugs, self.seen.delivered[:2])
        self.doses = leaked(self.doses, self.drugs[0] / self.v1, period)
        kept = np.array(self.rest.kept)[:, None] ** (period / STEP)
        chance = normals(self.case.keys, "neural rest", self.turns, 2)
        self.off = kept * self.off + (1.0 - kept**2) ** 0.5 * chance
        self.seen = self._shown(self.seen)

    def _shown(self, seen: Turn) -> Turn:
        """Return the turn with the network's index and pressure in the place of the shadow's."""
        readings = seen.readings
        looks = clock(self.person, readings.time, readings.phase)
        with torch.no_grad():
            said, memory = self.network(
                *(
                    torch.from_numpy(part.astype(np.float32))
                    for part in (self.doses[None], looks[None], self.own)
                ),
                self.memory,
            )
        if self.turns and self.turns * self.room.control_period % STEP == 0.0:
            self.memory = memory
        values = said[0].numpy().astype(float)
        values[PRESSURE] = np.exp(values[PRESSURE])
        index, pressure = with_rest(values, self.rest.sd(readings.time) * self.off)
        true = replace(seen.truth, bis=index, mean_arterial_pressure=pressure)
        bis = np.where(readings.bis_valid, index, readings.bis)
        shown = np.where(readings.pressure_valid, pressure, readings.mean_arterial_pressure)
        return replace(seen, truth=true, readings=replace(readings, bis=bis, mean_arterial_pressure=shown))


@dataclass(frozen=True)
class NeuralEngine:
    """An engine, see `sim.theatre.engines`, whose patients are the network's."""

    network: Dynamics
    rest: Rest

    def play(self, room: Theatre, case: Case, state: TheatreState, seen: Turn) -> NeuralPlayed:
        """See `Engine.play`."""
        return NeuralPlayed(self.network, self.rest, room, case, state, seen)

    def moved(self, tree: Any) -> Any:
        """See `Engine.moved`."""
        return tree

    def hosted(self, tree: Any) -> Any:
        """See `Engine.hosted`."""
        return tree


def table(network: Dynamics, rest: Rest, agents: Sequence[str], patients: int, seed: int) -> pd.DataFrame:
    """Return how agents do on people of the neural patient: % of maintenance outside BIS 40-60, and below 65 mmHg."""
    rows = []
    for name in agents if patients else ():
        config = equipped(Evaluation(seed=seed), [name])
        agent = agent_named(name, config)
        room = Theatre.of(config, agent.orders)
        case = cases(config, seed, patients)
        trace = simulate(room, case, agent, observers(config), engine=NeuralEngine(network, rest))
        found = case_metrics(trace, case.patient.covariates.weight)
        rows.append(
            {
                "agent": name,
                "outside": float(100.0 - np.nanmean(found["time_in_40_60_percent"])),
                "hypotension": float(np.nanmean(found["map_below_65_percent"])),
            }
        )
    return pd.DataFrame(rows, columns=["agent", "outside", "hypotension"])
