"""The multipath network: what it is shown of gaps, and that it finds what only the order of minutes tells."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from predictors.learning.contract import Recipe
from predictors.learning.measures import roc_area
from predictors.risk.fritz2019 import EACH, Network, Signs, Watched, fewer, multipath

RAMP = np.linspace(0.0, 1.0, 60)


def sawteeth(count: int, seed: int) -> tuple[Watched, np.ndarray]:
    """People whose second channel falls fast and rises slowly, or the other way round, at any time; nothing else."""
    random = np.random.default_rng(seed)
    way = random.random(count) < 0.5
    teeth = np.stack([np.roll(RAMP if one else RAMP[::-1], random.integers(60)) for one in way])
    series = np.stack([random.normal(size=(count, 60)), 3.0 * teeth], axis=1)
    series[random.random(series.shape) < 0.05] = np.nan
    return Watched(random.normal(size=(count, 3)), series), way.astype(float)


def area(label: np.ndarray, said: np.ndarray) -> float:
    return float(roc_area(label > 0.5, said, np.ones((1, len(said))))[0])


def test_order_is_found_and_lost_where_minutes_are_shuffled():
    (train, label), (others, truth) = sawteeth(200, 1), sawteeth(150, 2)
    model, _ = multipath(train, label, 0, Recipe(epochs=12, step=1e-2))
    assert area(truth, model.probability(others)) > 0.9
    assert 0.35 < area(truth, model.probability(others.shuffled(3))) < 0.65


def test_a_minute_that_is_missing_shows_the_last_one_and_says_so():
    series = np.array([[[np.nan, 1.0, np.nan, 3.0], [np.nan] * 4]])
    shown = Signs(np.array([1.0, 0.0]), np.array([2.0, 1.0])).shown(series)
    np.testing.assert_allclose(shown[0], [[0.0, 0.0, 0.0, 1.0], [1, 0, 1, 0], [0.0] * 4, [1, 1, 1, 1]])


def test_scales_ignore_what_is_missing():
    series = np.array([[[1.0, np.nan, 3.0], [np.nan] * 3]])
    signs = Signs.of(series)
    np.testing.assert_allclose(signs.mean, [2.0, 0.0])
    np.testing.assert_allclose(signs.sd, [1.0, 1.0])


def test_a_person_is_told_the_same_alone_as_among_others():
    people, label = sawteeth(40, 4)
    model, _ = multipath(people, label, 0, Recipe(epochs=1))
    alone = np.concatenate([model.probability(people[np.array([one])]) for one in range(40)])
    np.testing.assert_allclose(model.probability(people), alone, atol=1e-6)


def test_what_is_missing_altogether_still_gets_a_probability():
    people, label = sawteeth(40, 5)
    model, _ = multipath(people, label, 0, Recipe(epochs=1))
    nothing = Watched(np.full((2, 3), np.nan), np.full((2, 2, 60), np.nan))
    said = model.probability(nothing)
    assert ((said > 0.0) & (said < 1.0)).all()


def test_shuffling_keeps_the_minutes_of_all_channels_together():
    people, _ = sawteeth(5, 6)
    mixed = people.shuffled(0)
    pairs = [sorted(map(tuple, np.nan_to_num(one.series[0].T).tolist())) for one in (people, mixed)]
    assert pairs[0] == pairs[1]
    assert not np.array_equal(mixed.series, people.series, equal_nan=True)


@pytest.mark.parametrize("channels", [1, 8])
def test_channels_do_not_meet_before_the_head(channels):
    torch.manual_seed(0)
    network = Network(2, channels).eval()
    shown = torch.randn(2, 2 * channels, 60)
    changed = shown.clone()
    changed[:, :2] += 1.0
    features, other = (network.paths[0](one) for one in (shown, changed))
    own = features.shape[1] // channels
    torch.testing.assert_close(features[:, own:], other[:, own:])
    assert not torch.equal(features[:, :own], other[:, :own])


def test_scales_travel_with_the_network():
    people, label = sawteeth(20, 7)
    model, _ = multipath(people, label, 0, Recipe(epochs=1))
    other = Network(3, 2)
    other.load_state_dict(model.state_dict())
    np.testing.assert_array_equal(other.eval().probability(people), model.probability(people))
    static, shown = model.inputs(people)
    assert static.shape == (20, 6)
    assert shown.shape == (20, 4, 60)


def test_fewer_who_live_leave_probabilities_as_they_were():
    label = np.zeros(3000)
    label[::100] = 1.0
    chosen, share = fewer(label, 0)
    assert label[chosen].sum() == 30
    assert len(chosen) == 30 * (1 + EACH)
    assert share == pytest.approx(30 * EACH / 2970)
    people = Watched(np.zeros((3000, 1)), np.zeros((3000, 1, 60)))
    model, _ = multipath(people, label, 0, Recipe(epochs=2, step=1e-6))
    assert model.probability(people[:1])[0] == pytest.approx(0.01, rel=0.3)


def test_a_last_batch_of_one_person_teaches_too():
    people, _ = sawteeth(1, 4)
    network = Network(3, 2).train()
    network.settle(people)
    assert torch.isfinite(network(*network.inputs(people))).all()
