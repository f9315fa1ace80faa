"""Cases to learn depth from: cut, divided into phases, selected and joined without losing or inventing a sample."""

from __future__ import annotations

import numpy as np
import pytest

from predictors.learning.cases import (
    BEFORE,
    INDUCTION,
    INDUCTION_SAMPLES,
    MAINTENANCE,
    RECOVERY,
    RUN_IN,
    cut,
    join,
)
from sim.covariates import Covariates

FIRST, LAST, END = np.array([50, 10]), np.array([250, 300]), np.array([400, 320])


def raw(samples=400, truth=False):
    """Signals of two cases whose every sample is its own number, propofol running from FIRST to LAST."""
    sample = np.arange(samples)[:, None] + 1000.0 * np.arange(2)
    at = np.arange(samples)[:, None]
    signals = {"bis": sample, "pressure": sample + 0.5, "remifentanil": sample + 0.25}
    signals["propofol"] = np.where((at >= FIRST) & (at <= LAST), 1.0, 0.0)
    return signals | ({"truth": sample + 0.75} if truth else {})


def two(recovery=60, truth=False, names=("a", "b")):
    person = Covariates.of([40, 60], ["F", "M"], [160, 180], [55, 90])
    return cut(np.array(names), np.array(["s", "s"]), person, raw(truth=truth), END, recovery)


def test_a_case_begins_five_minutes_before_the_first_propofol_or_where_the_record_does():
    cases = two()
    assert cases.bis[0].tolist() == [50.0 - RUN_IN, 1000.0]
    assert cases.first.tolist() == [RUN_IN, 10]
    assert (cases.propofol > 0.0).argmax(axis=0).tolist() == [RUN_IN, 10]


def test_a_case_ends_with_its_recovery_or_where_the_record_does():
    cases = two(recovery=60)
    last = cases.length - 1
    assert cases.bis[last, [0, 1]].tolist() == [250.0 + 60.0, 1319.0]
    assert cases.last.tolist() == [250 - 20, 300]


def test_doses_held_beyond_the_end_of_a_record_are_no_part_of_it():
    end = np.array([200, 320])
    person = Covariates.of([40, 60], ["F", "M"], [160, 180], [55, 90])
    cases = cut(np.array(["a", "b"]), np.array(["s", "s"]), person, raw(), end)
    assert cases.length.tolist() == [180, 320]
    assert cases.last.tolist() == [179, 300]
    assert RECOVERY not in cases.phase[:, 0]


def test_nothing_is_left_beyond_the_end_of_a_case_and_all_is_kept_before():
    cases = two(truth=True)
    inside = np.arange(len(cases.bis))[:, None] < cases.length
    assert len(cases.bis) == cases.length.max()
    for values in (cases.bis, cases.pressure, cases.truth):
        np.testing.assert_array_equal(np.isfinite(values), inside)
    for doses in (cases.propofol, cases.remifentanil):
        assert (doses[~inside] == 0.0).all()
    steps = np.diff(cases.bis, axis=0)
    np.testing.assert_array_equal(steps[np.isfinite(steps)], 1.0)
    np.testing.assert_array_equal(cases.pressure[inside] - cases.bis[inside], 0.5)
    np.testing.assert_array_equal(cases.remifentanil[inside] - cases.bis[inside], 0.25)


def test_phases_are_ten_minutes_of_induction_then_maintenance_then_what_follows_the_last_propofol():
    cases = two()
    for case in range(2):
        phase, first, last = cases.phase[:, case], cases.first[case], cases.last[case]
        expected = np.full(len(phase), BEFORE)
        expected[first : cases.length[case]] = INDUCTION
        expected[first + INDUCTION_SAMPLES : cases.length[case]] = MAINTENANCE
        expected[last + 1 : cases.length[case]] = RECOVERY
        np.testing.assert_array_equal(phase, expected)
        assert set(phase[: cases.length[case]]) == {BEFORE, INDUCTION, MAINTENANCE, RECOVERY}


def test_what_is_scored_is_shown_and_after_the_first_propofol():
    cases = two()
    cases.bis[100, 0] = np.nan
    assert not cases.scored[:RUN_IN, 0].any()
    assert not cases.scored[100, 0]
    assert cases.scored[RUN_IN : cases.length[0], 0].sum() == cases.length[0] - RUN_IN - 1
    assert not cases.scored[cases.length[1] :, 1].any()


@pytest.mark.parametrize("chosen", [np.array([0]), np.array([True, False])])
def test_a_selection_is_as_long_as_its_longest_case(chosen):
    cases = two(truth=True)
    assert cases.length[0] < cases.length[1]
    one = cases.select(chosen)
    assert one.name.tolist() == ["a"]
    assert one.person.age.tolist() == [40.0]
    assert len(one.bis) == one.length[0] == cases.length[0]
    for name in ("bis", "pressure", "propofol", "remifentanil", "truth"):
        np.testing.assert_array_equal(getattr(one, name)[:, 0], getattr(cases, name)[: one.length[0], 0])
    np.testing.assert_array_equal(one.phase[:, 0], cases.phase[: one.length[0], 0])


def test_what_is_taken_apart_can_be_joined_again():
    cases = two(truth=True)
    again = join([cases.select(np.array([0])), cases.select(np.array([1]))])
    for name, value in vars(cases).items():
        if name != "person":
            np.testing.assert_array_equal(getattr(again, name), value, err_msg=name)
    for name, value in vars(cases.person).items():
        np.testing.assert_array_equal(getattr(again.person, name), value)


def test_the_truth_of_a_joined_set_is_known_only_if_it_is_of_every_part():
    assert join([two(truth=True), two(truth=False)]).truth is None
    assert join([two(truth=True), two(truth=True, names=("c", "d"))]).name.tolist() == ["a", "b", "c", "d"]
