"""A control period as one compiled function of a few blocks of tensors, with no branch and no look at the host."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from torch.fx.experimental.proxy_tensor import make_fx

from sim.arrays import Array, Tree, map_arrays, put, to_numpy
from sim.interfaces import PRESSORS, Orders
from sim.settings import Room
from sim.theatre import loop
from sim.theatre.loop import Case, Theatre, TheatreState, Turn
from sim.theatre.packing import Blocks, Layout, builder, frame, join, leaves
from sim.theatre.plays import Bleeding

# One loop a quantity beats one loop with a branch for every row; indices computed here never leave their tables; the
# calls of a period's kernels are compiled, too.
OPTIONS: dict[str, Any] = {
    "max_pointwise_cat_inputs": 1,
    "assert_indirect_indexing": False,
    "cpp_wrapper": True,
}

# Rows of a power of two all fall on the same places of a cache and drive each other out: they are made a bit longer.
CROWDED, LONGER = 512, 8

_programs: dict[Any, Program] = {}


@dataclass(frozen=True)
class Program:
    """A control period of so many cases in a room.

    Attributes:
        run: (fixed, moving and order blocks) -> (moving and seen blocks).
        moves: which arrays of the state a period changes; the others are as fixed as the case.
        fixed, moving, seen: how these lie in their blocks.
        case, state: build these of their arrays.
    """

    run: Any
    moves: tuple[bool, ...]
    fixed: Layout
    moving: Layout
    seen: Layout
    case: Callable[[Iterable[Array]], Case]
    state: Callable[[Iterable[Array]], TheatreState]

    def trees(self, fixed: list[Array], moving: list[Array]) -> tuple[Case, TheatreState]:
        """Return the case and the state of the arrays that are fixed and of those that move."""
        still, moved = iter(fixed), iter(moving)
        case = self.case(still)
        return case, self.state(next(moved if moves else still) for moves in self.moves)


def program(room: Theatre, case: Case, state: TheatreState, orders: Orders) -> Program:
    """Return the program for cases like these, compiled the first time."""
    works = tuple(getattr(room, field.name) for field in fields(Room) if field.name != "horizon")
    place = state.time.device, torch.get_num_threads()
    key = works, room.orders, frame((case, state, orders)), place
    if key not in _programs:
        _programs[key] = _compiled(room, case, state, orders)
    return _programs[key]


def _compiled(room: Theatre, case: Case, state: TheatreState, orders: Orders) -> Program:
    after, seen = loop.period(
        room, case, state, orders
    )  # once as it is written: what moves, and what is seen
    moves = tuple(new is not old for new, old in zip(leaves(after), leaves(state), strict=True))
    said = Layout.of(seen)
    parts = *split(moves, case, state), leaves(orders)
    fixed, moving, given = map(Layout.of, parts)
    program = Program(None, moves, fixed, moving, said, builder(case), builder(state))
    order = builder(orders)

    def period(*blocks: Array) -> tuple[Array, ...]:
        still, moved, told = (
            layout.unpack(blocks[3 * i : 3 * i + 3]) for i, layout in enumerate((fixed, moving, given))
        )
        after, seen = loop.period(room, *program.trees(still, moved), order(told))
        kept = [array for array, moves_on in zip(leaves(after), moves, strict=True) if moves_on]
        return *join(kept), *join(leaves(seen))

    blocks = [block for part in parts for block in join(part)]
    return replace(program, run=generated(make_fx(period, tracing_mode="fake")(*blocks), blocks))


def generated(graph: torch.fx.GraphModule, blocks: list[Array]) -> Callable[..., tuple[Array, ...]]:
    """Return the code of a graph, for blocks of these shapes alone: it looks at none of them before it runs."""
    from torch import _inductor as inductor  # loads half of torch, which only who compiles needs

    with inductor.config.patch(OPTIONS):
        return inductor.standalone_compile(graph, blocks, dynamic_shapes="from_example_inputs")


def split(moves: tuple[bool, ...], case: Case, state: TheatreState) -> tuple[list[Array], list[Array]]:
    """Return the arrays of case and state that are fixed, and those that move."""
    parts = leaves(state)
    moving = [array for array, moves_on in zip(parts, moves, strict=True) if moves_on]
    fixed = [array for array, moves_on in zip(parts, moves, strict=True) if not moves_on]
    return [*leaves(case), *fixed], moving


def longer(tree: Tree) -> Tree:
    """Return a tree in which the first patients lie once more behind the last, where as many would be crowded."""

    def lengthened(array: Array) -> Array:
        return array if array.shape[-1] % CROWDED else torch.cat([array, array[..., :LONGER]], dim=-1)

    return map_arrays(lengthened, tree)


class Compiled:
    """A play of compiled control periods; see `sim.theatre.plays.Play`.

    What moves stays in blocks from turn to turn; the state is made a tree, of views into them, only for whoever asks.
    """

    def __init__(self, room: Theatre, case: Case, state: TheatreState, seen: Turn):
        self.room, self.case = room, case
        self._patients = len(case.keys)
        self._nobody = 0.0 * seen.delivered[: len(PRESSORS)]
        nothing = Orders(0.0 * seen.delivered, 0.0 * seen.delivered, self._nobody)
        self._program = program(room, *longer((case, state, nothing)))
        self._untold = join(leaves(longer(nothing)))[1:]  # orders are floating numbers alone
        self._fixed: Blocks
        self._moving: Blocks
        self._seen: Blocks
        self._bleeding: Bleeding
        self._place(state, seen)

    @property
    def state(self) -> TheatreState:
        """See `Play.state`."""
        still = self._program.fixed.unpack(self._shortened(self._fixed))
        moved = self._program.moving.unpack(self._shortened(self._moving))
        return self._program.trees(still, moved)[1]

    @property
    def seen(self) -> Turn:
        """See `Play.seen`."""
        return self._program.seen.unpack(self._shortened(self._seen))

    def turn(self, orders: Orders) -> None:
        """See `Play.turn`."""
        self._bleeding.turn(self)
        pressors = self._nobody if orders.pressors is None else orders.pressors
        told = longer(torch.cat([orders.infusions, orders.boluses, pressors]))
        answer = self._program.run(*self._fixed, *self._moving, told, *self._untold)
        self._moving, self._seen = (answer[0], answer[1], answer[2]), (answer[3], answer[4], answer[5])

    def hosted(self) -> Turn:
        """See `Play.hosted`."""
        floating, *others = (to_numpy(block) for block in self._shortened(self._seen))
        return self._program.seen.unpack([floating.astype(np.float64), *others])

    def change(self, state: TheatreState) -> None:
        """See `Play.change`."""
        self._place(state, self.seen)

    def _shortened(self, blocks: Blocks) -> list[Array]:
        """Return views of blocks on those who are there."""
        return [block[:, : self._patients] for block in blocks]

    def _place(self, state: TheatreState, seen: Turn) -> None:
        """Lay case, state and what is seen into blocks."""
        fixed, moving = split(self._program.moves, *longer((self.case, state)))
        self._fixed, self._moving, self._seen = join(fixed), join(moving), join(leaves(longer(seen)))
        self._bleeding = Bleeding(self.room, self.case, state)

    def admit(self, case: Case, state: TheatreState, seen: Turn, beds: np.ndarray) -> None:
        """See `Play.admit`."""
        state, seen = put(self.state, beds, state), put(self.seen, beds, seen)
        self.case = put(self.case, beds, case)
        self._place(state, seen)
