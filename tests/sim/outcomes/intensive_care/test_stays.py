"""Stays in intensive care: the same alone as among others, balances with closed forms, ends that are counted right."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from sim.outcomes.channel import check
from sim.outcomes.intensive_care.channels import CHANNELS, ENDS, HORIZONS, KNOWN
from sim.outcomes.intensive_care.charting import charted
from sim.outcomes.intensive_care.course import STEP, WATER, begin, bled, chances, filtered, usual_creatinine
from sim.outcomes.intensive_care.people import PRINTED, drawn
from sim.outcomes.intensive_care.stay import SHOWN, coming, foreseen, stays
from sim.randomness import case_keys

PEOPLE = 300


@pytest.fixture(scope="module")
def some():
    return stays(np.arange(PEOPLE), 3)


def test_a_patient_lives_the_same_stay_alone_and_among_others(some):
    alone = stays(np.array([7]), 3)
    np.testing.assert_array_equal(alone.ends[:, 0], some.ends[:, 7])
    for field in fields(alone.course):
        np.testing.assert_allclose(
            getattr(alone.course, field.name)[..., 0], getattr(some.course, field.name)[..., 7], rtol=1e-12
        )


def test_elsewhere_the_same_people_meet_others_who_decide():
    keys = case_keys(1, np.arange(500))
    here, elsewhere = drawn(keys), drawn(keys, PRINTED)
    for field in fields(here):
        alike = np.array_equal(getattr(here, field.name), getattr(elsewhere, field.name))
        assert alike == (field.name not in ("patience", "limit")), field.name
    assert np.median(elsewhere.patience) == pytest.approx(PRINTED.operates[0], rel=0.1)
    assert elsewhere.limit.std() == pytest.approx(PRINTED.replaces[1], rel=0.15)


def test_every_true_value_is_a_number_and_every_charted_one_is_possible(some):
    for field in fields(some.course):
        assert np.isfinite(getattr(some.course, field.name)).all(), field.name
    chart = charted(some)
    check(CHANNELS, np.stack(list(chart.values())))
    check(KNOWN, some.person.known())


def test_nothing_is_charted_of_the_dead_and_laboratory_values_seldom(some):
    chart = charted(some)
    dead = np.flatnonzero(some.ends[2] <= SHOWN * STEP)
    assert len(dead)
    last = np.round(some.ends[2][dead] / STEP).astype(int) - 1
    assert all(np.isnan(chart["heart_rate"][step:, who]).all() for step, who in zip(last, dead, strict=True))
    seen = {name: np.isfinite(values).mean() for name, values in chart.items()}
    assert seen["bilirubin"] < seen["creatinine"] < seen["drain"] < seen["heart_rate"]


def test_creatinine_stays_in_balance_and_rises_as_it_is_made_where_nothing_is_filtered():
    keys = case_keys(0, np.arange(4))
    person = drawn(keys)
    person = replace(person, frailty=np.zeros(4))
    balanced = replace(begin(person, keys), injury=np.zeros(4))
    np.testing.assert_allclose(
        filtered(person, balanced, np.zeros(4)).creatinine, usual_creatinine(person), rtol=1e-12
    )
    lost = filtered(person, replace(balanced, injury=np.full(4, 0.98 / (1.0 - 0.008 * STEP))), np.zeros(4))
    cleared = 0.06 * person.filtration / (WATER * person.weight)
    rise = STEP * cleared * usual_creatinine(person) * 0.98
    np.testing.assert_allclose(lost.creatinine - usual_creatinine(person), rise, rtol=1e-9)


def test_drains_that_have_clotted_leave_the_blood_inside():
    keys = case_keys(0, np.arange(4))
    person = drawn(keys)
    open_ = replace(begin(person, keys), opened=np.full(4, 300.0))
    free, blocked = (
        bled(replace(open_, blocked=np.full(4, share)), np.zeros(4), 0.0) for share in (0.0, 0.85)
    )
    assert (free.retained == 0.0).all()
    assert (blocked.drain < free.drain).all()
    np.testing.assert_allclose(free.deficit, blocked.deficit)  # it has left the vessels all the same
    assert (blocked.retained > 0.1).all()


def test_what_has_come_does_not_come_again_and_nothing_comes_after_death(some):
    last = some.at(SHOWN - 1)
    likely = chances(some.person, last)
    assert (likely[last.ended] == 0.0).all()
    assert (likely[:, last.ended[2]] == 0.0).all()
    assert likely.min() >= 0.0
    assert likely.max() <= 1.0


def test_labels_say_what_comes_within_the_horizon_until_it_has_come(some):
    labels = coming(some.ends)
    for end, horizon in enumerate(HORIZONS):
        who = np.flatnonzero((some.ends[end] <= SHOWN * STEP) & (some.ends[end] < some.ends[2] + 1e-9))
        for one in who[:5]:
            at, rows = some.ends[end, one], STEP * (1.0 + np.arange(SHOWN))
            own = labels[end, :, one]
            assert np.isnan(own[rows >= at]).all()
            before = rows < min(at, some.ends[2, one])
            np.testing.assert_array_equal(own[before], (rows[before] + horizon >= at) * 1.0)


def test_who_knows_the_true_state_is_right_on_average_and_tells_who_it_will_be(some):
    labels = coming(some.ends)
    likely = foreseen(some, 40, 12, 5)
    for end in range(len(ENDS)):
        risk = np.isfinite(labels[end, 40])
        came = labels[end, 40][risk]
        spread = 4.0 * np.sqrt(max(came.mean(), 2.0 / len(came)) / len(came))
        assert likely[end][risk].mean() == pytest.approx(came.mean(), abs=spread)
        if came.any():
            assert likely[end][risk][came == 1.0].mean() > 5.0 * likely[end][risk][came == 0.0].mean()
    over = np.isnan(labels[1, 40])
    assert (likely[1][over] == 0.0).all()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("creatinine", 97.0, r"creatinine: 97 is not allowed; 0.1 to 25 mg/dL, not µmol/L"),
        ("haemoglobin", 104.0, r"haemoglobin: 104 is not allowed; 2 to 22 g/dL, not g/L"),
        ("temperature", 98.6, r"temperature: 98.6 is not allowed; 25 to 43 °C, not °F"),
        ("heart_rate", -1.0, r"heart_rate: -1 is not allowed; 10 to 250 1/min"),
    ],
)
def test_another_unit_or_an_impossible_value_is_named(name, value, words):
    values = np.full((len(CHANNELS), 3), np.nan)
    check(CHANNELS, values)
    values[list(CHANNELS).index(name), 1] = value
    with pytest.raises(ValueError, match=words):
        check(CHANNELS, values)
