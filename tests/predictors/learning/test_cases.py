"""Cases to learn from: selected, cut and joined without losing or inventing a sample, whatever the rates of signals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from predictors.learning.cases import ONCE, Cases, Signal, join
from sim.covariates import Covariates

LENGTH = np.array([120.0, 60.0, 90.0])  # s
INTERVALS = {"wave": 0.5, "trend": 10.0, "cuff": 30.0, "creatinine": ONCE}


def numbered(interval, case=0):
    """Values that say which case and which moment they are of, NaN beyond the end of a case."""
    length = LENGTH[case : case + 3]
    if interval == ONCE:
        return 1000.0 * (case + np.arange(len(length)))[None]
    time = interval * np.arange(1, round(length.max() / interval) + 1)[:, None]
    return np.where(time <= length, time + 1000.0 * (case + np.arange(len(length))), np.nan)


def three():
    """Three cases of two subjects, with a wave, a trend, a cuff and a blood test, and two labels."""
    signals = {name: Signal(numbered(interval), interval, "unit") for name, interval in INTERVALS.items()}
    labels = {"truth": Signal(numbered(10.0), 10.0), "injury": Signal(np.array([[0.0, 1.0, 0.0]]))}
    person = Covariates.of([40, 60, 80], ["F", "M", "F"], [160, 180, 150], [55, 90, 50])
    return Cases(np.array(["a", "b", "c"]), np.array(["s", "t", "s"]), person, LENGTH, signals, labels)


def same(one, two):
    """Both hold the same, to the last sample."""
    for name in ("who", "subject", "length"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)
    for name, value in vars(one.person).items():
        np.testing.assert_array_equal(getattr(two.person, name), value, err_msg=name)
    for ours, theirs in ((one.signals, two.signals), (one.labels, two.labels)):
        assert list(ours) == list(theirs)
        for name, signal in ours.items():
            np.testing.assert_array_equal(theirs[name].values, signal.values, err_msg=name)
            assert replace(theirs[name], values=signal.values) == signal


def test_signals_and_labels_are_found_by_name_and_others_refused_by_name():
    cases = three()
    assert cases.count == 3
    np.testing.assert_array_equal(cases["wave"], cases.signals["wave"].values)
    np.testing.assert_array_equal(cases.label("injury"), [[0.0, 1.0, 0.0]])
    with pytest.raises(ValueError, match="no signal 'eeg'; there are wave, trend, cuff, creatinine"):
        cases["eeg"]
    with pytest.raises(ValueError, match="no label 'death'; there are truth, injury"):
        cases.label("death")
    with pytest.raises(ValueError, match="no label 'truth'; there are none"):
        replace(cases, labels={}).label("truth")


def test_what_is_true_is_not_among_the_signals():
    with pytest.raises(ValueError, match="no signal 'truth'"):
        three()["truth"]


def test_a_case_has_as_many_samples_as_fit_into_its_length():
    assert three().samples(10.0).tolist() == [12, 6, 9]
    assert three().samples(0.5).tolist() == [240, 120, 180]


@pytest.mark.parametrize("chosen", [np.array([2, 1]), np.array([False, True, True])])
def test_a_selection_is_as_long_as_its_longest_case_at_every_rate(chosen):
    cases, order = three(), np.array(["a", "b", "c"])[chosen]
    two = cases.select(chosen)
    assert two.who.tolist() == order.tolist()
    assert two.person.age.tolist() == cases.person.age[chosen].tolist()
    assert {name: len(two[name]) for name in INTERVALS} == {
        "wave": 180,
        "trend": 9,
        "cuff": 3,
        "creatinine": 1,
    }
    for name in INTERVALS:
        np.testing.assert_array_equal(two[name], cases[name][: len(two[name]), chosen])
    np.testing.assert_array_equal(two.label("truth"), cases.label("truth")[:9, chosen])
    np.testing.assert_array_equal(two.label("injury"), cases.label("injury")[:, chosen])


def test_nobody_can_be_selected():
    nobody = three().select(np.array([], dtype=int))
    assert nobody.count == 0
    assert {name: nobody[name].shape for name in INTERVALS} == {
        "wave": (0, 0),
        "trend": (0, 0),
        "cuff": (0, 0),
        "creatinine": (1, 0),
    }


def test_a_cut_moves_every_signal_by_the_same_time_and_leaves_what_was_measured_once():
    cases = three()
    begin, end = np.array([30.0, 0.0, 60.0]), np.array([120.0, 60.0, 90.0])
    cut = cases.cut(begin, end)
    assert cut.length.tolist() == [90.0, 60.0, 30.0]
    for name in ("wave", "trend", "cuff"):
        interval = INTERVALS[name]
        assert len(cut[name]) == round(90.0 / interval)
        for case in range(3):
            rows = slice(round(begin[case] / interval), round(end[case] / interval))
            expected = cases[name][rows, case]
            np.testing.assert_array_equal(cut[name][: len(expected), case], expected)
            assert np.isnan(cut[name][len(expected) :, case]).all()
    np.testing.assert_array_equal(cut["creatinine"], cases["creatinine"])
    np.testing.assert_array_equal(cut.label("injury"), cases.label("injury"))


def test_beyond_the_end_of_a_cut_stands_what_the_signal_says_of_nothing():
    pump = Signal(np.ones((12, 3)), 10.0, "mg/s", nothing=0.0)
    cut = three().with_signals(pump=pump).cut(np.array([0.0, 0.0, 0.0]), np.array([40.0, 20.0, 30.0]))
    np.testing.assert_array_equal(cut["pump"].sum(axis=0), [4.0, 2.0, 3.0])
    assert len(cut["pump"]) == 4


def test_shortened_cases_lose_their_ends_at_every_rate_and_nothing_that_is_earlier():
    cases = three()
    short = cases.shortened(60.0)
    assert short.length.tolist() == [60.0, 60.0, 60.0]
    assert {name: len(short[name]) for name in INTERVALS} == {
        "wave": 120,
        "trend": 6,
        "cuff": 2,
        "creatinine": 1,
    }
    for name in INTERVALS:
        np.testing.assert_array_equal(short[name], cases[name][: len(short[name])])
    assert cases.shortened(80.0).length.tolist() == [80.0, 60.0, 80.0]
    same(cases.shortened(120.0), cases)


def test_what_is_taken_apart_can_be_joined_again():
    cases = three()
    parts = [cases.select(np.array([case])) for case in range(3)]
    assert [len(part["wave"]) for part in parts] == [240, 120, 180]
    same(join(parts), cases)


def test_joined_cases_have_what_all_parts_have():
    whole, blind = three(), replace(three(), who=np.array(["d", "e", "f"]), labels={})
    blind = replace(blind, signals={name: blind.signals[name] for name in ("cuff", "trend")})
    joined = join([whole, blind])
    assert joined.who.tolist() == ["a", "b", "c", "d", "e", "f"]
    assert list(joined.signals) == ["trend", "cuff"]
    assert not joined.labels


def test_beyond_the_end_of_a_shorter_part_stands_what_the_signal_says_of_nothing():
    pump = Signal(np.ones((12, 3)), 10.0, nothing=0.0)
    long = three().with_signals(pump=pump)
    joined = join([long, long.select(np.array([1]))])
    np.testing.assert_array_equal(joined["pump"][:, 3], [1.0] * 6 + [0.0] * 6)
    assert np.isnan(joined["trend"][6:, 3]).all()


@pytest.mark.parametrize("other", [{"interval": 1.0}, {"unit": "mmHg"}])
def test_signals_of_one_name_that_are_not_alike_are_not_joined(other):
    cases = three()
    strange = cases.with_signals(wave=replace(cases.signals["wave"], **other))
    with pytest.raises(ValueError, match=r"wave: .* is not allowed beside"):
        join([cases, strange])


def test_signals_and_labels_can_be_replaced_and_the_cases_are_as_before():
    cases = three()
    other = cases.with_signals(cuff=Signal(np.zeros((4, 3)), 30.0), lactate=Signal(np.ones((1, 3))))
    assert list(other.signals) == [*INTERVALS, "lactate"]
    assert (other["cuff"] == 0.0).all()
    marked = cases.with_labels(injury=Signal(np.ones((1, 3))))
    assert (marked.label("injury") == 1.0).all()
    same(cases, three())
