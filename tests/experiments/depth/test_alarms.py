"""Alarms: what an exit is, when an alarm is true, and that methods are compared at the same rate of false ones."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.depth import alarms
from experiments.depth.alarms import excess, nearness, sounded, tally
from predictors.depth.exits import exits, until_exit
from predictors.depth.forecasts import HORIZONS, QUANTILES, expected_name, quantile_name
from predictors.depth.phases import phases
from tests.depth_folder import recorded_cases


def level(*pieces):
    """One case: (samples, index) pieces one after the other."""
    return np.concatenate([np.full(samples, float(index)) for samples, index in pieces])[:, None]


def found(course):
    return np.flatnonzero(exits(course, np.ones(course.shape, dtype=bool))[:, 0]).tolist()


def test_an_exit_needs_a_minute_inside_and_a_minute_outside():
    assert found(level((20, 50), (20, 70))) == [20]
    assert found(level((20, 50), (20, 35))) == [20]
    assert found(level((20, 50), (5, 70), (20, 50))) == []  # 50 s outside
    assert found(level((5, 50), (20, 70))) == []  # 50 s inside
    assert found(level((20, 50), (10, 70), (10, 50), (10, 30))) == [20, 40]


def test_an_alarm_stands_for_five_minutes_and_is_true_if_an_exit_follows():
    course = level((60, 50), (30, 70))
    may = (course >= 40.0) & (course <= 60.0)
    leaves = exits(course, np.ones(course.shape, dtype=bool))
    alarm = sounded(np.ones(course.shape), may, 0.5)
    assert np.flatnonzero(alarm[:, 0]).tolist() == [0, 30]
    count, true, gone, early, lead = tally(alarm, leaves, until_exit(leaves))[0]
    assert (count, true, gone, early) == (2, 1, 1, 1)  # the first stands until 30, the exit is at 60
    assert lead == 300.0


def test_nothing_sounds_while_the_index_is_out_of_range():
    course = level((10, 70), (10, 50))
    alarm = sounded(np.ones(course.shape), (course >= 40.0) & (course <= 60.0), 0.5)
    assert np.flatnonzero(alarm[:, 0]).tolist() == [10]


def forecast(middle, spread):
    """A normal forecast, the same at all horizons."""
    from scipy.special import ndtri

    said = {expected_name(horizon): np.full((1, 1), middle) for horizon in HORIZONS}
    for horizon in HORIZONS:
        for quantile in QUANTILES:
            said[quantile_name(horizon, quantile)] = np.full((1, 1), middle + spread * ndtri(quantile))
    return said


def test_the_excess_of_a_sure_forecast_is_its_distance_from_the_range_and_of_an_unsure_one_more():
    assert excess(forecast(50.0, 1e-6)).item() == pytest.approx(0.0)
    assert excess(forecast(34.0, 1e-6)).item() == pytest.approx(6.0, abs=1e-4)
    assert excess(forecast(67.0, 1e-6)).item() == pytest.approx(7.0, abs=1e-4)
    assert excess(forecast(45.0, 8.0)).item() > excess(forecast(45.0, 4.0)).item() > 0.0


def test_nearness_is_negative_inside_and_positive_outside():
    assert nearness(forecast(50.0, 1.0)).item() == pytest.approx(-10.0)
    assert nearness(forecast(63.0, 1.0)).item() == pytest.approx(3.0)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_signal_that_knows_the_future_beats_one_that_guesses_at_the_same_rate():
    cases = recorded_cases(12)
    shown = np.nan_to_num(cases["bis"], nan=50.0)
    soon = until_exit(exits(shown, phases(cases) >= 0))
    knows = -np.minimum(soon, 60).astype(float)
    guesses = np.random.default_rng(0).random(shown.shape)
    table = alarms.table(cases, shown, {"knows": knows, "guesses": guesses}).set_index("predictor")
    best, blind = table.loc["knows"].iloc[1], table.loc["guesses"].iloc[1]
    assert best["sensitivity"] > 0.9
    assert best["ppv"] > blind["ppv"]
    assert best["in_time"] > blind["in_time"]
    assert blind["false_per_hour_found"] == pytest.approx(2.0, abs=1.0)
    assert (table["sensitivity_low"] <= table["sensitivity"]).all()
