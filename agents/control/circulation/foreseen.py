"""A pressure loop that is told what is to come: more norepinephrine before the pressure falls, and less propofol.

Hypotension treated when it is seen has been there for a minute or two. So the loop also answers, in
proportion, what an observer foresees; and propofol is spared where sleep is deep enough to allow it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from agents.control.circulation.pressure import Memory, WithPressure, read_settings
from sim.arrays import Array, namespace, stack
from sim.interfaces import About, Agent, Orders, Readings
from sim.settings import check_numbers

OBSERVER = "hypotension"
SOON = f"{OBSERVER}.map_below_65_in_300s"


@dataclass(frozen=True)
class Foresight:
    """How what is foreseen is acted on: chosen on 200 patients of another seed than reports show.

    Attributes:
        lead: mmHg below its target that hypotension within five minutes is answered as where it is sure; in proportion
            where it is less.
        likely: probability from which propofol is spared.
        spared: share of it.
        deep: index below which it may be.
    """

    lead: float = 60.0
    likely: float = 0.3
    spared: float = 0.15
    deep: float = 50.0

    def __post_init__(self) -> None:
        check_numbers(self, positive=True)


@dataclass(frozen=True)
class WithForesight(WithPressure):
    """An agent with a pressure loop that acts on hypotension foreseen.

    Attributes:
        foresight: how.
    """

    foresight: Foresight = field(default_factory=Foresight)

    @property
    def about(self) -> About:
        """What a report says: of the agent, the loop, and what it is told."""
        inner = super().about
        return replace(inner, sees="; ".join(filter(None, (inner.sees, "hypotension as it is foreseen"))))

    @property
    def observers(self) -> tuple[str, ...]:
        """What the agent needs, and who foresees hypotension."""
        return tuple(dict.fromkeys((*super().observers, OBSERVER)))

    @property
    def any_arrays(self) -> bool:
        """Who foresees takes NumPy arrays only."""
        return False

    def ahead(self, readings: Readings, estimates: Mapping[str, Array]) -> Array | float:
        """Return what the loop is to answer beside the pressure that is seen, mmHg."""
        return self.foresight.lead * estimates[SOON]

    def act(self, state: Memory, readings: Readings, estimates: Mapping[str, Array]) -> tuple[Orders, Memory]:
        """Return the agent's orders with norepinephrine for what is to come, and the memory."""
        xp, how = namespace(readings.time), self.foresight
        orders, after = super().act(state, readings, estimates)
        spares = (estimates[SOON] >= how.likely) & readings.bis_valid & (readings.bis < how.deep)
        kept = xp.where(spares, 1.0 - how.spared, 1.0 + 0.0 * readings.bis)
        infusions = stack([kept * orders.infusions[0], orders.infusions[1], orders.infusions[2]])
        return replace(orders, infusions=infusions), after


def foreseen(agent: Agent) -> WithForesight:
    """Return the agent with a norepinephrine loop that acts before hypotension comes, and spares propofol then."""
    return WithForesight(agent, read_settings())
