"""Events by lot, and creatinine until two days later."""

from __future__ import annotations

import numpy as np

from sim.outcomes.ward.course import HOURS, course, events, needed, stage
from sim.randomness import case_keys

KEYS = case_keys(2, np.arange(4000))
FEMALE = (np.arange(4000) % 2).astype(float)


def test_as_many_are_struck_as_their_risk_says():
    happened = events(KEYS, {"kidney": np.full(4000, 0.3), "death": np.full(4000, 0.02)})
    assert abs(happened["kidney"].mean() - 0.3) < 0.02
    assert abs(happened["death"].mean() - 0.02) < 0.007


def test_whoever_is_struck_at_a_lower_risk_is_struck_at_a_higher_one():
    low, high = (events(KEYS, {"kidney": np.full(4000, risk)})["kidney"] for risk in (0.1, 0.2))
    assert np.all(high[low])
    assert high.sum() > low.sum()


def test_akin_calls_those_injured_who_are_and_nobody_else():
    injured = np.arange(4000) % 5 == 0
    levels = course(KEYS, FEMALE, injured)
    assert levels.shape == (len(HOURS), 4000)
    assert np.all(levels > 0.0)
    np.testing.assert_array_equal(stage(levels) > 0, injured)
    assert 0.5 < np.mean(stage(levels)[injured] == 1) < 0.95
    assert np.all(np.diff(levels[:, injured], axis=0) > 0.0)


def test_stages_are_those_of_akin():
    before = np.array([1.0, 1.0, 1.0, 1.0, 0.5])
    after = np.array([1.2, 1.3, 2.1, 3.1, 0.75])
    np.testing.assert_array_equal(stage(np.stack([before, after])), [0, 1, 2, 3, 1])
    np.testing.assert_allclose(needed(np.array([0.4, 1.0])), [0.2, 0.3])


def test_a_patient_has_the_same_course_alone():
    injured = np.arange(4000) % 3 == 0
    many = course(KEYS, FEMALE, injured)
    np.testing.assert_array_equal(course(KEYS[[9]], FEMALE[[9]], injured[[9]])[:, 0], many[:, 9])
