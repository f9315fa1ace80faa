"""Cases of intravenous anesthesia in time: trimmed, divided into phases, without losing or inventing a sample."""

from __future__ import annotations

import numpy as np

from predictors.depth.phases import (
    BEFORE,
    INDUCTION,
    INDUCTION_SAMPLES,
    MAINTENANCE,
    RECOVERY,
    RUN_IN,
    first_propofol,
    last_propofol,
    phases,
    scored,
    trimmed,
)
from predictors.learning.cases import Cases, Signal
from predictors.learning.watching import INTERVAL
from sim.covariates import Covariates

FIRST, LAST, END = np.array([50, 10]), np.array([250, 300]), np.array([400, 320])


def recorded(end=END, samples=400):
    """Two records whose every sample is its own number, propofol running from FIRST to LAST."""
    at = np.arange(samples)[:, None]
    own = at + 1000.0 * np.arange(2)
    signals = {"bis": Signal(own, INTERVAL), "pressure": Signal(own + 0.5, INTERVAL)}
    signals["remifentanil"] = Signal(own + 0.25, INTERVAL, nothing=0.0)
    running = (at >= FIRST) & (at <= LAST)
    signals["propofol"] = Signal(np.where(running, 1.0, 0.0), INTERVAL, nothing=0.0)
    person = Covariates.of([40, 60], ["F", "M"], [160, 180], [55, 90])
    names = np.array(["a", "b"])
    truth = {"truth": Signal(own + 0.75, INTERVAL)}
    return Cases(names, np.array(["s", "s"]), person, end * INTERVAL, signals, truth)


def two():
    return trimmed(recorded(), recovery=60)


def test_a_case_begins_five_minutes_before_the_first_propofol_or_where_the_record_does():
    cases = two()
    assert cases["bis"][0].tolist() == [50.0 - RUN_IN, 1000.0]
    assert first_propofol(cases).tolist() == [RUN_IN, 10]
    assert (cases["propofol"] > 0.0).argmax(axis=0).tolist() == [RUN_IN, 10]


def test_a_case_ends_with_its_recovery_or_where_the_record_does():
    cases = two()
    final = cases.samples(INTERVAL) - 1
    assert cases["bis"][final, [0, 1]].tolist() == [250.0 + 60.0, 1319.0]
    assert last_propofol(cases).tolist() == [250 - 20, 300]


def test_doses_held_beyond_the_end_of_a_record_are_no_part_of_it():
    cases = trimmed(recorded(end=np.array([200, 320])))
    assert cases.samples(INTERVAL).tolist() == [180, 320]
    assert last_propofol(cases).tolist() == [179, 300]
    assert RECOVERY not in phases(cases)[:, 0]


def test_nothing_is_left_beyond_the_end_of_a_case_and_all_is_kept_before():
    cases = two()
    samples = cases.samples(INTERVAL)
    inside = np.arange(len(cases["bis"]))[:, None] < samples
    assert len(cases["bis"]) == samples.max()
    for values in (cases["bis"], cases["pressure"], cases.label("truth")):
        np.testing.assert_array_equal(np.isfinite(values), inside)
    for doses in (cases["propofol"], cases["remifentanil"]):
        assert (doses[~inside] == 0.0).all()
    steps = np.diff(cases["bis"], axis=0)
    np.testing.assert_array_equal(steps[np.isfinite(steps)], 1.0)
    for name, offset in (("pressure", 0.5), ("remifentanil", 0.25)):
        np.testing.assert_array_equal((cases[name] - cases["bis"])[inside], offset)
    np.testing.assert_array_equal((cases.label("truth") - cases["bis"])[inside], 0.75)


def test_phases_are_ten_minutes_of_induction_then_maintenance_then_what_follows_the_last_propofol():
    cases = two()
    samples, first, last = cases.samples(INTERVAL), first_propofol(cases), last_propofol(cases)
    for case in range(2):
        phase = phases(cases)[:, case]
        expected = np.full(len(phase), BEFORE)
        expected[first[case] : samples[case]] = INDUCTION
        expected[first[case] + INDUCTION_SAMPLES : samples[case]] = MAINTENANCE
        expected[last[case] + 1 : samples[case]] = RECOVERY
        np.testing.assert_array_equal(phase, expected)
        assert set(phase[: samples[case]]) == {BEFORE, INDUCTION, MAINTENANCE, RECOVERY}


def test_what_is_scored_is_shown_and_after_the_first_propofol():
    cases = two()
    hidden = cases["bis"].copy()
    hidden[100, 0] = np.nan
    cases, samples = cases.with_signals(bis=Signal(hidden, INTERVAL)), cases.samples(INTERVAL)
    counted = scored(cases)
    assert not counted[:RUN_IN, 0].any()
    assert not counted[100, 0]
    assert counted[RUN_IN : samples[0], 0].sum() == samples[0] - RUN_IN - 1
    assert not counted[samples[1] :, 1].any()
