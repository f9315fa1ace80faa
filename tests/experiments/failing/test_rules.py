"""What a fault did to a case, against counts by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from experiments.failing.rules import Seen, judged
from sim.surgery import EMERGENCE, MAINTENANCE

BEGUN = 1000.0  # s, of a case when these minutes begin
TIME = BEGUN + np.arange(0.0, 1010.0, 10.0)


def at(second: float) -> np.ndarray:
    return np.array([BEGUN + second])


def seen(bis=50.0, pressure=80.0, phase=MAINTENANCE, **reports) -> Seen:
    """A case in which little happens but what is said: values, or (from, to, value)."""

    def course(value, usual):
        if not isinstance(value, tuple):
            return np.full((len(TIME), 1), float(value))
        first, last, other = value
        return np.where((first <= TIME - BEGUN) & (last > TIME - BEGUN), other, usual)[:, None]

    kept = {name: course((*when, 1.0), 0.0) > 0.5 for name, when in reports.items()}
    signals = course(bis, 50.0), course(pressure, 80.0), np.zeros((len(TIME), 1)), course(phase, MAINTENANCE)
    return Seen(TIME, *signals, kept)


def test_time_out_of_range_is_counted_during_the_fault_and_ten_minutes_after():
    found = judged(seen((100.0, 300.0, 30.0)), seen((900.0, 1000.0, 70.0)), at(200.0), at(260.0))
    assert found["out_percent"][0] == 100.0 * 10 / 67  # 200, ..., 290 of 200, ..., 860
    assert found["out_percent_without"][0] == 0.0
    assert found["lowest_bis"][0] == 30.0
    assert found["highest_bis"][0] == 50.0


def test_only_what_the_fault_adds_breaks_a_rule():
    starts, ends = at(200.0), at(300.0)
    deep = seen((200.0, 250.0, 15.0))
    assert judged(deep, seen(), starts, ends)["deep"][0]
    assert not judged(deep, seen((200.0, 230.0, 15.0)), starts, ends)["deep"][0]
    assert not judged(seen((200.0, 220.0, 15.0)), seen(), starts, ends)["deep"][0]
    low = seen(pressure=(300.0, 360.0, 50.0))
    assert judged(low, seen(), starts, ends)["low"][0]
    assert not judged(low, seen(pressure=(400.0, 410.0, 50.0)), starts, ends)["low"][0]


def test_an_alarm_counts_from_the_beginning_of_the_fault_unless_it_would_have_been_raised_anyway():
    starts, ends = at(200.0), at(300.0)
    found = judged(
        seen(alarm_a=(0.0, 900.0), alarm_b=(260.0, 300.0), held=(290.0, 300.0)),
        seen(alarm_a=(0.0, 900.0), alarm_b=(100.0, 110.0), held=(0.0, 10.0)),
        starts,
        ends,
    )
    assert found["alarm_s"][0] == 60.0
    assert found["held_s"][0] == 90.0
    assert found["late"][0]  # two control periods of 10 s after the alarm would be in time


def test_agents_without_alarms_have_none():
    found = judged(seen(), seen(), at(200.0), at(300.0))
    assert np.isnan(found["alarm_s"][0])
    assert np.isnan(found["held_s"][0])
    assert not found["late"][0]


def test_whoever_may_wake_up_is_not_too_light():
    waking = {"bis": (400.0, 1000.0, 90.0), "phase": (400.0, 1000.0, EMERGENCE)}
    found = judged(seen(**waking), seen(), at(200.0), at(300.0))
    assert found["out_percent"][0] == 0.0
    assert found["highest_bis"][0] == 50.0
    assert judged(seen(bis=waking["bis"]), seen(), at(200.0), at(300.0))["out_percent"][0] > 50.0


def test_inductions_are_everybodys():
    early = Seen(TIME - BEGUN, *(np.full((len(TIME), 1), value) for value in (90.0, 80.0, 0.0, 0.0)), {})
    asleep = replace(early, bis=np.where(TIME[:, None] - BEGUN < 540.0, 90.0, 50.0))
    found = judged(asleep, early, np.zeros(1), np.full(1, 1000.0))
    assert found["out_percent"][0] == 0.0
    assert found["out_percent_without"][0] == 100.0
