"""What physiology may assume of its arrays: NumPy or torch, patient axis last."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from array_api_compat import array_namespace

Array = Any  # a NumPy array or a torch tensor
Tree = TypeVar("Tree")


def namespace(array: Array) -> Any:
    """Return the array-API namespace of an array (NumPy's own, for speed, where it is NumPy's)."""
    if isinstance(array, (np.ndarray, np.generic)):
        return np
    return array_namespace(array)


def stack(arrays: Sequence[Array]) -> Array:
    """Stack arrays of one type along a new first axis; several times faster than NumPy's own for small arrays."""
    first = arrays[0]
    if not isinstance(first, np.ndarray):
        return namespace(first).stack(arrays)
    stacked = np.empty((len(arrays), *first.shape), first.dtype)
    for row, array in enumerate(arrays):
        stacked[row] = array
    return stacked


def at_least(values: Array, low: float) -> Array:
    """Return the values, `low` where they are lower (NumPy's clip costs ten times as much on small arrays)."""
    return np.maximum(values, low) if isinstance(values, np.ndarray) else namespace(values).clip(values, low)


def within(values: Array, low: float, high: float) -> Array:
    """Return the values, held between `low` and `high`."""
    if isinstance(values, np.ndarray):
        return np.minimum(np.maximum(values, low), high)
    return namespace(values).clip(values, low, high)


def map_arrays(function: Callable[..., Array], tree: Tree, *others: Tree) -> Tree:
    """Apply `function` to every array of a frozen dataclass (nested ones too), keeping everything else."""
    changed: dict[str, Any] = {}
    for field in dataclasses.fields(tree):  # type: ignore[arg-type]
        value = getattr(tree, field.name)
        rest = [getattr(other, field.name) for other in others]
        if dataclasses.is_dataclass(value):
            changed[field.name] = map_arrays(function, value, *rest)
        elif hasattr(value, "shape"):
            changed[field.name] = function(value, *rest)
    return dataclasses.replace(tree, **changed)  # type: ignore[type-var]


def take(tree: Tree, patients: Any) -> Tree:
    """Select patients (an index array, mask or slice) from the last axis of every array."""
    return map_arrays(lambda array: array[..., patients], tree)


def put(tree: Tree, patients: Any, values: Tree) -> Tree:
    """Return a copy in which the selected patients are replaced by `values`."""

    def write(array: Array, value: Array) -> Array:
        array = array.copy() if isinstance(array, np.ndarray) else array.clone()
        array[..., patients] = value
        return array

    return map_arrays(write, tree, values)


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
