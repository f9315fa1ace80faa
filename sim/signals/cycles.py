"""Limit cycles: a signal that swings up and down as a loop does, again and again at one pace.

Turning points are those of a zigzag: a peak counts once the signal has fallen from it by more than `SWING`, a trough
once it has risen as much. Swings that come back to the same side after `SHORTEST` to `LONGEST`, three times in a row at
about one pace, are a cycle. Surgical stimulation moves the index too, but keeps no pace.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.arrays import Array, namespace

SWING = 15.0  # of the signal, peak to peak (choice)
SHORTEST, LONGEST = 120.0, 1200.0  # s of a period (choice)
CYCLES = 3  # in a row (choice)
PACE = 1.5  # by how much a period may be longer or shorter than the last one (choice)
ENOUGH = 2 * CYCLES - 1  # periods of peaks and of troughs, which overlap, in so many cycles


@dataclass(frozen=True)
class Swings:
    """What is remembered of a signal, (patients,) each.

    Attributes:
        way: 1 where the next turning point is a peak, -1 where it is a trough.
        farthest, at: the value that may become it, and its time, s.
        last, previous: times of the turning points so far, the newest two, s.
        period: between the last two of one side, s.
        halves: half cycles in a row that kept the pace.
        begun: when they began, s.
        lasted: s in limit cycles, in all.
    """

    way: Array
    farthest: Array
    at: Array
    last: Array
    previous: Array
    period: Array
    halves: Array
    begun: Array
    lasted: Array

    @property
    def cycling(self) -> Array:
        """Where the last `CYCLES` cycles came in a row, (patients,) bool."""
        return self.halves >= ENOUGH


def still(patients: Array) -> Swings:
    """Return the memory of signals that have not begun; `patients` is any array (patients,)."""
    zero = namespace(patients).zeros_like(patients)
    long_ago = zero - 2.0 * LONGEST
    return Swings(
        way=zero + 1.0,
        farthest=zero - float("inf"),
        at=zero,
        last=long_ago,
        previous=2.0 * long_ago,
        period=zero,
        halves=zero,
        begun=zero,
        lasted=zero,
    )


def watched(swings: Swings, signal: Array, time: float) -> Swings:
    """Return the memory after one more sample.

    Args:
        swings: so far.
        signal: (patients,); one that is NaN is passed over.
        time: of the sample, s.
    """
    xp = namespace(signal)
    farther = swings.way * (signal - swings.farthest) > 0.0
    turned = swings.way * (swings.farthest - signal) > SWING
    period = swings.at - swings.previous
    possible = turned & (period >= SHORTEST) & (period <= LONGEST)
    paced = possible & (period < PACE * swings.period) & (PACE * period > swings.period)
    over = time - swings.at > LONGEST
    halves = xp.where(paced, swings.halves + 1.0, xp.where(turned, 1.0 * possible, swings.halves * ~over))
    begun = xp.where(turned & ~paced, swings.previous, swings.begun)
    since = xp.where(halves > ENOUGH, swings.last, begun)
    return Swings(
        way=xp.where(turned, -swings.way, swings.way),
        farthest=xp.where(farther | turned, signal, swings.farthest),
        at=xp.where(farther | turned, 0.0 * signal + time, swings.at),
        last=xp.where(turned, swings.at, swings.last),
        previous=xp.where(turned, swings.last, swings.previous),
        period=xp.where(turned, period, swings.period),
        halves=halves,
        begun=begun,
        lasted=swings.lasted + (turned & (halves >= ENOUGH)) * (swings.at - since),
    )
