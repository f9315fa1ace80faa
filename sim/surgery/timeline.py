"""What happens to the patient, over time: phases of the case, noxious stimulation, loss of blood."""

from __future__ import annotations

from dataclasses import dataclass

from sim.arrays import Array, chosen, namespace, stack, within
from sim.surgery.loads import Loads

PHASES = ("induction", "intubation", "preparation", "incision", "maintenance", "closing", "emergence")
INDUCTION, INTUBATION, PREPARATION, INCISION, MAINTENANCE, CLOSING, EMERGENCE = range(len(PHASES))
NEVER = 1e9  # s


@dataclass(frozen=True)
class Surgery:
    """Timelines of a batch of cases.

    Attributes:
        times, stimulus: (points, patients), s and BIS points of an undrugged patient; linear between points.
        blunted: (patients,), 1 where drugs weaken the stimulus, 0 where it strikes as published.
        phase_starts: (phases, patients), s.
        bleeding_starts, bleeding_ends, bleeding_rates: (events, patients), s, s, L/s (negative: transfusion).
        loads: on heart and vessels.
        blocked: (patients,), share of the stimulus from incision to emergence that a regional block keeps away, see
            `sim.surgery.block`; None where nobody has one.
    """

    times: Array
    stimulus: Array
    blunted: Array
    phase_starts: Array
    bleeding_starts: Array
    bleeding_ends: Array
    bleeding_rates: Array
    loads: Loads
    blocked: Array | None = None


def stimulus_at(surgery: Surgery, time: Array) -> Array:
    """Return the noxious stimulus at `time` that arrives, (patients,), BIS points of an undrugged patient."""
    given = given_at(surgery, time)
    if surgery.blocked is None:
        return given
    begins, ends = surgery.phase_starts[INCISION], surgery.phase_starts[EMERGENCE]
    return given * (1.0 - ((begins <= time) & (time < ends)) * surgery.blocked)


def given_at(surgery: Surgery, time: Array) -> Array:
    """Return what is done at `time`, blocked or not, (patients,), BIS points of an undrugged patient."""
    xp = namespace(surgery.times)
    last = surgery.times.shape[0] - 1
    if last == 0:
        return surgery.stimulus[0] + 0.0 * time
    begun = xp.sum(surgery.times <= time, axis=0, dtype=xp.int32)
    right = within(begun, 1, last)
    around = stack([right - 1, right])
    (t0, t1), (v0, v1) = chosen(surgery.times, around), chosen(surgery.stimulus, around)
    return v0 + within((time - t0) / (t1 - t0), 0.0, 1.0) * (v1 - v0)


def phase_at(surgery: Surgery, time: Array) -> Array:
    """Return the phase at `time`: (patients,) integers into `PHASES`.

    Phases that a profile leaves out start `NEVER`; the latest one begun counts.
    """
    begun = surgery.phase_starts <= time
    order = namespace(time).arange(len(PHASES), device=time.device)[:, None]
    return namespace(time).max(begun * order, axis=0)


def bleeding_at(surgery: Surgery, time: Array) -> Array:
    """Return the loss of blood at `time` (patients,), L/s."""
    running = (surgery.bleeding_starts <= time) & (time < surgery.bleeding_ends)
    return (surgery.bleeding_rates * running).sum(0)
