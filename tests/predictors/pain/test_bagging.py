"""Bags: subjects stay together, a member is judged by whom it has not seen, the best are kept."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from predictors.learning.measures import roc_area
from predictors.pain import bagging, belief, networks
from predictors.pain.classes import class_of


def test_all_windows_of_a_subject_are_in_a_bag_as_often_as_it_was_drawn():
    subject = np.repeat(np.arange(50), 4)
    counts = bagging.drawn(subject, 200, 0)
    assert (counts.reshape(200, 50, 4) == counts[:, ::4, None]).all()
    assert (counts[:, ::4].sum(axis=1) == 50).all()
    assert (counts == 0).mean() == pytest.approx((1.0 - 1.0 / 50) ** 50, abs=0.01)  # out of the bag


def test_a_member_is_judged_by_what_it_has_not_seen():
    """One knows by heart what it has seen and errs elsewhere; another the other way round."""
    labels = np.tile([0, 1], 20)
    seen = np.arange(40) < 20
    right = np.stack([1 - labels, labels], axis=-1).astype(float)
    by_heart = np.where(seen[:, None], right, 1.0 - right)
    probability, counts = np.stack([by_heart, 1.0 - by_heart]), np.stack([seen, seen]).astype(float)
    scores = bagging.out_of_bag(probability, labels, counts)
    np.testing.assert_array_equal(scores, [0.0, 1.0])
    np.testing.assert_array_equal(bagging.best(scores, 1), [1])


def test_the_best_come_in_order_and_one_that_could_not_be_judged_last():
    np.testing.assert_array_equal(bagging.best(np.array([0.6, np.nan, 0.9, 0.7]), 3), [0, 2, 3])


def test_the_area_of_two_classes_is_the_usual_one_and_of_more_the_mean_of_each_against_the_rest():
    random = np.random.default_rng(0)
    score, labels, weights = random.uniform(size=60), random.integers(2, size=60), np.ones((1, 60))
    two = np.stack([1.0 - score, score], axis=-1)
    assert bagging.class_area(labels, two, weights) == roc_area(labels == 1, score, weights)
    four = random.dirichlet(np.ones(4), size=60)
    labels = random.integers(3, size=60)  # nobody is of the last class
    each = [roc_area(labels == one, four[:, one], weights)[0] for one in range(3)]
    assert bagging.class_area(labels, four, weights)[0] == pytest.approx(np.mean(each))
    perfect = np.eye(4)[labels]
    assert bagging.class_area(labels, perfect, weights)[0] == 1.0


def test_networks_side_by_side_learn_each_from_its_own_samples():
    """What one is taught, the other is taught the opposite of; a network of its own learns the same."""
    random = np.random.default_rng(0)
    inputs = torch.from_numpy(random.normal(size=(200, 3)).astype(np.float32))
    truth = (inputs[:, 0] > 0.0).long()
    labels = torch.cat([truth[:100], 1 - truth[100:]])
    half = (torch.arange(200) < 100).float()
    said = networks.probabilities(
        belief.belief_networks(inputs, labels, torch.stack([half, 1.0 - half]), 2, 0), inputs
    )
    assert ((said[0, :, 1] > 0.5) == (truth == 1)).float().mean() > 0.9
    assert ((said[1, :, 1] > 0.5) == (truth == 0)).float().mean() > 0.9
    torch.testing.assert_close(said.sum(-1), torch.ones(2, 200))


def test_ratings_fall_into_the_classes_of_the_paper():
    ratings = np.arange(11)
    assert class_of(ratings, 2).tolist() == [0] * 4 + [1] * 7
    assert class_of(ratings, 4).tolist() == [0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3]
    with pytest.raises(ValueError, match="rating: 11 is not allowed; 0 to 10"):
        class_of(np.array([3, 11]), 2)
    with pytest.raises(ValueError, match="classes: 3 is not allowed; 2, 4"):
        class_of(ratings, 3)
