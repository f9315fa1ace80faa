"""A policy that looks ahead, learned by rewards, run from its weights without torch.

It is shown an observer's forecasts and what the team announces, and moves wishes that dials follow seldom; see
`agents.learned.anticipation`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from agents.files import in_folder
from agents.learned import anticipation
from agents.learned.anticipation import Anticipation
from agents.learned.networks import Network
from agents.learned.titration import DECISION
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import NOREPINEPHRINE, Agent, OrderMode, Orders, Readings
from sim.published import ADULTS, warn_outside
from sim.units import SECONDS_PER_MINUTE

WEIGHTS = Path(__file__).parents[1] / "weights" / "foresight.safetensors"


@dataclass(frozen=True)
class Mind:
    """What is kept of the patients.

    Attributes:
        person: who they are.
        memory: see `Anticipation`.
        hidden: the network's own memory, (2, size, patients).
        decided: s, of the last decision; minus infinity before any.
        beside: the state of the agent beside it; None if there is none.
    """

    person: Covariates
    memory: Anticipation
    hidden: Array
    decided: Array
    beside: Any


@dataclass(frozen=True)
class Foresight:
    """Moves wishes for targets every 30 s, by a small network; dials follow seldom.

    Attributes:
        network: decides.
        beside: an agent in mode "targets" from whose targets the wishes depart; None if the policy stands alone.
    """

    orders: ClassVar[OrderMode] = "targets"
    observers: ClassVar[tuple[str, ...]] = anticipation.OBSERVERS
    network: Network
    beside: Agent | None = None

    @property
    def readings(self) -> tuple[str, ...]:
        """What the team announces, unless the policy was never told."""
        told = self.network.shown[-anticipation.ANNOUNCED :].any()
        return anticipation.READINGS if told else ()

    def initial(self, covariates: Covariates, keys: Array) -> Mind:
        """Return the memory before the first look."""
        warn_outside("agent foresight", covariates, ADULTS)
        nothing = np.zeros(len(covariates.age))
        beside = self.beside.initial(covariates, keys) if self.beside else None
        blank = anticipation.blank(len(nothing))
        return Mind(covariates, blank, self.network.start(len(nothing)), nothing - np.inf, beside)

    def act(self, state: Mind, readings: Readings, estimates: Mapping[str, Array]) -> tuple[Orders, Mind]:
        """Return the settings, with dials turned if a decision is due: at the first reading 30 s after the last."""
        state, reference = self._asked(state, readings, estimates)
        due = readings.time - state.decided > DECISION - 1e-6
        if due.any():
            seen = anticipation.seen_in(readings, estimates, state.person)
            begun = anticipation.begin(seen, reference)
            features, memory = anticipation.look(
                anticipation.chosen(np.isfinite(state.decided), state.memory, begun), seen, reference
            )
            action, hidden = self.network.action(features, state.hidden)
            memory, _ = anticipation.turn(memory, action, seen, self.network.zone, reference)
            state = replace(
                state,
                memory=anticipation.chosen(due, memory, state.memory),
                hidden=np.where(due, hidden, state.hidden),
                decided=np.where(due, readings.time, state.decided),
            )
        return orders(state.memory, state.person.weight), state

    def _asked(
        self, state: Mind, readings: Readings, estimates: Mapping[str, Array]
    ) -> tuple[Mind, Array | None]:
        """Return the state and what the agent beside it would set, (3, patients) in units of the settings."""
        if self.beside is None:
            return state, None
        said, beside = self.beside.act(state.beside, readings, estimates)
        return replace(state, beside=beside), settings(said, state.person.weight)


def orders(memory: Anticipation, weight: Array) -> Orders:
    """Return the orders of dials as they stand."""
    infusions = memory.dial.copy()
    infusions[NOREPINEPHRINE] *= weight / SECONDS_PER_MINUTE
    return Orders(infusions, 0.0 * infusions)


def settings(given: Orders, weight: Array) -> Array:
    """Return what orders in mode "targets" set, (3, patients): µg/mL, ng/mL, µg/kg/min."""
    out = given.infusions.copy()
    out[NOREPINEPHRINE] *= SECONDS_PER_MINUTE / weight
    return out


def shipped(path: Path = WEIGHTS) -> Foresight:
    """Return the policy that comes with the package, or another; its card lies beside the weights."""
    return Foresight(Network.load(in_folder(path, WEIGHTS.name), anticipation.FEATURES))
