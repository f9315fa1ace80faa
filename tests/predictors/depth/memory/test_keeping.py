"""Keeping in range: shares, means and unrest of the index against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from predictors.depth.memory import keeping
from predictors.depth.memory.keeping import FEATURES, MEANS, SHARES
from predictors.depth.memory.recent import AWAKE
from sim.arrays import map_arrays, to_numpy
from sim.covariates import Covariates

PERSON = Covariates.of([50], ["F"], 165, [60])


def followed(levels):
    memory = keeping.begin(PERSON)
    for level in levels:
        memory = keeping.follow(memory, np.array([float(level)]), 10.0)
    return memory


def test_shares_of_time_out_of_range_fade_with_their_time_constants():
    memory = followed([70.0] * 30 + [30.0] * 12)
    for row, seconds in enumerate(SHARES):
        faded = np.exp(-120.0 / seconds)
        assert memory.out[2 * row, 0] == pytest.approx(1.0 - faded)
        assert memory.out[2 * row + 1, 0] == pytest.approx((1.0 - np.exp(-300.0 / seconds)) * faded)


def test_means_approach_a_new_level_with_their_time_constants():
    memory = followed([50.0] * 60)
    for row, seconds in enumerate(MEANS):
        assert memory.means[row, 0] == pytest.approx(50.0 + (AWAKE - 50.0) * np.exp(-600.0 / seconds))


def test_it_counts_the_time_inside_and_begins_anew_after_an_exit():
    assert followed([50.0] * 7).inside[0] == 70.0
    assert followed([50.0] * 7 + [61.0]).inside[0] == 0.0
    assert followed([50.0] * 7 + [61.0] + [40.0, 60.0]).inside[0] == 20.0


def test_a_restless_index_is_told_from_a_quiet_one():
    quiet, restless = followed([50.0] * 100), followed([45.0, 55.0] * 50)
    assert restless.unrest[0] > 5.0 > 0.5 > quiet.unrest[0]
    assert (restless.spread < quiet.spread + 30.0).all()
    assert keeping.features(quiet).shape == (FEATURES, 1)


def test_torch_and_numpy_agree():
    levels = [93.0, 70.0, 55.0, 45.0, 38.0, 41.0]
    memory = map_arrays(torch.as_tensor, keeping.begin(PERSON))
    for level in levels:
        memory = keeping.follow(memory, torch.tensor([level], dtype=torch.float64), 10.0)
    np.testing.assert_allclose(
        to_numpy(keeping.features(memory)), keeping.features(followed(levels)), rtol=1e-12
    )
