"""What the team announces: the next moment that hurts, or ends it, is said shortly before it comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sim.arrays import Array, namespace, within
from sim.surgery.timeline import CLOSING, EMERGENCE, INCISION, INTUBATION, Surgery

ANNOUNCED = (INTUBATION, INCISION, CLOSING, EMERGENCE)
NOTICE = 180.0  # s; the team's time-out ends about as long before the knife (choice)


@dataclass(frozen=True)
class Announcement:
    """Something that people in the room say, shown beside the usual readings as a `sim.monitors` reading is.

    Attributes:
        description: what it is.
        unit, low, high: of its values.
        of: (surgery, time) -> values and whether anything is announced, each (patients,).
    """

    description: str
    unit: str
    low: float
    high: float
    of: Callable[[Surgery, Array], tuple[Array, Array]]


def next_event(surgery: Surgery, time: Array) -> tuple[Array, Array]:
    """Return s until the next phase of `ANNOUNCED` begins, at most `NOTICE`, and whether one is announced."""
    xp = namespace(time)
    starts = surgery.phase_starts[list(ANNOUNCED)]
    ahead = starts - time
    nearest = xp.min(xp.where(ahead > 0.0, ahead, xp.full_like(ahead, 2.0 * NOTICE)), axis=0)
    return within(nearest, 0.0, NOTICE), nearest <= NOTICE


NEXT_EVENT = Announcement(
    "until intubation, incision, closing or emergence begins, as the team announces it 180 s ahead",
    "s",
    0.0,
    NOTICE,
    next_event,
)
