"""Weeks on a ward: the same alone as among others, as often an arrest as printed, signs that illness moves."""

from __future__ import annotations

import numpy as np
import pytest

from sim.outcomes.arrest.channels import CHANNELS, HORIZON, HOURS, KNOWN
from sim.outcomes.arrest.illness import FIRST, GROWTH, ONSET, Illness, begin, lived
from sim.outcomes.arrest.week import SHOWN, charted, coming, foreseen, weeks
from sim.outcomes.channel import check
from sim.randomness import case_keys

PEOPLE = 4000


@pytest.fixture(scope="module")
def some():
    return weeks(np.arange(PEOPLE), 3)


def test_a_patient_lives_the_same_week_alone_and_among_others(some):
    alone = weeks(np.array([7]), 3)
    np.testing.assert_array_equal(alone.ends[:, 0], some.ends[:, 7])
    np.testing.assert_allclose(alone.course.depth[:, 0], some.course.depth[:, 7])
    for first, second in zip(charted(alone).values(), charted(some).values(), strict=True):
        np.testing.assert_allclose(first[:, 0], second[:, 7])


def test_hearts_stop_about_as_often_as_printed(some):
    share = (some.ends <= HOURS * SHOWN).mean()
    printed = 419 / 52131
    assert share == pytest.approx(printed, abs=3.0 * np.sqrt(printed / PEOPLE))


def test_illness_sets_in_twice_as_often_in_whoever_is_fifteen_years_older():
    keys, well = case_keys(0, np.arange(200_000)), begin(200_000)
    shares = [(lived(np.full(200_000, age), well, keys, 0)[0].depth == FIRST).mean() for age in (65.0, 80.0)]
    np.testing.assert_allclose(shares, -np.expm1(-HOURS * ONSET * np.array([1.0, 2.0])), rtol=0.1)


def test_unnoticed_illness_grows_by_its_pace_and_treated_illness_falls():
    keys, two = case_keys(0, np.arange(2)), np.ones(2)
    state = Illness(0.5 * two, two.astype(int), GROWTH[0] * two, np.array([False, True]), two < 0.0)
    later, _ = lived(60.0 * two, state, keys, 5)
    assert later.depth[0] == pytest.approx(0.5 + HOURS * GROWTH[0])
    assert later.depth[1] < 0.5


def test_what_is_charted_is_possible_and_moves_as_illness_does(some):
    chart, few = charted(some), some.at(slice(SHOWN))
    check(CHANNELS, np.stack(list(chart.values())))
    check(KNOWN, some.known())
    ill = few.depth > 2.5
    assert np.nanmean(chart["respiratory_rate"][ill & (few.kind == 1)]) > 22.0
    assert np.nanmean(chart["systolic"][ill & (few.kind == 2)]) < 110.0
    assert np.nanmean(chart["temperature"][ill & (few.kind == 0)]) > 37.5
    often = [np.isfinite(chart["heart_rate"][few.noticed == seen]).mean() for seen in (False, True)]
    assert often[1] > 1.5 * often[0]


def test_nothing_is_charted_and_nothing_foreseen_once_the_heart_has_stopped(some):
    chart, labels = charted(some), coming(some.ends)[0]
    for who in np.flatnonzero(some.ends[0] <= HOURS * SHOWN)[:10]:
        row = round(some.ends[0, who] / HOURS) - 1
        assert np.isnan(chart["heart_rate"][row:, who]).all()
        assert np.isnan(labels[row:, who]).all()
        now = HOURS * (1.0 + np.arange(row))
        np.testing.assert_array_equal(labels[:row, who], (now + HORIZON >= some.ends[0, who]) * 1.0)


def test_who_knows_the_true_state_is_right_on_average_and_tells_who_it_will_be(some):
    labels, likely = coming(some.ends)[0, 40], foreseen(some, 40, 4, 9)[0]
    risk = np.isfinite(labels)
    came = labels[risk]
    assert likely[risk].mean() == pytest.approx(came.mean(), abs=4.0 * np.sqrt(came.mean() / len(came)))
    assert likely[risk][came == 1.0].mean() > 10.0 * likely[risk][came == 0.0].mean()
    assert (likely[~risk] == 0.0).all()
