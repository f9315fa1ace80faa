"""When hypotension begins, and what of the minutes to come counts as known."""

from __future__ import annotations

import numpy as np
import pytest

from predictors.risk.hypotension.events import HORIZONS, labels, low_name, onsets, pressure_name, until_next


def course(*stretches):
    """Return pressures of (value, samples) after each other, one case."""
    return np.concatenate([np.full(count, value, dtype=float) for value, count in stretches])[:, None]


def begins(pressure):
    return list(np.flatnonzero(onsets(pressure)[:, 0]))


def test_a_minute_below_65_is_hypotension_and_begins_with_its_first_sample():
    assert begins(course((80, 10), (64, 6), (80, 10))) == [10]
    assert begins(course((80, 10), (64, 5), (80, 10))) == []
    assert begins(course((80, 10), (65, 20))) == []


def test_what_lasts_begins_once_and_what_comes_back_begins_again():
    assert begins(course((80, 5), (60, 30), (80, 5), (60, 6))) == [5, 40]


@pytest.mark.parametrize(("missing", "found"), [(3, [10]), (4, [])])
def test_a_short_gap_is_bridged_and_a_long_one_is_not(missing, found):
    assert begins(course((80, 10), (60, 2), (np.nan, missing), (60, 1), (80, 5))) == found


def test_samples_are_counted_to_the_next_beginning():
    ahead = until_next(np.array([0, 0, 1, 0, 1, 0], dtype=bool)[:, None])[:, 0]
    np.testing.assert_array_equal(ahead, [2, 1, 2, 1, np.inf, np.inf])


def test_labels_say_whether_and_which_pressure_and_nothing_beyond_the_record():
    said = labels(course((80, 100), (60, 60), (90, 60)))
    soon = said[low_name(300)][:, 0]
    assert (soon[:69] == 0.0).all()
    assert soon[69] == 0.0
    assert (soon[70:100] == 1.0).all()
    assert (soon[100:150] == 0.0).all()
    assert np.isnan(soon[-20:]).all()
    then = said[pressure_name(300)][:, 0]
    assert (then[40], then[80], then[150]) == (80.0, 60.0, 90.0)
    assert np.isnan(then[-20:]).all()


def test_a_longer_horizon_holds_whatever_a_shorter_one_does():
    walk = 75.0 + np.cumsum(np.random.default_rng(0).normal(size=(2000, 5)), axis=0)
    short, middle, long = (labels(walk)[low_name(horizon)] for horizon in HORIZONS)
    known = np.isfinite(long)
    assert (short[known] <= middle[known]).all()
    assert (middle[known] <= long[known]).all()
