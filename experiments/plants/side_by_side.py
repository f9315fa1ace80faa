"""Several agents that give their orders in one mode, each with the same number of patients of one batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.arrays import Array, join, take
from sim.covariates import Covariates
from sim.interfaces import Agent, OrderMode, Orders, Readings
from sim.theatre import Case, Theatre
from sim.theatre.observing import Observers
from sim.theatre.rollout import simulate
from sim.theatre.trace import Trace


@dataclass(frozen=True)
class SideBySide:
    """Agent k has patients k * each to (k + 1) * each - 1.

    Attributes:
        agents: who take part.
        each: how many patients an agent has.
    """

    agents: Sequence[Agent]
    each: int

    @property
    def orders(self) -> OrderMode:
        """What all orders mean."""
        return self.agents[0].orders

    @property
    def readings(self) -> tuple[str, ...]:
        """What any of them needs."""
        return tuple(dict.fromkeys(name for agent in self.agents for name in getattr(agent, "readings", ())))

    def initial(self, covariates: Covariates, keys: Array) -> tuple[Any, ...]:
        """Return the agents' states."""
        parts = zip(self.agents, self._parts, strict=True)
        return tuple(agent.initial(take(covariates, part), keys[part]) for agent, part in parts)

    def act(
        self, state: tuple[Any, ...], readings: Readings, estimates: Mapping[str, Array]
    ) -> tuple[Orders, tuple[Any, ...]]:
        """Return the agents' orders, one beside the other."""
        parts = zip(self.agents, state, self._parts, strict=True)
        said = [
            agent.act(own, take(readings, part), {name: row[part] for name, row in estimates.items()})
            for agent, own, part in parts
        ]
        return join([orders for orders, _ in said]), tuple(own for _, own in said)

    @property
    def _parts(self) -> list[slice]:
        return [slice(k * self.each, (k + 1) * self.each) for k in range(len(self.agents))]


def compared(room: Theatre, case: Case, agents: Sequence[Agent], observer: Observers = None) -> list[Trace]:
    """Return the traces of the same cases under each of several agents, simulated in one batch."""
    patients = len(case.keys)
    many = take(case, np.tile(np.arange(patients), len(agents)))
    trace = simulate(room, many, SideBySide(agents, patients), observer)
    found = []
    for k in range(len(agents)):
        part = slice(k * patients, (k + 1) * patients)
        own: dict[str, Any] = {name: rows[:, part] for name, rows in trace.signals().items()}
        found.append(Trace(trace.time, **own))
    return found
