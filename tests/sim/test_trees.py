"""States of any shape: every array of every container is reached, and what cannot be reached is refused by name."""

from __future__ import annotations

import types
from collections import OrderedDict, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.arrays import map_arrays, put, take, to_numpy

SIZE = 5


class Sign(Enum):
    PLUS = 1


class Memory(NamedTuple):
    hidden: Any
    cell: Any


@dataclass(frozen=True)
class Mind:
    networks: Any
    name: str = "x"


@dataclass(frozen=True)
class Empty:
    """Nothing is remembered."""


def leaves(tree: Any) -> Iterator[Any]:
    """What a tree holds, by an independent walk: numbers a leaf alike for all containers."""
    if isinstance(tree, Mind):
        tree = (tree.networks, tree.name)
    if isinstance(tree, dict):
        tree = tuple(tree.values())
    if isinstance(tree, (tuple, list)):
        for part in tree:
            yield from leaves(part)
    else:
        yield tree


def shape_of(tree: Any) -> Any:
    """The containers of a tree with their types and keys, leaves left out."""
    if isinstance(tree, Mind):
        return Mind, shape_of(tree.networks)
    if isinstance(tree, dict):
        return type(tree), [(key, shape_of(part)) for key, part in tree.items()]
    return (type(tree), [shape_of(part) for part in tree]) if isinstance(tree, (tuple, list)) else type(tree)


def array(code: tuple[int, int, bool]) -> Any:
    seed, rows, tensor = code
    values = np.random.default_rng(seed).normal(size=(rows, SIZE) if rows else SIZE)
    return torch.from_numpy(values) if tensor else values


ARRAYS = st.tuples(st.integers(0, 99), st.integers(0, 3), st.booleans()).map(array)
KEPT = st.sampled_from([None, True, 3, 2.5, float("nan"), "text", Sign.PLUS, float, leaves, len])
TREES = st.recursive(
    ARRAYS | KEPT,
    lambda parts: (
        st.lists(parts, max_size=3)
        | st.lists(parts, max_size=3).map(tuple)
        | st.tuples(parts, parts).map(lambda two: Memory(*two))
        | st.dictionaries(st.text("abc", max_size=2), parts, max_size=3)
        | parts.map(Mind)
    ),
    max_leaves=8,
)


def is_array(leaf: Any) -> bool:
    return isinstance(leaf, (np.ndarray, torch.Tensor))


@settings(deadline=None)
@given(TREES, st.lists(st.integers(0, SIZE - 1), unique=True, min_size=1))
def test_taking_reaches_every_array_and_keeps_the_rest(tree, patients):
    chosen = np.array(patients)
    found = take(tree, chosen)
    assert shape_of(found) == shape_of(tree)
    for before, after in zip(leaves(tree), leaves(found), strict=True):
        if is_array(before):
            np.testing.assert_array_equal(to_numpy(after), to_numpy(before)[..., chosen])
        else:
            assert after is before


@settings(deadline=None)
@given(TREES, st.lists(st.integers(0, SIZE - 1), unique=True, min_size=1))
def test_putting_changes_the_patients_in_every_array_and_nobody_else(tree, patients):
    beds, others = np.array(patients), np.setdiff1d(np.arange(SIZE), patients)
    fresh = take(map_arrays(lambda values: values + 100.0, tree), beds)
    copies = [to_numpy(leaf).copy() for leaf in leaves(tree) if is_array(leaf)]
    found = put(tree, beds, fresh)
    assert shape_of(found) == shape_of(tree)
    arrays = [to_numpy(leaf) for leaf in leaves(found) if is_array(leaf)]
    originals = [to_numpy(leaf) for leaf in leaves(tree) if is_array(leaf)]
    for before, original, after in zip(copies, originals, arrays, strict=True):
        np.testing.assert_array_equal(after[..., beds], before[..., beds] + 100.0)
        np.testing.assert_array_equal(after[..., others], before[..., others])
        np.testing.assert_array_equal(original, before)


