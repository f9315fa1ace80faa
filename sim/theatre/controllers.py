"""Controllers that fail: what an agent orders, changed by faults before anybody who watches over it sees that."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.arrays import Array
from sim.covariates import Covariates
from sim.faults import FAULTS
from sim.faults.people import Past, gone_on, no_past
from sim.faults.plan import FaultPlan
from sim.faults.spelling import strike
from sim.interfaces import DRUGS, Agent, OrderMode, Orders, Readings
from sim.theatre.acting import HIGHEST


def under(agent: Agent, faults: FaultPlan) -> Agent:
    """Return the agent under the faults of controllers in a plan; as it is where there are none.

    One that watches over another says so, `guards: ClassVar[str] = "agent"`, by the name of the field that holds it: it
    is whom it watches over that fails. What reaches the pumps and is no number is refused by them.
    """
    names = tuple(name for name in dict.fromkeys(faults.names) if FAULTS.get(name).orders)
    return Refused(_failing(agent, faults, names)) if names else agent


def refuse(texts: Sequence[str]) -> None:
    """Raise ValueError at a fault of a controller: where actions come from outside, there is none to fail."""
    for text in texts:
        if strike(text).fault.orders:
            raise ValueError(f"faults: {text} is not allowed here; it is a controller's, and there is none")


def _failing(agent: Agent, faults: FaultPlan, names: tuple[str, ...]) -> Agent:
    if guarded := getattr(agent, "guards", ""):
        inner = _failing(getattr(agent, guarded), faults, names)
        return dataclasses.replace(agent, **{guarded: inner})  # type: ignore[type-var]
    return Failing(agent, faults, names)


@dataclass(frozen=True)
class Around:
    """What an agent around another passes on. It takes NumPy's arrays, and its memory is the other's and its own."""

    agent: Agent

    @property
    def orders(self) -> OrderMode:
        """What its orders mean."""
        return self.agent.orders

    @property
    def observers(self) -> tuple[str, ...]:
        """Whose estimates it cannot do without."""
        return getattr(self.agent, "observers", ())

    @property
    def readings(self) -> tuple[str, ...]:
        """What it needs beside the usual readings."""
        return getattr(self.agent, "readings", ())

    @property
    def follow(self) -> Any:
        """What tells the agent of orders that are not its own; None where it does not want to know."""
        follow = getattr(self.agent, "follow", None)
        return follow and (lambda state, orders: (follow(state[0], orders), state[1]))

    @property
    def report(self) -> Any:
        """What the agent says of itself; None where it says nothing."""
        report = getattr(self.agent, "report", None)
        return report and (lambda state: report(state[0]))


@dataclass(frozen=True)
class Failing(Around):
    """An agent whose orders are changed by the faults of a plan, by name."""

    faults: FaultPlan
    names: tuple[str, ...]

    def initial(self, covariates: Covariates, keys: Array) -> tuple[Any, Past]:
        """Return its memory, and that it has said nothing yet."""
        return self.agent.initial(covariates, keys), no_past(len(keys))

    def act(
        self, state: tuple[Any, Past], readings: Readings, estimates: Mapping[str, Array]
    ) -> tuple[Orders, tuple[Any, Past]]:
        """Return the orders under the faults; those that a slip makes impossible are the highest that are allowed."""
        memory, past = state
        orders, memory = self.agent.act(memory, readings, estimates)
        running = {name: self.faults.running(name, readings.time) for name in self.names}
        past = gone_on(past, orders, np.any([*running.values()], axis=0))
        for name in self.names:
            sizes = self.faults.sizes_of(name, readings.time)
            change: Any = FAULTS.get(name).orders
            orders = change(running[name], orders, readings, self.orders, past, **sizes)
        infusions = np.minimum(orders.infusions, HIGHEST[self.orders])
        return replace(orders, infusions=infusions), (memory, replace(past, left=infusions))


@dataclass(frozen=True)
class Refused(Around):
    """An agent at pumps that go on as they are where it orders what is no number."""

    def initial(self, covariates: Covariates, keys: Array) -> tuple[Any, Array]:
        """Return its memory, and that the pumps stand still."""
        return self.agent.initial(covariates, keys), np.zeros((len(DRUGS), len(keys)))

    def act(
        self, state: tuple[Any, Array], readings: Readings, estimates: Mapping[str, Array]
    ) -> tuple[Orders, tuple[Any, Array]]:
        """Return the orders that the pumps take."""
        memory, last = state
        orders, memory = self.agent.act(memory, readings, estimates)
        infusions = np.where(np.isnan(orders.infusions), last, orders.infusions)
        return replace(orders, infusions=infusions), (memory, infusions)
