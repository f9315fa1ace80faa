"""What physiology may assume of its arrays: NumPy or torch, patient axis last."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from enum import Enum
from types import BuiltinFunctionType, FunctionType
from typing import Any, TypeVar

import numpy as np
from array_api_compat import array_namespace, is_array_api_obj

Array = Any  # a NumPy array or a torch tensor
Tree = TypeVar("Tree")
# What may stand between the arrays of a tree: it holds none, and is the same for all patients.
KEPT = (type(None), bool, int, float, complex, str, bytes, Enum, type, FunctionType, BuiltinFunctionType)
REACHED = "arrays, numbers and text in dataclasses, tuples, lists and mappings"
ALIKE = "trees built alike"


def namespace(array: Array) -> Any:
    """Return the array-API namespace of an array (NumPy's own, for speed, where it is NumPy's)."""
    if isinstance(array, (np.ndarray, np.generic)):
        return np
    return array_namespace(array)


def stack(arrays: Sequence[Array]) -> Array:
    """Stack arrays of one type along a new first axis; several times faster than NumPy's own for small arrays."""
    first = arrays[0]
    return np.array(arrays) if isinstance(first, np.ndarray) else namespace(first).stack(arrays)


def at_least(values: Array, low: float) -> Array:
    """Return the values, `low` where they are lower (NumPy's clip costs ten times as much on small arrays)."""
    return np.maximum(values, low) if isinstance(values, np.ndarray) else namespace(values).clip(values, low)


def within(values: Array, low: float, high: float) -> Array:
    """Return the values, held between `low` and `high`."""
    if isinstance(values, np.ndarray):
        return np.minimum(np.maximum(values, low), high)
    return namespace(values).clip(values, low, high)


def plus(values: Array, row: int, more: Array) -> Array:
    """Add to one row of the last axis but one, (..., rows, patients); of NumPy arrays in place."""
    if isinstance(values, np.ndarray):
        values[..., row, :] += more
        return values
    rows = [values[..., i, :] + more if i == row else values[..., i, :] for i in range(values.shape[-2])]
    return namespace(values).stack(rows, axis=-2)


def chosen(table: Array, rows: Array) -> Array:
    """Return `table[rows, patient]` of every patient: table (rows, patients), rows (..., patients), whole numbers.

    NumPy takes numbers out of one row several times faster than out of two axes.
    """
    patients = table.shape[-1]
    if isinstance(table, np.ndarray) and table.flags.c_contiguous:
        return table.reshape(-1).take(rows * patients + np.arange(patients))
    return table[rows, namespace(table).arange(patients, device=table.device)]


def some(mask: Array) -> bool:
    """Return False where a computation may be left out, as NumPy sees that nobody is concerned.

    Elsewhere it is always True: the answer would have to leave the device, and a compiled turn has no branches.
    """
    return bool(mask.any()) if isinstance(mask, np.ndarray) else True


def interpolated(values: Array, grid: np.ndarray, heights: np.ndarray) -> Array:
    """Return the piecewise linear function through (grid, heights), both (points,), at values; the ends are held."""
    if isinstance(values, np.ndarray):
        return np.interp(values, grid, heights)
    xp = namespace(values)
    x, y = like(grid, values), like(heights, values)
    low = xp.clip(xp.searchsorted(x, values) - 1, 0, len(grid) - 2)
    share = xp.clip((values - x[low]) / (x[low + 1] - x[low]), 0.0, 1.0)
    return y[low] + share * (y[low + 1] - y[low])


def map_arrays(function: Callable[..., Array], tree: Tree, *others: Tree) -> Tree:
    """Return a tree in which every array has become `function(array, those of the others...)`, all else kept.

    A tree is an array, or a dataclass, tuple (named or not), list or mapping of trees. `KEPT` may stand in between.

    Raises:
        ValueError: naming what is none of these and could hide an array, or where the trees are not alike.
    """
    return _walk(lambda _, *arrays: function(*arrays), "", tree, others)


def take(tree: Tree, patients: Any) -> Tree:
    """Select patients (an index array, mask or slice) from the last axis of every array; see `map_arrays`."""

    def select(path: str, array: Array) -> Array:
        _check_patients(path, array)
        return array[..., patients]

    return _walk(select, "", tree, ())


def put(tree: Tree, patients: Any, values: Tree) -> Tree:
    """Return a copy in which the selected patients are replaced by `values`, a tree built alike; see `map_arrays`."""

    def write(path: str, array: Array, value: Array) -> Array:
        _check_patients(path, array)
        if array.shape[:-1] != value.shape[:-1]:
            raise _refusal(path, f"has shape {tuple(array.shape)} here, {tuple(value.shape)} there", ALIKE)
        array = array.copy() if isinstance(array, np.ndarray) else array.clone()
        array[..., patients] = value
        return array

    return _walk(write, "", tree, (values,))


