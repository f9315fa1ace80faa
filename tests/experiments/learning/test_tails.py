"""Costs paid as they come add up to the conditional value at risk of whole cases."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.learning.tails import Tail


def test_half_of_what_is_paid_is_what_the_worst_share_of_cases_is_over_the_threshold():
    rng = np.random.default_rng(1)
    costs = rng.exponential(size=(30, 200))
    tail = Tail(0.1, 200)
    tail.ended.extend(rng.exponential(size=(500, 30)).sum(axis=1))
    threshold = tail.threshold
    paid = sum(tail.paid(cost) for cost in costs)
    whole = costs.sum(axis=0)
    np.testing.assert_allclose(paid, 0.5 * whole + 0.5 * np.maximum(whole - threshold, 0.0) / 0.1)


def test_at_its_own_threshold_it_is_the_mean_of_the_worst():
    whole = np.random.default_rng(2).permutation(1000) * 1.0
    tail = Tail(0.05, 1000)
    tail.ended.extend(whole)
    paid = tail.paid(whole)
    expected_shortfall = np.sort(whole)[-50:].mean()
    assert tail.threshold + 2.0 * (paid - 0.5 * whole).mean() == pytest.approx(expected_shortfall, rel=1e-3)


def test_without_a_share_costs_are_what_they_are_and_an_account_is_closed_with_its_case():
    tail = Tail(0.0, 2)
    np.testing.assert_array_equal(tail.paid(np.array([1.0, 2.0])), [1.0, 2.0])
    tail.end(np.array([1]))
    assert list(tail.ended) == [2.0]
    np.testing.assert_array_equal(tail.sums, [1.0, 0.0])
