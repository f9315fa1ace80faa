"""When things go wrong: once a case, in its middle, at a time of their own; and faults that a user adds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.faults import FAULTS
from sim.faults.fault import Fault
from sim.faults.plan import arriving, beside, plan
from sim.randomness import case_keys
from sim.surgery import NEVER
from tests.plugged import plug
from tests.sim.faults.living import live

KEYS = case_keys(6, np.arange(3000))
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def test_faults_strike_in_the_middle_of_the_case_at_a_time_of_their_own():
    timed = [name for name in FAULTS if FAULTS.get(name).times]
    planned = plan(timed, KEYS, 10000.0)
    assert planned.starts.min() >= 2000.0
    assert planned.starts.max() <= 7000.0
    np.testing.assert_allclose(planned.starts.mean(1), 4500.0, rtol=0.03)
    correlations = np.corrcoef(planned.starts)
    assert np.abs(correlations - np.eye(len(planned.names))).max() < 0.08
    lengths = (planned.ends - planned.starts)[:, 0]
    expected = [FAULTS.get(name).seconds or 10000.0 for name in timed]
    np.testing.assert_allclose(lengths, expected)


def test_a_fault_strikes_at_the_same_time_alone_among_others_and_in_any_batch():
    both = plan(("cautery", "occlusion"), KEYS[:50], 3600.0)
    alone = plan(("occlusion",), KEYS[[30]], 3600.0)
    assert alone.starts[0, 0] == both.starts[1, 30]


def test_no_faults_are_no_rows():
    planned = plan((), KEYS[:5], 3600.0)
    assert planned.starts.shape == (0, 5)


def test_unknown_and_repeated_faults_are_refused():
    with pytest.raises(ValueError, match=f"fault: unknown name 'x'; allowed are {', '.join(FAULTS)}"):
        plan(("cautery", "x"), KEYS[:1], 3600.0)
    with pytest.raises(ValueError, match="faults: cautery, cautery names one twice; allowed is each once"):
        plan(("cautery", "cautery"), KEYS[:1], 3600.0)


def test_a_fault_strikes_when_and_for_as_long_as_is_said():
    planned = plan(("cautery:at=600,seconds=30", "cautery:at=900,size=10"), KEYS[:2], 3600.0)
    assert planned.names == ("cautery", "cautery")
    np.testing.assert_array_equal(planned.starts, [[600.0] * 2, [900.0] * 2])
    np.testing.assert_array_equal(planned.ends, [[630.0] * 2, [960.0] * 2])
    for time, size, running in ((599.0, 35.0, False), (600.0, 35.0, True), (930.0, 10.0, True)):
        now = np.full(2, time)
        assert (planned.running("cautery", now) == running).all()
        assert (planned.sizes_of("cautery", now)["size"] == size).all()


def test_faults_of_the_whole_case_are_there_from_its_beginning():
    planned = plan(("wrong_age",), KEYS[:2], 3600.0)
    assert planned.running("wrong_age", np.zeros(2)).all()
    assert planned.running("wrong_age", np.full(2, 3599.0)).all()


def test_a_registered_fault_does_both_things_that_it_says(monkeypatch):
    def unplugged(running, shown, last, monitors):
        return replace(shown, heart_rate=np.where(running, 0.0, shown.heart_rate))

    def halved(running, rates, interval):
        return np.where(running, 0.5 * rates, rates)

    plug(monkeypatch, FAULTS, "tripped", Fault("somebody trips over the cables", 60.0, unplugged, halved))
    try:
        record, clean = live("tripped"), live()
    finally:
        live.cache_clear()
    begun = record.running.cumsum(0) > 1
    inside = begun & record.running
    assert (record.readings["heart_rate"] == 0.0).tolist() == record.running.tolist()
    for drug in range(3):
        np.testing.assert_allclose(record.delivered[:, drug][inside], 0.5 * clean.delivered[:, drug][inside])
    assert FAULTS.describe("tripped") == "Somebody trips over the cables"


def test_a_fault_may_strike_again_and_holds_back_what_it_holds_back():
    planned = plan(("occlusion",), KEYS[:2], 3600.0)
    again = planned.struck("occlusion", 3000.0).struck("bis_stuck", 10.0)
    first = planned.starts[0]
    for time, running in (
        (first - 1.0, False),
        (first, True),
        (3000.0 + 0.0 * first, True),
        (3300.0 + 0.0 * first, False),
    ):
        assert (again.running("occlusion", time) == running).all()
    rates, memories = np.ones((3, 2)), {"occlusion": np.full((3, 2), 5.0)}
    stopped, kept = arriving(again, memories, 3100.0 + 0.0 * first, rates, 10.0)
    assert (stopped == 0.0).all()
    assert (kept["occlusion"] == 15.0).all()
    with pytest.raises(ValueError, match="fault: unknown name 'x'"):
        planned.struck("x", 0.0)


def test_cases_side_by_side_are_struck_by_their_own_faults_alone():
    one = plan(("cautery:at=60", "occlusion"), KEYS[:2], 3600.0)
    other = plan(("cautery:at=90,size=5",), KEYS[:3], 3600.0)
    both = beside([one, other])
    assert both.names == ("cautery", "occlusion", "cautery")
    assert both.running("cautery", np.full(5, 95.0)).tolist() == [True] * 5
    assert both.running("cautery", np.full(5, 65.0)).tolist() == [True, True, False, False, False]
    assert both.sizes_of("cautery", np.full(5, 95.0))["size"].tolist() == [35.0] * 2 + [5.0] * 3
    np.testing.assert_array_equal(both.starts[1], [*one.starts[1], *[NEVER] * 3])
