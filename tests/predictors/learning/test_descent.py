"""Descent: the best epoch is kept, chance comes from the seed alone, and what never was a number is refused."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
import torch
from torch import nn

from predictors.learning import descent
from predictors.learning.contract import Course, Recipe
from predictors.learning.descent import Lesson, descend, known, parts
from predictors.learning.network import FINE_TUNING, ByDescent

X = torch.linspace(-1.0, 1.0, 40)[:, None]
Y = 3.0 * X - 2.0


def line(seed=0):
    torch.manual_seed(seed)
    return nn.Linear(1, 1)


def lesson(network, score=None, **more):
    def loss(chosen):
        return ((network(X[chosen]) - Y[chosen]) ** 2).mean()

    return Lesson(loss, score or (lambda: float(loss(torch.arange(len(X))))), len(X), **more)


def test_a_line_is_learned_and_its_best_epoch_kept():
    network = line()
    fitted = descend(network, lesson(network, batch=10), Recipe(epochs=60, step=0.1, decay=0.0))
    assert network.weight.item() == pytest.approx(3.0, abs=0.05)
    assert network.bias.item() == pytest.approx(-2.0, abs=0.05)
    epochs, scores = zip(*fitted.curve, strict=True)
    assert min(scores) == scores[epochs.index(fitted.best)] < 0.1 * scores[0]


@pytest.mark.parametrize("first", [3.0, float("nan")])
def test_the_network_is_left_as_it_was_at_its_best_not_as_it_ended(first):
    network, seen = line(), []

    def score():
        seen.append({name: tensor.clone() for name, tensor in network.state_dict().items()})
        return [first, 1.0, 2.0, float("nan")][len(seen) - 1]

    fitted = descend(network, lesson(network, score), Recipe(epochs=4, step=0.1))
    assert fitted.best == 2
    assert [value for _, value in fitted.curve[1:3]] == [1.0, 2.0]
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, seen[1][name])
        assert not torch.equal(tensor, seen[3][name])


def test_the_same_seed_learns_the_same_and_another_something_else():
    found = []
    for seed in (0, 0, 1):
        network = line()
        descend(network, lesson(network, batch=7), Recipe(epochs=3, seed=seed))
        found.append(network.weight.item())
    assert found[0] == found[1] != found[2]


def test_every_index_is_drawn_once_an_epoch():
    network, drawn = line(), []

    def loss(chosen):
        drawn.append(chosen.tolist())
        return network(X[chosen]).mean()

    descend(network, Lesson(loss, lambda: 0.0, len(X), batch=9), Recipe(epochs=2))
    assert [len(batch) for batch in drawn] == [9, 9, 9, 9, 4] * 2
    for epoch in (drawn[:5], drawn[5:]):
        assert sorted(np.concatenate(epoch)) == list(range(len(X)))
    assert drawn[:5] != drawn[5:]


def test_the_share_done_is_told_and_long_trainings_look_less_often(monkeypatch):
    monkeypatch.setattr(descent, "MOST_LOOKS", 4)
    network, told = line(), []
    fitted = descend(network, lesson(network), Recipe(epochs=10), told.append)
    assert told == [(epoch + 1) / 10 for epoch in range(10)]
    assert [epoch for epoch, _ in fitted.curve] == [3, 6, 9, 10]


def test_a_score_that_never_was_a_number_is_refused():
    network = line()
    with pytest.raises(ValueError, match="training: the validation score was never a number"):
        descend(network, lesson(network, lambda: float("nan")), Recipe(epochs=2))


def test_targets_that_are_missing_weigh_nothing():
    values, weight = known(torch.tensor([1.0, float("nan"), 0.0]))
    assert values.tolist() == [1.0, 0.0, 0.0]
    assert weight.tolist() == [1.0, 0.0, 1.0]


def test_cases_are_scored_in_parts_that_hold_everybody_once():
    assert [(part.start, part.stop) for part in parts(300, 128)] == [(0, 128), (128, 256), (256, 384)]
    assert not parts(0)


class Line(ByDescent):
    """A line that also says in which order it was asked."""

    name = "line"
    network = nn.Linear
    sizes: ClassVar = {"in_features": 1, "out_features": 1}

    def __init__(self):
        self.recipes = []

    def prepare(self, network, train):
        self.prepared = {name: tensor.clone() for name, tensor in network.state_dict().items()}

    def lesson(self, network, train, validation, recipe):
        self.recipes.append(recipe)
        self.begun = {name: tensor.clone() for name, tensor in network.state_dict().items()}
        return lesson(network, settle=lambda: {"offset": 7})


def test_what_was_learned_are_the_tensors_the_sizes_and_what_else_the_lesson_settled():
    learned = Line().learn(Course(None, None, Recipe(epochs=3)))
    assert {name: array.shape for name, array in learned.tensors.items()} == {"weight": (1, 1), "bias": (1,)}
    assert all(array.dtype == np.float32 for array in learned.tensors.values())
    assert learned.settings == {"network": Line.sizes, "offset": 7}
    assert learned.notes["epochs"] == 3
    assert 1 <= learned.notes["kept_epoch"] <= 3


def test_what_goes_on_from_earlier_weights_begins_with_them_and_steps_more_gently():
    line, earlier = Line(), {"weight": np.array([[2.5]], np.float32), "bias": np.array([-1.5], np.float32)}
    fresh = line.learn(Course(None, None, Recipe(epochs=1, step=0.1)))
    on = line.learn(Course(None, None, Recipe(epochs=1, step=0.1), begin=earlier))
    assert line.begun["weight"].item() == 2.5
    assert line.prepared["weight"].item() != 2.5
    assert [recipe.step for recipe in line.recipes] == [0.1, pytest.approx(FINE_TUNING * 0.1)]
    assert abs(on.tensors["weight"].item() - 2.5) < 0.2 < abs(fresh.tensors["weight"].item() - 2.5)
    assert earlier["weight"].item() == 2.5
