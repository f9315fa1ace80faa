"""What happens to patients: stimulus, phase and bleeding at any time, by the surgery's name."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sim import surgery
from sim.arrays import map_arrays, take
from sim.randomness import case_keys
from sim.surgery import PHASES, SURGERIES, Profile, bleeding_at, phase_at, plan, stimulus_at
from tests.plugged import plug

KEYS = case_keys(3, np.arange(2000))
HORIZON = 10800.0


@pytest.mark.parametrize("name", SURGERIES)
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


def test_blood_flows_between_its_times_only():
    planned = plan("random", KEYS[:400], HORIZON, 1.0)
    for event, sign in ((0, 1.0), (1, -0.25)):
        begin, end = planned.bleeding_starts[event], planned.bleeding_ends[event]
        expected = sign * 0.2 / 60.0
        np.testing.assert_allclose(bleeding_at(planned, begin), expected)
        np.testing.assert_allclose(bleeding_at(planned, end - 0.01), expected)
        np.testing.assert_allclose(bleeding_at(planned, begin - 0.01), 0.0, atol=1e-15)
        np.testing.assert_allclose(bleeding_at(planned, end), 0.0, atol=1e-15)


@pytest.mark.parametrize("name", ["random", "struys", "none"])
def test_timelines_are_the_same_in_torch(name):
    planned = plan(name, KEYS[:64], HORIZON, 0.5)
    tensors = map_arrays(torch.from_numpy, planned)
    time = np.linspace(0.0, HORIZON, 64)
    for function in (stimulus_at, phase_at, bleeding_at):
        np.testing.assert_allclose(function(tensors, torch.from_numpy(time)).numpy(), function(planned, time))


def test_bad_requests_are_refused():
    allowed = "random, none, struys, dumont, step, ionescu"
    with pytest.raises(ValueError, match=f"surgery: unknown name 'x'; allowed are {allowed}"):
        plan("x", KEYS[:1], HORIZON)
    for probability in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match=r"bleeding_probability: .* is not allowed; 0 to 1"):
            plan("random", KEYS[:1], HORIZON, probability)


def test_a_registered_surgery_is_planned_by_its_name(monkeypatch):
    plug(monkeypatch, SURGERIES, "knock", Profile("One knock.", ((1, 0), (2, 30), (3, 0))))
    planned = plan("knock", KEYS[:2], HORIZON)
    np.testing.assert_allclose(stimulus_at(planned, np.array([90.0, 120.0])), [15.0, 30.0])
    assert SURGERIES.describe("knock") == "One knock."
