"""Which readings are believed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from agents.control.shield.signals import Plausible, check, nothing_seen
from sim.surgery import EMERGENCE
from tests.agents.control.shield.scripted import PERIOD, reading

LIMITS = Plausible()
NOTHING = nothing_seen(np.zeros(4))


def checks(readings):
    """What is found at each of the readings, one after another."""
    state, found = NOTHING, []
    for one in readings:
        state, checked = check(LIMITS, state, one)
        found.append(checked)
    return found


def first(flags) -> int:
    """The first turn at which all patients have a flag; -1: none."""
    return next((turn for turn, flag in enumerate(flags) if flag.all()), -1)


def test_an_index_that_stands_still_is_found_after_a_minute_and_one_that_moves_is_not():
    stuck = checks([reading(turn, bis=50.0) for turn in range(12)])
    assert first([one.stuck for one in stuck]) * PERIOD == LIMITS.stuck
    assert first([one.stuck for one in checks([reading(turn) for turn in range(12)])]) == -1


def test_what_is_missing_is_not_stuck():
    blank = [replace(reading(turn, bis=50.0), bis_valid=np.zeros(4, dtype=bool)) for turn in range(12)]
    assert not any(one.stuck.any() for one in checks(blank))
    assert all(one.missing.all() for one in checks(blank))


def test_a_jump_is_doubted_until_it_has_stayed():
    found = checks([reading(turn, bis=(50.0 if turn < 3 else 95.0) + turn % 2) for turn in range(12)])
    doubted = [one.jumped.all() for one in found]
    assert doubted[3]
    assert not any(doubted[:3])
    assert sum(doubted) * PERIOD <= LIMITS.settled
    assert found[-1].index.all()


def test_waking_up_is_no_artefact():
    awake = [replace(reading(t, bis=50.0 + 45.0 * (t > 2)), phase=np.full(4, EMERGENCE)) for t in range(6)]
    assert not any(one.jumped.any() for one in checks(awake))


def test_the_pressure_of_a_flushed_or_opened_line_is_not_believed():
    shown = [80.0, 82.0, 250.0, 5.0, 170.0, 81.0]
    found = checks([reading(turn, pressure=value) for turn, value in enumerate(shown)])
    assert [bool(one.pressure.all()) for one in found] == [True, True, False, False, False, True]


def test_a_low_quality_is_not_believed():
    poor = check(LIMITS, NOTHING, replace(reading(0), signal_quality=np.full(4, 10.0)))[1]
    assert poor.poor.all()
    assert not poor.index.any()
