"""Arms and their training seeds: who belongs together, and intervals that know of both patients and seeds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import trim_mean

from experiments.judging import bootstrap
from experiments.judging.arms import seeds

CHANCE = np.random.default_rng(3)


@pytest.mark.parametrize(
    ("label", "arm"),
    [
        ("ppo@seed1", "ppo@seeds"),
        ("ppo@residual-seed12", "ppo@residual-seeds"),
        ("ppo@seed_2+shield", "ppo@seeds+shield"),
        ("ppo", "ppo"),
        ("seed1grow", "seed1grow"),
    ],
)
def test_labels_that_differ_in_the_seed_alone_are_one_arm(label, arm):
    assert seeds.arm(label) == arm


def test_scores_are_seeds_by_patients_in_the_order_of_the_cases():
    rows = [("b@seed2", 1, 4.0), ("b@seed2", 0, 3.0), ("a", 0, 1.0), ("a", 1, 2.0), ("b@seed1", 0, 5.0)]
    found = seeds.scores(pd.DataFrame(rows, columns=["agent", "patient", "metric"]), "metric")
    assert list(found) == ["b@seeds", "a"]
    np.testing.assert_array_equal(found["b@seeds"], [[3.0, 4.0], [5.0, np.nan]])


def test_the_interquartile_mean_is_a_trimmed_mean_of_all_scores():
    scores = CHANCE.gamma(2.0, 5.0, (4, 50))
    assert seeds.interval(scores, bootstrap.MIDDLE).estimate == pytest.approx(trim_mean(scores, 0.25, None))


def test_one_seed_has_the_interval_of_its_patients():
    values = CHANCE.normal(10.0, 4.0, 400)
    for between in (bootstrap.ALL, bootstrap.MIDDLE):
        alone, crossed = bootstrap.interval(values, between), seeds.interval(values[None], between)
        np.testing.assert_allclose(crossed, alone, atol=0.08)


def test_an_interval_is_as_wide_as_the_spread_of_seeds_demands():
    """Means of S seeds and P patients have the variance seed²/S + patient²/P (the bootstrap sees (S-1)/S of it)."""
    values = 1.0 * np.array([-1.0, 1.0, -1.0, 1.0])[:, None] + CHANCE.normal(0.0, 3.0, (1, 400))
    found = seeds.interval(values)
    error = np.sqrt(1.0 / 4 + values.mean(axis=0).var() / 400)
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(error, rel=0.08)


def test_a_missing_patient_is_left_out_under_every_draw():
    values = CHANCE.normal(10.0, 4.0, (3, 60))
    values[1, :20] = np.nan
    found = seeds.interval(values)
    assert found.estimate == pytest.approx(np.nanmean(values))
    assert found.low < found.estimate < found.high
    assert np.isnan(seeds.interval(np.full((2, 5), np.nan))).all()