def test_a_state_may_be_a_bare_array_or_hold_nothing():
    np.testing.assert_array_equal(put(np.arange(3.0), np.array([1]), np.array([9.0])), [0.0, 9.0, 2.0])
    np.testing.assert_array_equal(take(np.arange(3.0), np.array([2])), [2.0])
    for nothing in (None, (), [], {}, Empty(), 0):
        assert put(nothing, np.array([1]), nothing) == nothing


@pytest.mark.parametrize("kind", [OrderedDict, types.MappingProxyType])
def test_a_mapping_keeps_its_kind(kind):
    found = take(kind({"a": np.arange(3.0)}), np.array([1]))
    assert type(found) is kind
    np.testing.assert_array_equal(found["a"], [1.0])
    grown = take(defaultdict(list, a=np.arange(3.0)), np.array([1]))
    assert grown["b"] == []


UNREACHABLE = [
    ({1.0, 2.0}, "set"),
    (iter([np.zeros(2)]), "list_iterator"),
    (object(), "object"),
    (torch.nn.Linear(1, 1), "Linear"),
    ({}.values(), "dict_values"),
    (np.random.default_rng(0), "Generator"),
]


@pytest.mark.parametrize(("thing", "kind"), UNREACHABLE, ids=[kind for _, kind in UNREACHABLE])
def test_what_could_hide_an_array_is_refused_by_name(thing, kind):
    allowed = "which is not allowed; arrays, numbers and text in dataclasses, tuples, lists and mappings"
    deep = Mind({"h": Memory(np.zeros(2), [np.zeros(2), None, thing])})
    with pytest.raises(ValueError, match=rf"^state: networks\['h'\]\.cell\[2\] is a {kind}, {allowed}$"):
        take(deep, np.array([0]))
    with pytest.raises(ValueError, match=rf"^state: it is a {kind}, "):
        put(thing, np.array([0]), thing)


HERE = {"a": (np.zeros(3), np.zeros((2, 3))), "count": 4}
NOT_ALIKE = [
    ({"a": (np.zeros(1),), "count": 4}, r"state: \['a'\]\[1\] is in one only"),
    ({"a": (np.zeros(1), np.zeros((2, 1)))}, r"state: \['count'\] is in one only"),
    (HERE | {"b": None}, r"state: \['b'\] is in one only"),
    (HERE | {"a": [np.zeros(1), np.zeros((2, 1))]}, r"state: \['a'\] is a tuple here, a list there"),
    (HERE | {"a": (np.zeros(1), None)}, r"state: \['a'\]\[1\] is a ndarray here, a NoneType there"),
    (
        HERE | {"a": (np.zeros(1), np.zeros((4, 1)))},
        r"state: \['a'\]\[1\] has shape \(2, 3\) here, \(4, 1\) there",
    ),
    (HERE | {"a": (np.zeros(1), np.zeros(1))}, r"state: \['a'\]\[1\] has shape \(2, 3\) here, \(1,\) there"),
    ("text", r"state: it is a dict here, a str there"),
]


@pytest.mark.parametrize(("there", "message"), NOT_ALIKE)
def test_states_that_are_built_differently_are_refused_by_name(there, message):
    with pytest.raises(ValueError, match=f"^{message}, which is not allowed; trees built alike$"):
        put(HERE, np.array([1]), there)


def test_a_number_that_would_have_to_differ_between_patients_is_refused():
    """A count of steps as a plain number would give a new patient the age of the neighbours, or the reverse."""
    fresh = take(HERE, np.array([0])) | {"count": 0}
    with pytest.raises(
        ValueError, match=r"state: \['count'\] is 4 here, 0 there, which is not allowed; an array"
    ):
        put(HERE, np.array([1]), fresh)


@pytest.mark.parametrize("scalar", [np.float64(2.0), np.zeros(()), torch.tensor(1.0)])
def test_an_array_without_patients_is_refused_by_name(scalar):
    message = r"state: networks\[0\] has no axis of patients, which is not allowed; \(\.\.\., patients\)"
    for act in (lambda tree: take(tree, [0]), lambda tree: put(tree, [0], tree)):
        with pytest.raises(ValueError, match=message):
            act(Mind([scalar]))
