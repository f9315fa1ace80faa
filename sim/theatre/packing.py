"""Trees of tensors as a few blocks, one a type: what a compiled turn is given and gives back at little cost."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.arrays import Array, is_array, map_arrays, namespace

KINDS = ("floating", "whole", "logical")
Blocks = tuple[Array, Array, Array]  # floating, whole and logical numbers, each (rows, patients)


@dataclass(frozen=True)
class Leaf:
    """Where an array lies: its block, its rows there, and its shape before the patients."""

    kind: int
    rows: slice
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Layout:
    """How the arrays of trees built alike lie in blocks, and how such a tree is built of arrays in their order."""

    leaves: tuple[Leaf, ...]
    rebuilt: Callable[[Iterable[Array]], Any]

    @classmethod
    def of(cls, tree: Any) -> Layout:
        """Lay out a tree of tensors, patients last."""
        rows, found = [0] * len(KINDS), []
        for array in leaves(tree):
            kind, first = _kind(array), rows[_kind(array)]
            rows[kind] += math.prod(array.shape[:-1])
            found.append(Leaf(kind, slice(first, rows[kind]), tuple(array.shape[:-1])))
        return cls(tuple(found), builder(tree))

    def unpack(self, blocks: Sequence[Array]) -> Any:
        """Return the tree of blocks: its arrays are views into them."""
        patients = blocks[0].shape[-1:]
        return self.rebuilt(
            blocks[leaf.kind][leaf.rows].reshape(leaf.shape + patients) for leaf in self.leaves
        )


def leaves(tree: Any) -> list[Array]:
    """Return the arrays of a tree, in the order of `map_arrays`."""
    found: list[Array] = []
    map_arrays(lambda array: found.append(array) or array, tree)  # type: ignore[func-returns-value]
    return found


def frame(tree: Any) -> Hashable:
    """Return all that a tree is but the numbers in its arrays: what a program that is traced for it takes for granted.

    Names of models, constants and the shapes of arrays are part of it; trees with the same frame share a program.
    """
    if is_array(tree):
        return tuple(tree.shape), tree.dtype
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        return type(tree), *(frame(getattr(tree, field.name)) for field in dataclasses.fields(tree))
    if isinstance(tree, tuple | list):
        return type(tree), *map(frame, tree)
    if isinstance(tree, Mapping):
        return type(tree), *((name, frame(part)) for name, part in tree.items())
    return tree


def builder(tree: Any) -> Callable[[Iterable[Array]], Any]:
    """Return what builds a tree like this one of other arrays, in the order of `leaves`.

    It does not walk through a tree, as `map_arrays` does, but is made once for all that are built alike.
    """
    build = _builder(tree)
    return lambda arrays: build(iter(arrays))


def _builder(tree: Any) -> Callable[[Iterator[Array]], Any]:
    if is_array(tree):
        return next
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        kind, names = type(tree), [field.name for field in dataclasses.fields(tree)]
        parts = [_builder(getattr(tree, name)) for name in names]
        return lambda arrays: kind(**{name: part(arrays) for name, part in zip(names, parts, strict=True)})
    if isinstance(tree, tuple | list):
        group, items = type(tree), [_builder(item) for item in tree]
        return lambda arrays: group([item(arrays) for item in items])
    if isinstance(tree, Mapping):
        named = {name: _builder(part) for name, part in tree.items()}
        return lambda arrays: {name: part(arrays) for name, part in named.items()}
    return lambda arrays: tree


def join(arrays: Sequence[Array]) -> Blocks:
    """Return arrays as blocks. There is at least one array, and all have the same patients."""
    xp, example = namespace(arrays[0]), arrays[0]
    empty = example.reshape(-1, example.shape[-1])[:0]
    floating = next((array.dtype for array in arrays if _kind(array) == 0), xp.float32)
    dtypes = floating, xp.int64, xp.bool
    blocks = []
    for kind, dtype in enumerate(dtypes):
        own = [array.reshape(-1, array.shape[-1]) for array in arrays if _kind(array) == kind]
        blocks.append(xp.concat(own) if own else xp.astype(empty, dtype))
    return blocks[0], blocks[1], blocks[2]


def _kind(array: Array) -> int:
    xp = namespace(array)
    return 2 if array.dtype == xp.bool else 0 if xp.isdtype(array.dtype, "real floating") else 1
