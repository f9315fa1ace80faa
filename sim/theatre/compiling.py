"""A control period as one compiled function of a few blocks of tensors, with no branch and no look at the host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx

from sim.arrays import Array, map_arrays, put
from sim.interfaces import PRESSORS, Orders
from sim.settings import Room
from sim.theatre import loop
from sim.theatre.loop import Case, Theatre, TheatreState, Turn
from sim.theatre.packing import Blocks, Layout, join, leaves, rebuilt
from sim.theatre.plays import Bleeding

# One loop a quantity beats one loop with a branch for every row; indices computed here never leave their tables.
OPTIONS: dict[str, Any] = {"max_pointwise_cat_inputs": 1, "assert_indirect_indexing": False}
# The blocks of a play never change their shapes: a program is looked up once, and asked without being checked again.
UNGUARDED = {"guard_filter_fn": torch.compiler.skip_all_guards_unsafe}

_programs: dict[Any, Program] = {}


@dataclass(frozen=True)
class Program:
    """A control period of so many cases in a room.

    Attributes:
        run: (fixed, moving and order blocks) -> (moving and seen blocks).
        moves: which arrays of the state a period changes; the others are as fixed as the case.
        fixed, moving, seen: how these lie in their blocks.
    """

    run: Callable[..., tuple[Array, ...]]
    moves: tuple[bool, ...]
    fixed: Layout
    moving: Layout
    seen: Layout


def program(room: Theatre, case: Case, state: TheatreState, orders: Orders) -> Program:
    """Return the program for cases like these, compiled the first time."""
    shapes = tuple((tuple(array.shape), array.dtype) for array in leaves((case, state, orders)))
    works = tuple(getattr(room, field.name) for field in fields(Room) if field.name != "horizon")
    key = works, room.orders, case.faults.names, shapes, state.time.device
    if key not in _programs:
        _programs[key] = _compiled(room, case, state, orders)
    return _programs[key]


def _compiled(room: Theatre, case: Case, state: TheatreState, orders: Orders) -> Program:
    with FakeTensorMode() as fake:
        case, state, orders = map_arrays(fake.from_tensor, (case, state, orders))
        after, seen = loop.period(room, case, state, orders)
        moves = tuple(new is not old for new, old in zip(leaves(after), leaves(state), strict=True))
        parts = split(moves, case, state)
        fixed, moving, given = (Layout.of(part) for part in (*parts, leaves(orders)))
        blocks = [block for part in (*parts, leaves(orders)) for block in join(part)]
        said = Layout.of(seen)

    def period(*blocks: Array) -> tuple[Array, ...]:
        still, moved, told = (
            layout.unpack(blocks[3 * i : 3 * i + 3]) for i, layout in enumerate((fixed, moving, given))
        )
        of, now = _joined(moves, case, state, still, moved)
        after, seen = loop.period(room, of, now, rebuilt(orders, told))
        kept = [array for array, moves_on in zip(leaves(after), moves, strict=True) if moves_on]
        return *join(kept), *join(leaves(seen))

    graph = make_fx(period, tracing_mode="fake")(*blocks)
    run = torch.compile(graph, fullgraph=True, dynamic=False, options=OPTIONS | UNGUARDED)
    return Program(run, moves, fixed, moving, said)


def split(moves: tuple[bool, ...], case: Case, state: TheatreState) -> tuple[list[Array], list[Array]]:
    """Return the arrays of case and state that are fixed, and those that move."""
    parts = leaves(state)
    moving = [array for array, moves_on in zip(parts, moves, strict=True) if moves_on]
    fixed = [array for array, moves_on in zip(parts, moves, strict=True) if not moves_on]
    return [*leaves(case), *fixed], moving


class Compiled:
    """A play of compiled control periods; see `sim.theatre.plays.Play`.

    What moves stays in blocks from turn to turn; the state is made a tree, of views into them, only for whoever asks.
    """

    def __init__(self, room: Theatre, case: Case, state: TheatreState, seen: Turn):
        self.room, self.case, self.seen = room, case, seen
        self._nobody = 0.0 * seen.delivered[: len(PRESSORS)]
        nothing = Orders(0.0 * seen.delivered, 0.0 * seen.delivered, self._nobody)
        self._program = program(room, case, state, nothing)
        self._fixed: Blocks
        self._moving: Blocks
        self._bleeding: Bleeding
        self._place(state)

    @property
    def state(self) -> TheatreState:
        """See `Play.state`."""
        still, moved = self._program.fixed.unpack(self._fixed), self._program.moving.unpack(self._moving)
        return _joined(self._program.moves, self.case, self._begun, still, moved)[1]

    def turn(self, orders: Orders) -> Turn:
        """See `Play.turn`."""
        self._bleeding.turn(self)
        told = orders if orders.pressors is not None else replace(orders, pressors=self._nobody)
        answer = self._program.run(*self._fixed, *self._moving, *join(leaves(told)))
        self._moving, self.seen = (answer[0], answer[1], answer[2]), self._program.seen.unpack(answer[3:])
        return self.seen

    def change(self, state: TheatreState) -> None:
        """See `Play.change`."""
        self._place(state)

    def _place(self, state: TheatreState) -> None:
        """Lay case and state into blocks."""
        fixed, moving = split(self._program.moves, self.case, state)
        self._begun = state
        self._fixed = join(fixed)
        self._moving = join(moving)
        self._bleeding = Bleeding(self.room, self.case, state)

    def admit(self, case: Case, state: TheatreState, seen: Turn, beds: np.ndarray) -> None:
        """See `Play.admit`."""
        self.case, self.seen = put(self.case, beds, case), put(self.seen, beds, seen)
        self._place(put(self.state, beds, state))


def _joined(
    moves: tuple[bool, ...], case: Case, state: TheatreState, still: list[Array], moved: list[Array]
) -> tuple[Case, TheatreState]:
    """Return the trees of the case and the state from the arrays that are fixed and those that move."""
    count = len(leaves(case))
    fixed, moving = iter(still[count:]), iter(moved)
    now = rebuilt(state, (next(moving if moves_on else fixed) for moves_on in moves))
    return rebuilt(case, still[:count]), now
