"""Limit cycles are found where there are some, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from sim.signals.cycles import Cycle, cycling

PERIOD = 10.0
TIME = np.arange(0.0, 10800.0, PERIOD)


def wave(amplitude, seconds, time=TIME):
    return 50.0 + amplitude * np.sin(2.0 * np.pi * time / seconds)


def found(index) -> bool:
    return bool(cycling(index[:, None], PERIOD).any())


@pytest.mark.parametrize("seconds", [180.0, 600.0, 1000.0])
def test_a_sine_large_enough_is_found_after_its_third_cycle_and_a_small_one_is_not(seconds):
    when = np.flatnonzero(cycling(wave(20.0, seconds)[:, None], PERIOD)[:, 0])[0] * PERIOD
    assert 3.0 * seconds < when < 5.0 * seconds
    assert not found(wave(12.0, seconds))


@pytest.mark.parametrize("seconds", [60.0, 1800.0])
def test_what_is_quicker_or_slower_is_none(seconds):
    assert not found(wave(25.0, seconds))


def test_two_cycles_are_none():
    index = np.where(TIME < 1250.0, wave(25.0, 600.0), 50.0)
    assert not found(index)


def test_stimuli_at_irregular_times_are_none():
    index = np.full(len(TIME), 45.0)
    for start in (600.0, 900.0, 2100.0, 2400.0, 4500.0, 8000.0):
        index += 40.0 * np.exp(-np.maximum(TIME - start, 0.0) / 120.0) * (start <= TIME)
    assert not found(index)


def test_noise_on_a_steady_index_is_none():
    noise = np.random.default_rng(0).normal(0.0, 6.0, len(TIME))
    assert not found(50.0 + noise)


def test_a_cycle_with_gaps_and_noise_is_found_in_its_patient_alone():
    rng = np.random.default_rng(1)
    index = np.stack([wave(22.0, 500.0), 0.0 * TIME + 50.0], axis=1) + rng.normal(0.0, 4.0, (len(TIME), 2))
    index[rng.random(index.shape) < 0.1] = np.nan
    assert cycling(index, PERIOD).any(axis=0).tolist() == [True, False]


def test_a_cycle_that_has_ended_is_over():
    index = np.where(TIME < 4000.0, wave(25.0, 600.0), 50.0)
    over = 4000.0 + Cycle().longest + 600.0 < TIME
    assert not cycling(index[:, None], PERIOD)[over].any()
