"""Not told what comes: an agent from whom the team's announcements are kept, to measure what they are worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from agents.control.around import Around, explained, reported
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import About, Agent, Orders, Readings

HIDDEN = "next_event"


@dataclass(frozen=True)
class Unannounced(Around):
    """An agent that never hears that an event is near.

    Observers of the room, if it asks any, still hear it: only what the agent itself reads is hidden.
    """

    @property
    def about(self) -> About:
        """What a report says."""
        inner = super().about
        return replace(inner, sees="; ".join(filter(None, (inner.sees, "no announcement"))))

    def initial(self, covariates: Covariates, keys: np.ndarray) -> Any:
        """Return the agent's memory."""
        return self.inner.initial(covariates, keys)

    def act(self, state: Any, readings: Readings, estimates: Mapping[str, Array]) -> tuple[Orders, Any]:
        """Return the agent's orders and memory."""
        never = f"{HIDDEN}_valid"
        if never in readings.more:
            more = {**readings.more, never: np.zeros_like(readings.more[never])}
            readings = replace(readings, more=more)
        return self.inner.act(state, readings, estimates)

    def report(self, state: Any) -> Mapping[str, Array]:
        """Return what the agent says of itself."""
        return reported(self.inner, state)

    def explain(self, state: Any) -> list[str]:
        """Return why the agent ordered what it did, a line a patient."""
        return explained(self.inner, state)

    def follow(self, state: Any, orders: Orders) -> Any:
        """Return the memory with the dials as others have set them."""
        follow = getattr(self.inner, "follow", None)
        return follow(state, orders) if follow else state


def unannounced(agent: Agent) -> Unannounced:
    """Return an agent that is not told what the team announces."""
    return Unannounced(agent)
