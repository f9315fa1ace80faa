"""The bedside: running means of pressure and heart rate against sums by hand, with whatever is missing said to be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from predictors.depth.memory import bedside
from predictors.depth.memory.bedside import FEATURES, LEAST, SCALES, TYPICAL
from sim.arrays import map_arrays, to_numpy
from sim.covariates import Covariates
from sim.surgery import EMERGENCE, INCISION, INDUCTION
from tests.seen import seen

PERIOD = 10.0
CROWD = Covariates.of([25, 40, 60, 79], ["F", "M", "F", "M"], 170, [55, 70, 90, 62])
LAST, OFF_SLOW, UNREST, AGE, SEEN, AWAKE, AWAKE_SEEN, FAST, MIDDLE, LONG, SLOW, RISE = range(12)


def reading(pressure, rate=75.0, phase=INDUCTION, infused=0.0, pressure_age=0.0):
    """Four patients alike, NaN where nothing is valid."""
    ones = np.ones(4)
    return replace(
        seen(50.0, infused=(infused, 0.0, 0.0)),
        mean_arterial_pressure=pressure * ones,
        pressure_valid=np.isfinite(pressure * ones),
        pressure_age=pressure_age * ones,
        heart_rate=rate * ones,
        heart_rate_valid=np.isfinite(rate * ones),
        phase=phase * ones,
    )


def looked(all_readings, begin=None):
    memory = begin or bedside.begin(CROWD)
    for one in all_readings:
        memory = bedside.look(memory, one, PERIOD)
    return memory


def of_pressure(memory):
    """The features of pressure, by row as named above."""
    return bedside.features(memory)[: 2 * 12 : 2, 0]


def standard(pressure):
    return (np.asarray(pressure) - TYPICAL[0][0]) / TYPICAL[0][1]


def test_running_means_are_the_weighted_means_of_what_was_seen():
    values = standard(shown := np.random.default_rng(0).uniform(60.0, 110.0, 80))
    found = of_pressure(looked([reading(pressure) for pressure in shown]))
    mean = 0.0
    expected = []
    for seconds in reversed(SCALES):
        weight = np.exp(-PERIOD / seconds) ** np.arange(len(values))[::-1]
        mean = ((weight * values).sum() + LEAST * mean) / (weight.sum() + LEAST)
        expected.append(mean)
    assert found[SLOW] == pytest.approx(expected[0])
    for row, mean in zip((LONG, MIDDLE, FAST), expected[1:], strict=True):
        assert found[row] == pytest.approx(mean - expected[0])
    assert found[LAST] == pytest.approx(values[-1])


def test_through_a_gap_quick_means_fall_back_to_slow_ones_and_the_age_grows():
    before = [reading(70.0)] * 60 + [reading(110.0)] * 3
    after = looked([reading(np.nan)] * 60, looked(before))
    early, late = of_pressure(looked(before)), of_pressure(after)
    assert early[FAST] > 0.5
    assert abs(late[FAST] - late[MIDDLE]) < 0.02
    assert late[LAST] == early[LAST]
    assert late[AGE] == pytest.approx(np.log1p(600.0 / 30.0) - 0.5)
    assert early[AGE] == pytest.approx(-0.5)


@pytest.mark.parametrize("junk", [np.nan, np.inf, -1e9, 0.0, 270.0])
def test_what_nobody_can_have_changes_nothing_but_the_age(junk):
    before = looked([reading(80.0)] * 10)
    impossible = reading(80.0, infused=1.0)
    impossible = replace(impossible, mean_arterial_pressure=np.full(4, junk), heart_rate=np.full(4, junk))
    missing = reading(np.nan, np.nan, infused=1.0)
    one, two = (bedside.features(bedside.look(before, shown, PERIOD)) for shown in (impossible, missing))
    np.testing.assert_array_equal(one, two)
    assert np.isfinite(one).all()


def test_a_cuff_counts_once_however_long_its_pressure_stands_on_the_screen():
    fresh = reading(70.0)
    held = looked([reading(70.0, pressure_age=PERIOD * age) for age in range(1, 18)], looked([fresh]))
    assert held.weights[-1, 0, 0] == pytest.approx(np.exp(-170.0 / SCALES[-1]))
    assert held.age[0, 0] == 170.0


def test_nobody_seen_is_said_to_be_unseen():
    found = of_pressure(looked([reading(np.nan)] * 5))
    for row in (LAST, SLOW, AWAKE, AWAKE_SEEN):
        assert found[row] == 0.0
    assert found[SEEN] == pytest.approx(-1.0)


def test_the_awake_level_is_of_readings_before_the_first_propofol():
    awake = looked([reading(110.0)] * 20)
    later = looked([reading(60.0, infused=5.0)] * 30 + [reading(60.0)] * 30, awake)
    found = of_pressure(later)
    assert found[AWAKE] == pytest.approx(standard(110.0), rel=0.01)
    assert found[RISE] == pytest.approx(found[SLOW] - found[AWAKE])


def test_clocks_run_from_the_first_propofol_from_incision_and_from_the_end_of_surgery():
    course = [(0.0, INDUCTION)] * 3 + [(1.0, INDUCTION)] * 4 + [(0.0, INCISION)] * 5 + [(0.0, EMERGENCE)] * 6
    memory = looked([reading(80.0, phase=phase, infused=given) for given, phase in course])
    np.testing.assert_array_equal(memory.clocks[:, 0], [150.0, 110.0, 60.0])


def test_torch_and_numpy_agree_and_features_are_as_many_as_said():
    shown = [reading(80.0, 70.0), reading(np.nan, 90.0, infused=2.0), reading(95.0, np.nan, INCISION)]
    found = bedside.features(looked(shown))
    assert found.shape == (FEATURES, 4)
    memory = map_arrays(torch.as_tensor, bedside.begin(CROWD))
    for one in shown:
        memory = bedside.look(memory, map_arrays(torch.as_tensor, one), PERIOD)
    np.testing.assert_allclose(to_numpy(bedside.features(memory)), found, rtol=1e-5)
