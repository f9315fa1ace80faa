"""Cases being played: by NumPy, or by torch turn by turn. See `sim.theatre.engines`."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from sim import theatre
from sim.arrays import Array, Tree, like, map_arrays, put, to_numpy
from sim.interfaces import Orders
from sim.theatre import loop
from sim.theatre.loop import Case, Theatre, TheatreState, Turn
from sim.theatre.packing import leaves


class Play(Protocol):
    """Cases being played; `seen` is what their last turn lets be seen. The one thing of the theatre that changes."""

    @property
    def case(self) -> Case:
        """Who is played, and what will happen to them."""

    @property
    def state(self) -> TheatreState:
        """What moves, now."""

    @property
    def seen(self) -> Turn:
        """What the last turn lets be seen."""

    def turn(self, orders: Orders) -> None:
        """Advance every case by one control period under orders of the engine's arrays."""

    def hosted(self) -> Turn:
        """Return what the last turn lets be seen, of NumPy's arrays, numbers in double precision."""

    def change(self, state: TheatreState) -> None:
        """Go on from another state."""

    def admit(self, case: Case, state: TheatreState, seen: Turn, beds: np.ndarray) -> None:
        """Begin other cases in these beds (indices)."""


def hosted(tree: Tree) -> Tree:
    """Return a tree of NumPy arrays, numbers in double precision."""

    def host(array: Array) -> np.ndarray:
        array = to_numpy(array)
        return array.astype(np.float64) if array.dtype.kind == "f" else array

    return map_arrays(host, tree)


class Played:
    """A play by NumPy."""

    def __init__(self, room: Theatre, case: Case, state: TheatreState, seen: Turn):
        self.room, self.case, self.state, self.seen = room, case, state, seen

    def turn(self, orders: Orders) -> None:
        """See `Play.turn`."""
        self.state, self.seen = theatre.turn(self.room, self.case, self.state, orders)

    def hosted(self) -> Turn:
        """See `Play.hosted`."""
        return self.seen

    def change(self, state: TheatreState) -> None:
        """See `Play.change`."""
        self.state = state

    def admit(self, case: Case, state: TheatreState, seen: Turn, beds: np.ndarray) -> None:
        """See `Play.admit`."""
        self.case, self.state = put(self.case, beds, case), put(self.state, beds, state)
        self.seen = put(self.seen, beds, seen)


class Bleeding:
    """Whose kinetics a turn must renew first, known from the clock and the plan: nothing is asked of the device."""

    def __init__(self, room: Theatre, case: Case, state: TheatreState):
        starts, rates = (to_numpy(a) for a in (case.surgery.bleeding_starts, case.surgery.bleeding_rates))
        self._room, self._clock = room, to_numpy(state.time).astype(float)
        self._begins = np.where(rates != 0.0, starts, np.inf).min(axis=0, initial=np.inf)

    def turn(self, play: Play) -> None:
        """Renew the kinetics of whoever bleeds, in the place where they lie, and let a control period pass."""
        patients = np.flatnonzero(loop.due(self._room, self._clock) & (self._clock > self._begins))
        self._clock += self._room.control_period
        if not patients.size:
            return
        state = play.state
        chosen = like(patients, state.time)
        fresh = loop.renewed(self._room, play.case, state, chosen)
        for old, new in zip(leaves(state.pace), leaves(fresh), strict=True):
            old[..., chosen] = new


class Eager(Played):
    """A play by torch, operation by operation."""

    def __init__(self, room: Theatre, case: Case, state: TheatreState, seen: Turn):
        super().__init__(room, case, state, seen)
        self._bleeding = Bleeding(room, case, state)

    def turn(self, orders: Orders) -> None:
        """See `Play.turn`."""
        self._bleeding.turn(self)
        self.state, self.seen = loop.period(self.room, self.case, self.state, orders)

    def hosted(self) -> Turn:
        """See `Play.hosted`."""
        return hosted(self.seen)

    def change(self, state: TheatreState) -> None:
        """See `Play.change`."""
        self.state, self._bleeding = state, Bleeding(self.room, self.case, state)

    def admit(self, case: Case, state: TheatreState, seen: Turn, beds: np.ndarray) -> None:
        """See `Play.admit`."""
        super().admit(case, state, seen, beds)
        self._bleeding = Bleeding(self.room, self.case, self.state)
