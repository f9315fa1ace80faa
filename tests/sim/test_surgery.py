"""What happens to patients: published profiles point by point, and random surgeries that make sense."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sim import surgery
from sim.arrays import map_arrays, take
from sim.randomness import case_keys
from sim.surgery import PHASES, PROFILES, bleeding_at, phase_at, plan, stimulus_at

KEYS = case_keys(3, np.arange(2000))
HORIZON = 10800.0

POINTS = {  # minutes -> BIS points, read off the published profiles, between their corners too
    "none": {0: 0, 50: 0},
    "struys": {0: 0, 9.9: 0, 9.95: 10, 11: 20, 12.5: 10, 15: 0, 20.05: 20 * 0.15 / 0.3, 20.5: 20, 21.25: 10}
    | {23.75: -10, 26: -20, 26.5: 0, 27: 20, 27.5: 15, 30: 10, 36.5: 20, 37.2: 30, 37.75: 20, 40: 10}
    | {41.25: 20, 41.8: 30, 42.5: 20, 45: 10, 47.25: 20, 49: 30, 50.5: 20, 53: 10, 56.25: 5, 60: 0},
    "dumont": {
        19: 0,
        19.95: 10,
        20: 20,
        22: 20,
        23.5: 17.5,
        25: 13.75,
        28: 11.5,
        37: 10,
        42.5: 2.25,
        47.5: 0.25,
    }
    | {51: 0},
    "step": {9.99: 0, 10: 10, 12: 10, 14.99: 10, 15: 0, 18: 0},
    "ionescu": {
        9.95: 10,
        12: 20,
        15.05: 10,
        19: 0,
        22: 20,
        26.0: -10,
        26.9: -20,
        26.95: 0,
        30: 20,
        40: 0,
        43: 20,
    }
    | {46: 0, 52: 20, 60: 0, 80: 20, 95.05: 10, 100: 0},
}


def at(minutes: float, size: int) -> np.ndarray:
    return np.full(size, 60.0 * minutes)


@pytest.mark.parametrize("name", PROFILES)
def test_profiles_pass_through_their_published_points(name):
    planned = plan(name, KEYS[:3], HORIZON)
    for minutes, points in POINTS[name].items():
        np.testing.assert_allclose(
            stimulus_at(planned, at(minutes, 3)), points, atol=1e-6, err_msg=str(minutes)
        )
    np.testing.assert_array_equal(planned.blunted, 0.0)
    np.testing.assert_array_equal(bleeding_at(planned, at(30, 3)), 0.0)


@pytest.mark.parametrize("name", ["random", *PROFILES])
def test_stimulus_is_linear_between_the_points_of_each_case(name):
    planned = plan(name, KEYS[:200], HORIZON)
    for time in np.random.default_rng(1).uniform(0.0, 12000.0, 60):
        expected = [
            np.interp(time, planned.times[:, i], planned.stimulus[:, i])
            for i in range(planned.times.shape[1])
        ]
        np.testing.assert_allclose(stimulus_at(planned, np.full(200, time)), expected, atol=1e-9)


def test_each_patient_has_a_time_of_their_own():
    planned = plan("random", KEYS[:50], HORIZON)
    times = np.linspace(0.0, HORIZON, 50)
    for function in (stimulus_at, phase_at, bleeding_at):
        own = function(planned, times)
        for i in (0, 17, 49):
            assert own[i] == function(take(planned, np.array([i])), times[[i]])[0]


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
    assert starts[1].min() >= 300.0
    assert starts[1].max() <= 480.0
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
    assert np.median(during(surgery.INCISION)) == pytest.approx(35.0, rel=0.03)
    assert 10.0 < np.median(during(surgery.MAINTENANCE)) < 20.0
    assert (stimulus_at(planned, starts[-1] + 120.0) <= 3.0 + 1e-9).all()
    assert planned.stimulus.min() >= 0.0
    assert planned.stimulus.max() < 110.0
    np.testing.assert_array_equal(planned.blunted, 1.0)


def test_phases_follow_the_clock():
    planned = plan("random", KEYS[:100], HORIZON)
    for phase in range(len(PHASES)):
        begins = planned.phase_starts[phase]
        np.testing.assert_array_equal(phase_at(planned, begins), phase)
        if phase:
            np.testing.assert_array_equal(phase_at(planned, begins - 0.01), phase - 1)
    profile = plan("struys", KEYS[:2], HORIZON)
    for time, phase in ((0.0, 0), (599.0, 0), (600.0, surgery.MAINTENANCE), (10800.0, surgery.MAINTENANCE)):
        np.testing.assert_array_equal(phase_at(profile, np.full(2, time)), phase)


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


def test_blood_flows_between_its_times_only():
    planned = plan("random", KEYS[:400], HORIZON, 1.0)
    for event, sign in ((0, 1.0), (1, -0.25)):
        begin, end = planned.bleeding_starts[event], planned.bleeding_ends[event]
        expected = sign * 0.2 / 60.0
        np.testing.assert_allclose(bleeding_at(planned, begin), expected)
        np.testing.assert_allclose(bleeding_at(planned, end - 0.01), expected)
        np.testing.assert_allclose(bleeding_at(planned, begin - 0.01), 0.0, atol=1e-15)
        np.testing.assert_allclose(bleeding_at(planned, end), 0.0, atol=1e-15)


def test_a_case_has_the_same_surgery_in_any_batch_and_whatever_bleeds():
    crowd = plan("random", KEYS, HORIZON, 0.5)
    alone = plan("random", KEYS[[417]], HORIZON, 0.5)
    map_arrays(lambda a, b: np.testing.assert_array_equal(a[..., 417], b[..., 0]), crowd, alone)
    never = plan("random", KEYS, HORIZON, 0.0)
    np.testing.assert_array_equal(crowd.stimulus, never.stimulus)
    assert len(np.unique(crowd.stimulus[1])) == len(KEYS)


@pytest.mark.parametrize("name", ["random", "struys", "none"])
def test_timelines_are_the_same_in_torch(name):
    planned = plan(name, KEYS[:64], HORIZON, 0.5)
    tensors = map_arrays(torch.from_numpy, planned)
    time = np.linspace(0.0, HORIZON, 64)
    for function in (stimulus_at, phase_at, bleeding_at):
        np.testing.assert_allclose(function(tensors, torch.from_numpy(time)).numpy(), function(planned, time))


def test_bad_requests_are_refused():
    allowed = "random, " + ", ".join(PROFILES)
    with pytest.raises(ValueError, match=f"surgery: unknown name 'x'; allowed are {allowed}"):
        plan("x", KEYS[:1], HORIZON)
    for probability in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match=r"bleeding_probability: .* is not allowed; 0 to 1"):
            plan("random", KEYS[:1], HORIZON, probability)
