"""Helpers that let one source serve NumPy and torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from sim import arrays
from sim.arrays import Array

BOTH = pytest.mark.parametrize("make", [np.asarray, torch.tensor], ids=["numpy", "torch"])


@dataclass(frozen=True)
class Inner:
    values: Array


@dataclass(frozen=True)
class Outer:
    name: str
    flags: Array
    inner: Inner


def outer(make) -> Outer:
    return Outer("x", make([True, False, True]), Inner(make([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])))


@BOTH
def test_namespace_is_the_library_of_the_array(make):
    array = make([1.0])
    assert type(arrays.namespace(array).zeros(1)) is type(array)
    assert arrays.namespace(np.float64(1.0)) is np


@BOTH
@pytest.mark.parametrize("shape", [(3,), (2, 3), (4, 2, 1)])
def test_stack_puts_a_new_axis_first(make, shape):
    parts = [np.random.default_rng(i).normal(size=shape) for i in range(3)]
    found = arrays.stack([make(part) for part in parts])
    assert type(found) is type(make(0.0) + make([0.0]))
    np.testing.assert_array_equal(arrays.to_numpy(found), np.stack(parts))


@BOTH
def test_limits_hold_at_and_beyond_the_edges_and_let_nan_through(make):
    values = make([-2.0, -1.0, 0.5, 3.0, float("inf"), float("nan")])
    low = arrays.to_numpy(arrays.at_least(values, -1.0))
    held = arrays.to_numpy(arrays.within(values, -1.0, 3.0))
    np.testing.assert_array_equal(low, [-1.0, -1.0, 0.5, 3.0, np.inf, np.nan])
    np.testing.assert_array_equal(held, [-1.0, -1.0, 0.5, 3.0, 3.0, np.nan])


@BOTH
def test_mapping_reaches_nested_arrays_and_keeps_the_rest(make):
    tree = outer(make)
    doubled = arrays.map_arrays(lambda a, b: a * b, tree, tree)
    assert doubled.name == "x"
    np.testing.assert_array_equal(doubled.inner.values, np.square(tree.inner.values))
    np.testing.assert_array_equal(tree.inner.values, outer(make).inner.values)


@pytest.mark.parametrize("patients", [[2, 0], slice(1, 3), [False, True, True]])
@BOTH
def test_taking_patients_selects_the_last_axis_everywhere(make, patients):
    chosen = np.array(patients) if isinstance(patients, list) else patients
    found = arrays.take(outer(make), chosen)
    np.testing.assert_array_equal(found.flags, np.array([True, False, True])[chosen])
    np.testing.assert_array_equal(found.inner.values, np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])[:, chosen])


@BOTH
def test_putting_patients_changes_them_alone_and_leaves_the_original(make):
    tree = outer(make)
    other = arrays.map_arrays(lambda a: ~a if a.dtype == make([True]).dtype else -a, tree)
    beds = np.array([2, 0])
    found = arrays.put(tree, beds, arrays.take(other, beds))
    np.testing.assert_array_equal(found.flags, [False, False, False])
    np.testing.assert_array_equal(found.inner.values, [[-1.0, 2.0, -3.0], [-4.0, 5.0, -6.0]])
    np.testing.assert_array_equal(tree.inner.values, outer(make).inner.values)
    np.testing.assert_array_equal(tree.flags, outer(make).flags)


def test_values_move_to_the_library_and_precision_of_an_example():
    floats, whole = np.array([1.5, 2.5]), np.array([1, 2])
    single = torch.zeros(2, dtype=torch.float32)
    assert arrays.like(floats, single).dtype == torch.float32
    assert arrays.like(whole, single).dtype == torch.int64
    assert arrays.like(floats > 2.0, single).dtype == torch.bool
    assert arrays.like(floats, np.zeros(2)) is floats


def test_tensors_with_a_gradient_come_back_to_the_host():
    found = arrays.to_numpy(torch.tensor([1.0, 2.0], requires_grad=True) * 2.0)
    assert isinstance(found, np.ndarray)
    np.testing.assert_array_equal(found, [2.0, 4.0])
