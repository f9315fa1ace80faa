"""What happens to the patients: surgeries by name, and events in them.

A surgery is a function (keys, horizon, bleeding_probability) -> Surgery, whose arguments are those of `plan`; an event
is a `sim.surgery.loads.Event`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sim.registry import Registry, constants
from sim.surgery.loads import together
from sim.surgery.profiles import Profile
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
    name: str,
    keys: np.ndarray,
    horizon: float,
    bleeding_probability: float = 0.1,
    events: Sequence[str] = (),
) -> Surgery:
    """Return the surgeries of these cases.

    Args:
        name: of `SURGERIES`.
        keys: (patients,), one per case.
        horizon: s, the length of a case.
        bleeding_probability: of a bleed, in surgeries that leave it to chance.
        events: of `EVENTS`, which every case has, beside what a random surgery draws.

    Raises:
        ValueError: unknown or repeated name, or a probability outside 0 to 1.
    """
    surgery = SURGERIES.get(name)
    if not 0.0 <= bleeding_probability <= 1.0:
        raise ValueError(f"bleeding_probability: {bleeding_probability} is not allowed; 0 to 1")
    if len(set(events)) < len(events):
        raise ValueError(f"events: {', '.join(events)} names one twice; allowed is each once")
    chosen = {event: EVENTS.get(event) for event in events}
    planned: Surgery = surgery(keys, horizon, bleeding_probability)
    begins, ends = planned.phase_starts[[INCISION, CLOSING]]
    if (begins == NEVER).all():  # a published profile has no incision
        begins = planned.phase_starts[MAINTENANCE]
    ends = np.where(ends == NEVER, np.maximum(horizon, begins), ends)
    own = [event.loads(name, keys, begins, ends) for name, event in chosen.items()]
    return replace(planned, loads=together([planned.loads, *own]))
