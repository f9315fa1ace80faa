"""What is in mind: smoothed by eye, deaf to artefacts; features by hand."""

import numpy as np
import pytest

from agents.human.attention import FEATURES, Mind, features, noticed
from sim.surgery import INCISION

NOBODY = np.full((3, 1), np.nan)
SEEN = np.array([[50.0], [80.0], [60.0]])
YES = np.ones((3, 1), dtype=bool)


def test_the_first_reading_counts_in_full_and_the_next_by_their_time():
    first = noticed(NOBODY, SEEN, YES, 0.0)
    np.testing.assert_array_equal(first, SEEN)
    later = noticed(first, SEEN + 10.0, YES, 30.0)
    np.testing.assert_allclose(later[:, 0] - SEEN[:, 0], 10.0 * (1.0 - np.exp([-1.0, -0.5, -0.5])))


def test_two_short_looks_are_one_long_one():
    once = noticed(SEEN, SEEN + 10.0, YES, 20.0)
    twice = noticed(noticed(SEEN, SEEN + 10.0, YES, 10.0), SEEN + 10.0, YES, 10.0)
    np.testing.assert_allclose(once, twice)


def test_what_is_invalid_or_impossible_is_not_noticed_and_a_spike_counts_little():
    np.testing.assert_array_equal(noticed(SEEN, SEEN + 10.0, ~YES, 10.0), SEEN)
    np.testing.assert_array_equal(noticed(SEEN, np.array([[0.0], [260.0], [0.0]]), YES, 10.0), SEEN)
    spike, far = noticed(SEEN, SEEN + 25.0, YES, 10.0), noticed(SEEN, SEEN + 45.0, YES, 10.0)
    np.testing.assert_array_equal(spike, far)


def test_features_by_hand():
    one = np.ones(1)
    mind = Mind(
        index=65.0 * one,
        pressure=60.0 * one,
        heart_rate=np.nan * one,
        target=6.0 * one,
        age=70.0 * one,
        since=120.0 * one,
        turned=one,
        other_since=0.0 * one,
        other_turned=-one,
        phase=INCISION * one,
    )
    found = dict(zip(FEATURES, features(mind)[:, 0], strict=True))
    expected = {
        "always": 1.0,
        "light": 1.5,
        "low_pressure": 1.5,
        "log_target": np.log(2.0),
        "age": 1.0,
        "turned_up": np.exp(-1.0),
        "settling": np.exp(-0.2),
        "other_down": 1.0,
        "incision": 1.0,
    }
    assert found == pytest.approx(dict.fromkeys(FEATURES, 0.0) | expected)
