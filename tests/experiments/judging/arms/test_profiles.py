"""Profiles and aggregates of arms, against what can be counted."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.judging.arms import profiles
from tests.experiments.judging.arms.test_pairs import METRIC, cases

CHANCE = np.random.default_rng(7)


def test_a_profile_is_the_share_of_patients_and_seeds_with_more():
    values = 100.0 * CHANCE.random((3, 40))
    found = profiles.profiles(cases(one=values), METRIC).set_index("value")
    for at in (0.0, 30.0, 77.0, 100.0):
        assert found.loc[at, "share"] == pytest.approx(np.mean(values > at))
    assert (found["low"] <= found["share"] + 1e-9).all()
    assert (found["share"] <= found["high"] + 1e-9).all()
    assert found.loc[30.0, "high"] - found.loc[30.0, "low"] > 0.05


def test_of_one_seed_the_band_is_that_of_a_share():
    values = np.repeat([10.0, 90.0], 200)
    found = profiles.profiles(cases(one=values), METRIC).set_index("value").loc[50.0]
    assert found["high"] - found["low"] == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 400), rel=0.1)


def test_aggregates_name_the_middle_the_gap_the_tail_and_the_spread_of_seeds():
    values = np.stack([np.linspace(0.0, 40.0, 101), np.linspace(2.0, 42.0, 101)])
    row = profiles.aggregates(cases(one=values), METRIC).iloc[0]
    assert (row["arm"], row["seeds"], row["patients"]) == ("one@seeds", 2, 101)
    assert row["iqm"] == pytest.approx(21.0, abs=0.1)
    assert row["gap"] == pytest.approx(np.maximum(values - profiles.ENOUGH, 0.0).mean())
    assert row["worst"] == pytest.approx(np.sort(values.ravel())[-10:].mean(), abs=0.1)
    assert (row["lowest"], row["highest"]) == pytest.approx((20.0, 22.0), abs=0.1)
