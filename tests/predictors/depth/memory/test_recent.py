"""What the index has shown lately: level, trend and age of the readings, and the two forecasts made of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from predictors.depth.forecasts import HORIZONS, expected_name
from predictors.depth.memory import recent
from predictors.depth.memory.recent import AWAKE, FEATURES
from predictors.depth.persistence import Persistence, Trend
from sim.arrays import map_arrays, take, to_numpy
from sim.covariates import Covariates
from tests.seen import seen

CROWD = Covariates.of([25, 40, 60, 79], ["F", "M", "F", "M"], 170, [55, 70, 90, 62])
PERIOD = 10.0
ROWS = 12  # readings in two minutes


def looked(values, valid=None, period=PERIOD, person=CROWD):
    """The memory after readings (time, patients); NaN in `values` is a reading that is not valid."""
    values = np.asarray(values, dtype=float)
    valid = np.isfinite(values) if valid is None else valid
    memory = recent.begin(person, period)
    for bis, ok in zip(values, valid, strict=True):
        memory = recent.look(memory, seen(bis, ok, size=len(person.age)), period)
    return memory


def restless(samples=40, seed=0, hidden=0.3):
    """Noisy readings (samples, 4), a third of them missing."""
    random = np.random.default_rng(seed)
    values = np.clip(50.0 + 2.0 * random.standard_normal((samples, 4)).cumsum(axis=0), 5.0, 95.0)
    values[random.uniform(size=values.shape) < hidden] = np.nan
    return values


def test_before_the_first_reading_somebody_is_taken_to_be_awake():
    memory = looked(np.full((3, 4), np.nan))
    np.testing.assert_array_equal(memory.level, AWAKE)
    np.testing.assert_array_equal(recent.slope(memory, PERIOD), 0.0)


def test_the_level_is_the_mean_of_the_valid_readings_of_the_last_30_seconds():
    values = restless()
    level = np.full(4, AWAKE)
    for end in range(1, len(values) + 1):
        last = values[max(end - 3, 0) : end]
        some = np.isfinite(last).any(axis=0)
        level[some] = np.nanmean(last[:, some], axis=0)
        np.testing.assert_allclose(looked(values[:end]).level, level)


def test_the_level_holds_through_a_dropout_and_returns_with_the_first_reading():
    gap = np.full((30, 4), np.nan)
    values = np.concatenate([np.full((5, 4), 40.0), np.full((1, 4), 46.0), gap])
    np.testing.assert_allclose(looked(values).level, 46.0)  # the last reading to leave the window
    np.testing.assert_allclose(looked(np.concatenate([values, np.full((1, 4), 70.0)])).level, 70.0)


def test_the_slope_is_that_of_a_line_through_two_minutes_of_readings():
    values = restless(samples=60, seed=1)
    found = recent.slope(looked(values), PERIOD)
    time = PERIOD * np.arange(ROWS)
    for patient in range(4):
        ok = np.isfinite(values[-ROWS:, patient])
        expected = np.polyfit(time[ok], values[-ROWS:, patient][ok], 1)[0]
        assert found[patient] == pytest.approx(expected, rel=1e-9)
        assert abs(expected) > 1e-4


def test_three_readings_make_no_trend_and_four_do():
    rising = np.full((ROWS, 4), np.nan)
    rising[-3:] = np.array([40.0, 50.0, 60.0])[:, None]
    np.testing.assert_array_equal(recent.slope(looked(rising), PERIOD), 0.0)
    rising[-4] = 30.0
    np.testing.assert_allclose(recent.slope(looked(rising), PERIOD), 1.0)


def test_age_counts_the_seconds_since_the_last_valid_reading():
    values = np.full((7, 4), np.nan)
    values[2] = 50.0
    ages = [looked(values[:end]).age[0] for end in range(1, 8)]
    assert ages == [10.0, 20.0, 0.0, 10.0, 20.0, 30.0, 40.0]


def test_restlessness_is_the_squared_change_between_neighbouring_readings():
    steady, jumping = np.full((200, 4), 50.0), np.full((200, 4), 50.0)
    jumping[::2] = 56.0
    assert (looked(steady).restless < 0.1).all()
    np.testing.assert_allclose(looked(jumping).restless, 36.0, rtol=0.02)
    apart = np.full((200, 4), np.nan)
    apart[::4], apart[2::4] = 50.0, 56.0
    np.testing.assert_array_equal(looked(apart).restless, recent.begin(CROWD, PERIOD).restless)


@pytest.mark.parametrize("junk", [0.0, 1e6, np.nan])
def test_the_value_of_an_invalid_reading_does_not_matter(junk):
    values = restless(seed=2)
    ok = np.isfinite(values)
    clean, dirty = looked(np.where(ok, values, 50.0), ok), looked(np.where(ok, values, junk), ok)
    map_arrays(np.testing.assert_array_equal, clean, dirty)


@pytest.mark.parametrize("values", [np.full((1, 4), np.nan), np.full((50, 4), 1.0), restless(80, 4)])
def test_features_are_as_many_as_announced_finite_and_of_order_one(values):
    found = recent.features(looked(values), PERIOD)
    assert found.shape == (FEATURES, 4)
    assert np.isfinite(found).all()
    assert (np.abs(found) < 7.0).all()


def test_torch_gives_the_same_as_numpy():
    values = restless(seed=3)
    expected, ok = looked(values), np.isfinite(values)
    memory = recent.begin(map_arrays(torch.from_numpy, CROWD), PERIOD)
    for bis, valid in zip(values, ok, strict=True):
        memory = recent.look(memory, map_arrays(torch.from_numpy, seen(bis, valid)), PERIOD)
    features = recent.features(memory, PERIOD)
    assert isinstance(features, torch.Tensor)
    np.testing.assert_allclose(to_numpy(features), recent.features(expected, PERIOD), rtol=1e-9, atol=1e-12)


def forecasts(observer, values):
    state = observer.initial(CROWD)
    for bis in values:
        state, said = observer.update(state, seen(np.nan_to_num(bis), np.isfinite(bis)))
    assert list(said) == list(observer.estimates) == [expected_name(horizon) for horizon in HORIZONS]
    return np.stack(list(said.values()))


def test_persistence_repeats_the_level_at_every_horizon():
    values = restless(seed=5)
    np.testing.assert_allclose(forecasts(Persistence(), values), np.tile(looked(values).level, (4, 1)))


def test_the_trend_goes_on_along_the_line_as_far_as_the_index_reaches():
    falling = 60.0 - 0.02 * PERIOD * np.arange(ROWS)[:, None] + np.zeros(4)
    expected = falling[-3:].mean(axis=0) - 0.02 * np.array(HORIZONS)[:, None]
    np.testing.assert_allclose(forecasts(Trend(), falling), expected)
    steep = 90.0 - 5.0 * np.arange(ROWS)[:, None] + np.zeros(4)
    np.testing.assert_array_equal(forecasts(Trend(), steep)[-1], 0.0)


@pytest.mark.parametrize("period", [5.0, 30.0])
def test_another_control_period_looks_at_the_same_stretch_of_time(period):
    rising = 40.0 + 0.05 * period * np.arange(100)[:, None] + np.zeros(4)
    memory = looked(rising, period=period)
    np.testing.assert_allclose(memory.level, rising[-round(30.0 / period) :].mean(axis=0))
    np.testing.assert_allclose(recent.slope(memory, period), 0.05)


def test_a_patient_alone_is_the_same_as_in_the_batch():
    values = restless(seed=6)
    alone = looked(values[:, [1]], person=take(CROWD, np.array([1])))
    map_arrays(lambda a, b: np.testing.assert_array_equal(a[..., 1], b[..., 0]), looked(values), alone)
