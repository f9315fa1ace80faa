"""An agent around another: what the inner one needs is needed, what it says is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sim.arrays import Array
from sim.interfaces import About, Agent, OrderMode


@dataclass(frozen=True)
class Around:
    """What all agents around another share.

    Attributes:
        inner: the agent.
    """

    guards: ClassVar[str] = "inner"  # who fails under a fault of controllers
    inner: Agent

    @property
    def orders(self) -> OrderMode:
        """What the agent's orders mean."""
        return self.inner.orders

    @property
    def observers(self) -> tuple[str, ...]:
        """Whose estimates the agent needs."""
        return getattr(self.inner, "observers", ())

    @property
    def readings(self) -> tuple[str, ...]:
        """Which readings the agent needs."""
        return getattr(self.inner, "readings", ())

    @property
    def about(self) -> About:
        """What the agent says of itself in a report."""
        return getattr(self.inner, "about", About())


def reported(agent: Agent, state: Any) -> Mapping[str, Array]:
    """Return what an agent says of itself, (patients,) by name; nothing if it offers no report."""
    report = getattr(agent, "report", None)
    return report(state) if report else {}


def explained(agent: Agent, state: Any) -> list[str]:
    """Return why an agent ordered what it did, a line a patient; none if it does not explain itself."""
    explain = getattr(agent, "explain", None)
    return explain(state) if explain else []