def join(trees: Sequence[Tree]) -> Tree:
    """Return the patients of several trees built alike, one after another; see `map_arrays`."""

    def one(path: str, *arrays: Array) -> Array:
        for array in arrays:
            _check_patients(path, array)
            if array.shape[:-1] != arrays[0].shape[:-1]:
                here, there = tuple(arrays[0].shape), tuple(array.shape)
                raise _refusal(path, f"has shape {here} here, {there} there", ALIKE)
        return namespace(arrays[0]).concat(arrays, axis=-1)

    return _walk(one, "", trees[0], trees[1:])


def check_patients(tree: Any, patients: int) -> None:
    """Raise ValueError, naming its place, at what is no tree (see `map_arrays`) or an array of another last axis."""

    def check(path: str, array: Array) -> Array:
        if array.shape[-1:] != (patients,):
            raise _refusal(path, f"has shape {tuple(array.shape)}", f"(..., {patients}), patients last")
        return array

    _walk(check, "", tree, ())


def _walk(function: Callable[..., Array], path: str, tree: Any, others: Sequence[Any]) -> Any:
    """Map `function(path, array, arrays of the others...)`; see `map_arrays`."""
    if is_array(tree) and all(map(is_array, others)):
        return function(path, tree, *others)
    for other in others:
        if type(other) is not type(tree):
            raise _refusal(path, f"is a {type(tree).__name__} here, a {type(other).__name__} there", ALIKE)
    if isinstance(tree, KEPT):
        for other in others:
            if not (other is tree or other == tree or (other != other and tree != tree)):
                raise _refusal(path, f"is {tree!r} here, {other!r} there", "an array where patients differ")
        return tree
    parts, beside = _parts(path, tree), [_parts(path, other) for other in others]
    for other in beside:
        for name in parts.keys() ^ other.keys():
            raise _refusal(name, "is in one only", ALIKE)
    moved = [_walk(function, name, part, [o[name] for o in beside]) for name, part in parts.items()]
    return _rebuilt(tree, moved)


def is_array(value: Any) -> bool:
    """Say whether a value is an array of a library that physiology takes."""
    return isinstance(value, (np.ndarray, np.generic)) or is_array_api_obj(value)


def _parts(path: str, tree: Any) -> dict[str, Any]:
    """Return what a container holds, by path. Raises ValueError if it cannot be looked into."""
    if dataclasses.is_dataclass(tree) or hasattr(tree, "_fields"):
        return {f"{path}.{name}": getattr(tree, name) for name in _names(tree)}
    if isinstance(tree, Mapping):
        return {f"{path}[{key!r}]": part for key, part in tree.items()}
    if isinstance(tree, (tuple, list)):
        return {f"{path}[{index}]": part for index, part in enumerate(tree)}
    raise _refusal(path, f"is a {type(tree).__name__}", REACHED)


def _rebuilt(tree: Any, parts: list[Any]) -> Any:
    """Return a container of the same kind that holds other parts, in the order of `_parts`."""
    if dataclasses.is_dataclass(tree):
        pairs = zip(_names(tree), parts, strict=True)
        return dataclasses.replace(tree, **{n: part for n, part in pairs if part is not getattr(tree, n)})  # type: ignore[type-var]
    if isinstance(tree, dict):
        changed = copy(tree)
        changed.update(zip(tree, parts, strict=True))
        return changed
    if isinstance(tree, Mapping):
        return type(tree)(dict(zip(tree, parts, strict=True)))  # type: ignore[call-arg]
    return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)


def _names(tree: Any) -> Sequence[str]:
    """Return the names of the parts of a dataclass or a named tuple."""
    return [f.name for f in dataclasses.fields(tree)] if dataclasses.is_dataclass(tree) else tree._fields


def _check_patients(path: str, array: Array) -> None:
    if array.ndim == 0:
        raise _refusal(path, "has no axis of patients", "(..., patients)")


def _refusal(path: str, found: str, allowed: str) -> ValueError:
    return ValueError(f"state: {path.removeprefix('.') or 'it'} {found}, which is not allowed; {allowed}")


def like(values: np.ndarray, example: Array) -> Array:
    """Bring NumPy values to the library and device of `example`, floats to its precision."""
    if isinstance(example, np.ndarray):
        return values
    xp = namespace(example)
    moved = xp.asarray(values, device=example.device)
    return xp.astype(moved, example.dtype) if values.dtype.kind == "f" else moved


def to_numpy(array: Array) -> np.ndarray:
    """Return the values as a NumPy array on the host."""
    return array if isinstance(array, np.ndarray) else np.asarray(array.detach().cpu())
