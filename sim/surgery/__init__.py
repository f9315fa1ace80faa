"""What happens to the patients: surgeries by name or from a table, and events in them.

A surgery is a function (keys, horizon, bleeding_probability) -> Surgery, whose arguments are those of `plan`; an event
is a `sim.surgery.loads.Event`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sim.registry import Registry, constants
from sim.settings import Source, shown
from sim.surgery.block import with_block
from sim.surgery.loads import together
from sim.surgery.profiles import Profile
from sim.surgery.table import listed
from sim.surgery.timeline import (
    CLOSING,
    EMERGENCE,
    INCISION,
    INDUCTION,
    INTUBATION,
    MAINTENANCE,
    NEVER,
    PHASES,
    PREPARATION,
    Surgery,
    bleeding_at,
    phase_at,
    stimulus_at,
)

__all__ = [
    "CLOSING",
    "EMERGENCE",
    "EVENTS",
    "INCISION",
    "INDUCTION",
    "INTUBATION",
    "MAINTENANCE",
    "NEVER",
    "PHASES",
    "PREPARATION",
    "SURGERIES",
    "Profile",
    "Surgery",
    "bleeding_at",
    "listed",
    "phase_at",
    "plan",
    "stimulus_at",
]

SURGERIES = Registry(
    "surgery",
    random="sim.surgery.drawn:random",
    none="sim.surgery.profiles:NONE",
    struys="sim.surgery.profiles:STRUYS",
    dumont="sim.surgery.profiles:DUMONT",
    step="sim.surgery.profiles:STEP",
    ionescu="sim.surgery.profiles:IONESCU",
)
EVENTS = Registry(
    "event", **constants("sim.surgery.events:", "pneumoperitoneum head_up turned traction tourniquet")
)


def plan(
    source: Source,
    keys: np.ndarray,
    horizon: float,
    bleeding_probability: float = 0.1,
    events: Sequence[str] = (),
    block: float = 0.0,
) -> Surgery:
    """Return the surgeries of these cases.

    Args:
        source: of `SURGERIES`; or a path that ends in ".csv", or its table, see `sim.surgery.table`.
        keys: (patients,), one per case.
        horizon: s, the length of a case.
        bleeding_probability: of a bleed, in surgeries that leave it to chance.
        events: of `EVENTS`, which every case has, beside what a random surgery draws.
        block: quality of everybody's regional block, 0 to 1; 0 is none.

    Raises:
        ValueError: unknown or repeated name, a probability outside 0 to 1, or a table that is not allowed.
    """
    surgery = _chosen(source)
    if not 0.0 <= bleeding_probability <= 1.0:
        raise ValueError(f"bleeding_probability: {bleeding_probability} is not allowed; 0 to 1")
    if len(set(events)) < len(events):
        raise ValueError(f"events: {', '.join(events)} names one twice; allowed is each once")
    chosen = {event: EVENTS.get(event) for event in events}
    planned = surgery(keys, horizon, bleeding_probability)
    if not isinstance(planned, Surgery):
        raise ValueError(
            f"surgery {source!r}: returned {shown(planned)}, which is not allowed; a sim.surgery.Surgery"
        )
    begins, ends = planned.phase_starts[[INCISION, CLOSING]]
    if (begins == NEVER).all():  # a published profile has no incision
        begins = planned.phase_starts[MAINTENANCE]
    ends = np.where(ends == NEVER, np.maximum(horizon, begins), ends)
    own = [event.loads(name, keys, begins, ends) for name, event in chosen.items()]
    planned = replace(planned, loads=together([planned.loads, *own]))
    return with_block(planned, block) if block else planned


def _chosen(source: Source) -> Any:
    """Return the entry of a name, or of a table of events. Raises ValueError as `plan` does."""
    if not isinstance(source, str) or (source not in SURGERIES and source.endswith(".csv")):
        return listed(source)
    if source not in SURGERIES:
        raise ValueError(
            f"surgery: unknown name {source!r}; allowed are {', '.join(SURGERIES)} or a .csv file"
        )
    return SURGERIES.get(source)
