"""Published profiles, point by point."""

from __future__ import annotations

import numpy as np
import pytest

from sim.randomness import case_keys
from sim.surgery import SURGERIES, Profile, bleeding_at, plan, stimulus_at

KEYS = case_keys(3, np.arange(3))
HORIZON = 10800.0

POINTS = {  # minutes -> BIS points, read off the published profiles, between their corners too
    "none": {0: 0, 50: 0},
    "struys": {0: 0, 9.9: 0, 9.95: 10, 11: 20, 12.5: 10, 15: 0, 20.05: 20 * 0.15 / 0.3, 20.5: 20, 21.25: 10}
    | {23.75: -10, 26: -20, 26.5: 0, 27: 20, 27.5: 15, 30: 10, 36.5: 20, 37.2: 30, 37.75: 20, 40: 10}
    | {41.25: 20, 41.8: 30, 42.5: 20, 45: 10, 47.25: 20, 49: 30, 50.5: 20, 53: 10, 56.25: 5, 60: 0},
    "dumont": {
        19: 0,
        19.95: 10,
        20: 20,
        22: 20,
        23.5: 17.5,
        25: 13.75,
        28: 11.5,
        37: 10,
        42.5: 2.25,
        47.5: 0.25,
    }
    | {51: 0},
    "step": {9.99: 0, 10: 10, 12: 10, 14.99: 10, 15: 0, 18: 0},
    "ionescu": {
        9.95: 10,
        12: 20,
        15.05: 10,
        19: 0,
        22: 20,
        26.0: -10,
        26.9: -20,
        26.95: 0,
        30: 20,
        40: 0,
        43: 20,
    }
    | {46: 0, 52: 20, 60: 0, 80: 20, 95.05: 10, 100: 0},
}


def at(minutes: float, size: int) -> np.ndarray:
    return np.full(size, 60.0 * minutes)


@pytest.mark.parametrize("name", POINTS)
def test_profiles_pass_through_their_published_points(name):
    planned = plan(name, KEYS, HORIZON)
    for minutes, points in POINTS[name].items():
        np.testing.assert_allclose(
            stimulus_at(planned, at(minutes, 3)), points, atol=1e-6, err_msg=str(minutes)
        )
    np.testing.assert_array_equal(planned.blunted, 0.0)
    np.testing.assert_array_equal(bleeding_at(planned, at(30, 3)), 0.0)


def test_every_profile_is_read_off_here():
    assert set(POINTS) == {name for name in SURGERIES if isinstance(SURGERIES.get(name), Profile)}


@pytest.mark.parametrize("points", [(), ((5, 0), (5, 20)), ((5, 0), (3, 20)), ((0, 0), (float("nan"), 1))])
def test_points_that_do_not_follow_each_other_are_refused(points):
    with pytest.raises(ValueError, match=r"points: minutes \[.*\] are not allowed; one or more that rise"):
        Profile("mine", points)
