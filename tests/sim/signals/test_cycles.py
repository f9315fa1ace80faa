"""Limit cycles are found by their pace: sines of known periods, a square wave, and what only looks like one."""

from __future__ import annotations

import numpy as np
import pytest

from sim.signals import cycles

TIME = np.arange(0.0, 7200.0, 10.0)


def watch(signal: np.ndarray) -> cycles.Swings:
    swings = cycles.still(signal[0])
    for sample, moment in zip(signal, TIME, strict=True):
        swings = cycles.watched(swings, sample, moment)
    return swings


def sine(amplitude: float, period: float) -> np.ndarray:
    return 50.0 + amplitude * np.sin(2.0 * np.pi * TIME / period)


@pytest.mark.parametrize(
    ("amplitude", "period", "found"),
    [
        (8.0, 300.0, True),
        (7.0, 300.0, False),  # peak to peak 14
        (20.0, 130.0, True),
        (20.0, 90.0, False),
        (20.0, 1100.0, True),
        (20.0, 1300.0, False),
    ],
)
def test_a_sine_is_a_cycle_by_its_height_and_period(amplitude, period, found):
    swings = watch(sine(amplitude, period)[:, None])
    assert swings.cycling[0] == found
    assert (swings.lasted[0] > 5000.0) == found


def test_three_cycles_are_enough_and_are_timed_from_their_first_turning_point():
    """Peaks at 75, 375, 675 and 975 s, then quiet below."""
    for last, lasted in ((980.0, 900.0), (680.0, 0.0)):
        swings = watch(np.where(last >= TIME, sine(10.0, 300.0), 44.0)[:, None])
        assert swings.lasted[0] == pytest.approx(lasted, abs=10.0)
        assert not swings.cycling[0]  # long ago


def test_swings_without_a_pace_are_no_cycle():
    """Six stimuli of 25 points for two minutes, whose distances double and halve."""
    begins = np.cumsum([600.0, 300.0, 900.0, 300.0, 1000.0, 400.0])
    signal = 45.0 + 25.0 * sum((begin <= TIME) & (begin + 120.0 > TIME) for begin in begins)
    assert watch(signal[:, None]).lasted[0] == 0.0


def test_patients_are_watched_alone_and_gaps_are_passed_over():
    signal = np.stack([sine(10.0, 300.0), np.full_like(TIME, 50.0), sine(10.0, 400.0)], axis=1)
    signal[::7] = np.nan
    together = watch(signal)
    assert together.cycling.tolist() == [True, False, True]
    for patient in range(3):
        alone = watch(signal[:, [patient]])
        assert alone.lasted[0] == together.lasted[patient]
