"""From the cases of somebody careless: who learns from rewards finds the best policy, who imitates does not."""

import numpy as np
import pytest
import torch

from agents.learned.offline import softmax
from experiments.offline import learners
from experiments.offline.learners import Descent, Given
from experiments.offline.logs import steps
from tests.experiments.offline import tabular

HOW = Descent(steps=400, batch=256, rate=0.05, sizes=(), discount=tabular.DISCOUNT, follows=0.1)
EVERY_PLACE = torch.eye(tabular.PLACES)


@pytest.fixture(scope="module")
def given():
    return Given(steps(tabular.logged(tabular.careless(), 200, 40, 1)), tabular.MOVES)


def scores(learned) -> np.ndarray:
    with torch.no_grad():
        return learned.network(EVERY_PLACE).numpy()


def chosen(learned) -> np.ndarray:
    return scores(learned).argmax(axis=1)


def test_conservative_learning_finds_the_best_policy(given):
    found = learners.conservative(given, HOW, price=0.05)
    np.testing.assert_array_equal(chosen(found), tabular.best().argmax(axis=1))


def test_without_a_price_the_values_are_those_of_the_best_policy(given):
    found = learners.q_learning(given, HOW)
    np.testing.assert_allclose(scores(found), tabular.best(), atol=0.25)


def test_a_price_lowers_the_values_of_moves_that_were_seldom_made(given):
    free, priced = (learners.conservative(given, HOW, price=price) for price in (0.0, 1.0))
    seldom = tabular.careless() < 0.3
    lower = scores(free) - scores(priced)
    assert lower[seldom].mean() > lower[~seldom].mean() + 0.2


def test_implicit_learning_finds_the_best_policy(given):
    found = learners.implicit(given, HOW, expectile=0.9, eager=5.0)
    np.testing.assert_array_equal(chosen(found), tabular.best().argmax(axis=1))


def test_a_clone_does_what_was_done(given):
    found = learners.clone(given, HOW)
    odds = softmax(scores(found).T, found.temperature).T
    np.testing.assert_allclose(odds, tabular.careless(), atol=0.05)
    assert (chosen(found) != tabular.best().argmax(axis=1)).any()
