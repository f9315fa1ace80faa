"""Depth in maintenance against hand-worked cases and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from sim.metrics.depth import TABLE, bands, global_score, varvel
from sim.metrics.samples import mean, median
from tests.sim.metrics.hour import at, score


def test_varvel_of_a_hand_worked_case():
    # errors of -20, 0, 20, 40, 60 %: bias 20; sizes 0 20 20 40 60; off the bias 40 20 0 20 40
    bis = np.array([40.0, 50.0, 60.0, 70.0, 80.0])[:, None]
    values = varvel(bis, np.arange(5.0), 50.0)
    assert values["mdpe_percent"] == pytest.approx(20.0)
    assert values["mdape_percent"] == pytest.approx(20.0)
    assert values["wobble_percent"] == pytest.approx(20.0)


def test_medians_leave_out_missing_samples_like_nanmedian():
    chance = np.random.default_rng(3)
    bis = chance.uniform(20.0, 90.0, (201, 30))
    bis[chance.random(bis.shape) < np.linspace(0.0, 0.9, 30)] = np.nan
    error = 100.0 * (bis - 40.0) / 40.0
    values = varvel(bis, np.arange(201.0), 40.0)
    bias = np.nanmedian(error, axis=0)
    np.testing.assert_allclose(values["mdpe_percent"], bias)
    np.testing.assert_allclose(values["mdape_percent"], np.nanmedian(np.abs(error), axis=0))
    np.testing.assert_allclose(values["wobble_percent"], np.nanmedian(np.abs(error - bias), axis=0))


def test_middles_leave_gaps_out_and_are_missing_where_nothing_is_left():
    chance = np.random.default_rng(1)
    values = chance.normal(size=(31, 6))
    values[chance.random(values.shape) < 0.3] = np.nan
    values[:, 3] = np.nan
    known = [column[np.isfinite(column)] for column in values.T]
    np.testing.assert_allclose(median(values), [np.median(one) if one.size else np.nan for one in known])
    np.testing.assert_allclose(mean(values), [np.mean(one) if one.size else np.nan for one in known])
    full = np.ones((4, 1)) * [[1.0], [2.0], [4.0], [8.0]]
    assert mean(full, full > 2.0) == 6.0


def test_divergence_is_the_slope_of_the_error_size_per_hour_with_gaps():
    time = np.arange(0.0, 7200.0, 10.0)
    bis = 50.0 * (1.0 - 0.01 * (3.0 + 12.0 * time / 3600.0))[:, None]  # the size grows from 3 by 12 % an hour
    bis[100:180] = np.nan
    bis[::7] = np.nan
    assert varvel(bis, time, 50.0)["divergence_percent_per_h"] == pytest.approx(12.0)


def test_global_score_of_the_published_example():
    published = global_score(np.array([12.0]), np.array([8.0]), np.array([0.82]))
    assert published == pytest.approx(20.0 / 0.82)  # 24.4, not divided by a square root


def test_a_case_never_in_range_keeps_a_finite_global_score_worse_than_one_sample_in_range():
    never = score(bis=20.0)["global_score"]
    once = score(bis=at(2000.0, 2010.0, 50.0, 20.0))["global_score"]
    assert once < never < np.inf


def test_bands_hold_their_edges():
    bis = np.array([29.9, 30.0, 39.9, 40.0, 45.0, 50.0, 55.0, 60.0, 60.1, 70.0])[:, None]
    values = {name: value[0] for name, value in bands(bis, 50.0).items()}
    assert values == pytest.approx(
        {
            "time_in_40_60_percent": 50.0,
            "time_outside_40_60_percent": 50.0,
            "time_below_40_percent": 30.0,
            "time_above_60_percent": 20.0,
            "time_below_30_percent": 10.0,
            "time_within_5_bis_percent": 30.0,
            "time_within_10_bis_percent": 50.0,
            "hemmerling_excellent_percent": 30.0,
            "hemmerling_good_percent": 20.0,
            "hemmerling_poor_percent": 20.0,
            "hemmerling_inadequate_percent": 30.0,
        }
    )


def test_hemmerling_classes_follow_the_target():
    bis = np.array([45.0, 49.5, 54.0, 58.5, 58.6])[:, None]  # 0, 10, 20, 30 and 30.2 % off a target of 45
    values = bands(bis, 45.0)
    classes = [
        values[f"hemmerling_{name}_percent"][0] for name in ("excellent", "good", "poor", "inadequate")
    ]
    assert classes == pytest.approx([40.0, 20.0, 20.0, 20.0])


def test_missing_measured_samples_are_left_out_and_their_share_is_told():
    measured = at(360.0, 1020.0, np.nan, 55.0)  # 660 s of the 2640 s of maintenance
    values = score(bis=50.0, measured_bis=measured)
    assert values["measured_bis_missing_percent"] == pytest.approx(25.0)
    assert values["measured_mdape_percent"] == pytest.approx(10.0)
    assert values["measured_time_in_40_60_percent"] == 100.0
    assert values["mdape_percent"] == 0.0


def test_nothing_measured_leaves_the_measured_metrics_undefined_and_the_true_ones_alone():
    values = score(measured_bis=np.nan)
    assert values["measured_bis_missing_percent"] == 100.0
    assert all(np.isnan(values[f"measured_{name}"]) for name in TABLE)
    assert not any(np.isnan(values[name]) for name in TABLE)
