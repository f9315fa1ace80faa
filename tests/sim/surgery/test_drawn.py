"""Random surgeries make sense, and are those of their case."""

from __future__ import annotations

import numpy as np
import pytest

from sim import surgery
from sim.arrays import map_arrays
from sim.randomness import case_keys
from sim.surgery import plan, stimulus_at

KEYS = case_keys(3, np.arange(2000))
HORIZON = 10800.0


@pytest.mark.parametrize("horizon", [1800.0, 7200.0, 10800.0, 36000.0])
def test_random_surgeries_run_in_order_and_end_in_time_to_wake(horizon):
    planned = plan("random", KEYS, horizon)
    length = max(horizon, 7200.0)
    starts = planned.phase_starts
    assert (np.diff(starts, axis=0) > 0.0).all()
    assert (starts[0] == 0.0).all()
    left = length - starts[-1]
    assert left.min() >= 1200.0
    assert left.max() <= 1800.0
    assert np.median(starts[surgery.INTUBATION]) == pytest.approx(3.5 * 60.0, rel=0.02)
    assert starts[surgery.INTUBATION].min() >= 90.0
    assert (starts[surgery.EMERGENCE] - starts[surgery.INCISION]).min() >= 2400.0 - 1e-9
    assert np.ptp(left) > 500.0
    assert (np.diff(planned.times, axis=0) >= 0.0).all()
    assert np.isfinite(planned.stimulus).all()


def test_corners_of_stimulation_meet_the_physiology_grid():
    planned = plan("random", KEYS, HORIZON)
    np.testing.assert_allclose(planned.times % 5.0, 0.0, atol=1e-9)
    for edges in (planned.bleeding_starts, planned.bleeding_ends):
        np.testing.assert_allclose(edges % 5.0, 0.0, atol=1e-9)


def test_intubation_and_incision_hurt_most_and_nothing_hurts_before():
    planned = plan("random", KEYS, HORIZON)
    starts = planned.phase_starts

    def during(phase):
        middle = 0.5 * (starts[phase] + starts[phase + 1])
        return stimulus_at(planned, middle)

    np.testing.assert_array_equal(stimulus_at(planned, 0.0 * starts[0]), 0.0)
    np.testing.assert_array_equal(stimulus_at(planned, starts[1] - 5.0), 0.0)
    assert np.median(during(surgery.INTUBATION)) == pytest.approx(40.0, rel=0.03)
    assert np.median(during(surgery.INCISION)) == pytest.approx(16.0, rel=0.03)
    assert 10.0 < np.median(during(surgery.MAINTENANCE)) < 20.0
    assert (stimulus_at(planned, starts[-1] + 120.0) <= 3.0 + 1e-9).all()
    assert planned.stimulus.min() >= 0.0
    assert planned.stimulus.max() < 110.0
    np.testing.assert_array_equal(planned.blunted, 1.0)


@pytest.mark.parametrize("probability", [0.0, 0.25, 1.0])
def test_blood_loss_strikes_as_often_as_told_and_is_replaced_in_full(probability):
    planned = plan("random", KEYS, HORIZON, probability)
    lengths = planned.bleeding_ends - planned.bleeding_starts
    lost = planned.bleeding_rates * lengths  # L
    bleeds = planned.bleeding_rates[0] > 0.0
    assert bleeds.mean() == pytest.approx(probability, abs=0.03)
    np.testing.assert_allclose(planned.bleeding_rates[0, bleeds], 0.2 / 60.0)
    np.testing.assert_allclose(lost.sum(0), 0.0, atol=1e-12)
    if bleeds.any():
        assert lost[0, bleeds].min() >= 0.4 - 1e-9
        assert lost[0, bleeds].max() <= 1.2 + 1e-9
        assert (planned.bleeding_starts[1] >= planned.bleeding_ends[0]).all()
        assert (planned.bleeding_starts[0] >= planned.phase_starts[surgery.INCISION]).all()
        assert (planned.bleeding_ends[0] <= planned.phase_starts[surgery.EMERGENCE]).all()
    assert (lost[:, ~bleeds] == 0.0).all()


def test_a_case_has_the_same_surgery_in_any_batch_and_whatever_bleeds():
    crowd = plan("random", KEYS, HORIZON, 0.5)
    alone = plan("random", KEYS[[417]], HORIZON, 0.5)
    map_arrays(lambda a, b: np.testing.assert_array_equal(a[..., 417], b[..., 0]), crowd, alone)
    never = plan("random", KEYS, HORIZON, 0.0)
    np.testing.assert_array_equal(crowd.stimulus, never.stimulus)
    assert len(np.unique(crowd.stimulus[1])) == len(KEYS)
