"""Exits: what is learned is whether one follows within five minutes, and in the loop it is the same network."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from predictors.depth import exits
from predictors.depth.exits import EXITS, NAME, until_exit
from predictors.depth.memory.keeping import HIGH, LOW
from predictors.learning import network
from predictors.learning.contract import Course, Recipe
from predictors.learning.watching import watch
from tests.depth_folder import simulated_cases
from tests.predictors.depth.drawn import random_exits

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def test_in_the_loop_is_the_network_over_all_moments_in_range_and_certainty_outside(cases):
    observer = random_exits()
    inputs, _ = exits.examples(cases, "cpu")
    with torch.no_grad():
        expected = torch.sigmoid(observer.network(inputs.double())).numpy()
    found = watch(observer, cases)[NAME]
    inside = found < 1.0
    assert 10 < inside.sum() < inside.size
    np.testing.assert_allclose(found[inside], expected, atol=1e-4)


def test_a_moment_is_followed_by_an_exit_or_it_is_not(cases):
    """By the definition, over the level that was shown, case by case and moment by moment."""
    _, leaves = exits.examples(cases, "cpu")
    expected = []
    level = _levels(cases)
    inside = (level >= LOW) & (level <= HIGH)
    ahead = until_exit(exits.exits(level, np.ones(level.shape, dtype=bool)))
    for sample, case in np.argwhere(inside):
        expected.append(0 < ahead[sample, case] <= 30)
    assert 0.0 < np.mean(expected) < 1.0
    np.testing.assert_array_equal(leaves.numpy() > 0.5, expected)


def _levels(cases):
    def keep(state, seen):
        state, _ = exits.look(state, seen, 10.0)
        return state, {"level": state.keeping.level}

    return exits.follow(keep, exits.begin(cases.person, 10.0), cases)["level"]


def test_learning_still_learns(monkeypatch):
    """What is known of a few cases after learning from them is more than the share of exits among them."""
    fitted, real = [], network.descend
    monkeypatch.setattr(network, "descend", lambda *args: fitted.append(real(*args)) or fitted[-1])
    monkeypatch.setattr(exits, "PER_EPOCH", 50_000)
    cases = simulated_cases("wandering", 16, 1, 2400.0)
    EXITS.learn(Course(cases, cases, Recipe(epochs=6)))
    _, leaves = exits.examples(cases, "cpu")
    share = float(leaves.mean())
    nothing = -(share * np.log(share) + (1.0 - share) * np.log(1.0 - share))
    assert dict(fitted[0].curve)[fitted[0].best] < 0.9 * nothing
