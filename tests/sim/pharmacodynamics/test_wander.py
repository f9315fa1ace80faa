"""Patients drift: as a stationary process that is nobody else's business, the same alone, in a crowd and in torch."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from sim import patient as physiology
from sim.arrays import map_arrays
from sim.covariates import Covariates
from sim.interfaces import Orders
from sim.pharmacodynamics import wander
from sim.pharmacodynamics.wander import HEART_RATE, INDEX, RESISTANCE, SIGNALS, Wander
from sim.published import APART, STILL, Drift, Together
from sim.randomness import case_keys, normals
from sim.theatre import Theatre, begin, turn
from sim.theatre.rollout import cases
from sim.truth import truth

KEYS = case_keys(4, np.arange(4000))
TOGETHER = Together(0.4, 0.2)
DRIFTS = (Drift(0.1, 600.0, 0.3, 0.5), Drift(0.2, 300.0), Drift(0.05, 1200.0, 0.2))


def course(drifting: Wander, keys, steps: int, seconds: float):
    """States after 0, 1, ... steps, the first one drawn from the stationary distribution."""
    state = wander.step(drifting, 0.0 * drifting.size, normals(keys, "wander", 0, 3), math.inf)
    states = [state]
    for count in range(1, steps + 1):
        state = wander.step(drifting, state, normals(keys, "wander", count, 3), seconds)
        states.append(state)
    return states


def test_the_log_of_a_factor_is_stationary_with_its_size_and_time_constant():
    """At the beginning and 5 min on: normal moments, and the correlation of an Ornstein-Uhlenbeck process."""
    drifting = wander.sample(DRIFTS, TOGETHER, KEYS)
    states = course(drifting, KEYS, 30, 10.0)
    for state in (states[0], states[-1]):
        score = np.log(wander.factors(drifting, state)) / drifting.size
        np.testing.assert_allclose(score.mean(1), 0.0, atol=0.06)
        np.testing.assert_allclose(score.std(1), 1.0, atol=0.05)
        assert abs((score**4).mean() - 3.0) < 0.3
    found = (states[0] * states[-1]).mean(1)
    np.testing.assert_allclose(found, np.exp(-300.0 / drifting.seconds).mean(1), atol=0.05)


def test_resistance_and_heart_rate_drift_together_and_the_index_for_itself():
    """Everybody by his own correlation: where they begin, and in how they move."""
    drifting = wander.sample(DRIFTS, TOGETHER, KEYS)
    assert np.arctanh(drifting.together).mean() == pytest.approx(0.4, abs=0.02)
    assert np.arctanh(drifting.together).std() == pytest.approx(0.2, abs=0.02)
    first, second = course(drifting, KEYS, 1, 10.0)
    for moves in (first, second - first):
        found = np.corrcoef(moves)
        assert found[RESISTANCE, HEART_RATE] == pytest.approx(drifting.together.mean(), abs=0.06)
        assert np.abs(found[INDEX, [RESISTANCE, HEART_RATE]]).max() < 0.06


def test_a_longer_control_period_reaches_as_far_as_several_short_ones():
    drifting = wander.sample(DRIFTS, TOGETHER, KEYS)
    for seconds, steps in ((5.0, 12), (60.0, 1)):
        states = course(drifting, KEYS, steps, seconds)
        found = (states[0] * states[-1]).mean(1)
        np.testing.assert_allclose(found, np.exp(-60.0 / drifting.seconds).mean(1), atol=0.04)


def test_sizes_and_time_constants_spread_over_people_as_said():
    drifting = wander.sample(DRIFTS, TOGETHER, KEYS)
    np.testing.assert_allclose(np.median(drifting.size, 1), [0.1, 0.2, 0.05], rtol=0.03)
    np.testing.assert_allclose(np.log(drifting.size).std(1), [0.3, 0.0, 0.2], atol=0.01)
    np.testing.assert_allclose(np.median(drifting.seconds, 1), [600.0, 300.0, 1200.0], rtol=0.03)
    np.testing.assert_allclose(np.log(drifting.seconds).std(1), [0.5, 0.0, 0.0], atol=0.015)


def test_a_patient_wanders_the_same_alone_in_a_crowd_and_in_torch():
    drifting, few = wander.sample(DRIFTS, TOGETHER, KEYS), slice(7, 9)
    crowd = course(drifting, KEYS, 5, 10.0)[-1]
    alone = course(wander.sample(DRIFTS, TOGETHER, KEYS[few]), KEYS[few], 5, 10.0)[-1]
    keys = torch.from_numpy(KEYS.view(np.int64))
    tensors = course(map_arrays(torch.from_numpy, drifting), keys, 5, 10.0)[-1]
    np.testing.assert_array_equal(alone, crowd[:, few])
    np.testing.assert_allclose(tensors.numpy(), crowd, rtol=1e-9)


def test_who_does_not_wander_stays_where_he_is():
    person = Covariates.of(40, "M", 175, 75)
    for drifting in (wander.still(person.age), wander.sample((STILL,) * 3, APART, KEYS)):
        keys = KEYS[: drifting.size.shape[1]]
        assert (wander.factors(drifting, course(drifting, keys, 3, 10.0)[-1]) == 1.0).all()
    assert (physiology.typical(person).wander.size < 1e-6).all()


@pytest.mark.parametrize("signal", SIGNALS)
def test_a_signal_that_wanders_moves_and_the_others_stay(signal):
    """A C50 a tenth higher is as a tenth less propofol; resistance moves pressure, rate moves both."""
    patient = physiology.typical(Covariates.of([40, 40], "M", 175, 75))
    state = physiology.start(patient, 5.0)
    drugs = state.drugs.copy()
    drugs[3, 0] = 3.3, 3.0
    factors = np.ones((3, 2))
    factors[SIGNALS.index(signal), 0] = 1.1
    state = replace(state, drugs=drugs, factors=factors)
    true = truth(patient, state)
    bis, pressure, rate = true.bis, true.mean_arterial_pressure, true.heart_rate
    if signal == SIGNALS[INDEX]:
        assert bis[0] == pytest.approx(bis[1])
        assert pressure[0] == pressure[1]
        assert rate[0] == rate[1]
    else:
        assert bis[0] < bis[1]
    if signal == SIGNALS[RESISTANCE]:
        assert pressure[0] == pytest.approx(1.1 * pressure[1])
        assert rate[0] == rate[1]
    if signal == SIGNALS[HEART_RATE]:
        assert rate[0] == pytest.approx(1.1 * rate[1])
        assert pressure[1] < pressure[0] < 1.1 * pressure[1]  # faster hearts fill less


@pytest.mark.parametrize("step", [2.5, 10.0])
def test_wandering_in_the_theatre_leaves_the_physiology_step_alone(step):
    """The same course at any step, and for a case alone."""

    def after(room: Theatre, numbers: np.ndarray) -> np.ndarray:
        case = cases(room, 3, numbers)
        patient = replace(case.patient, wander=wander.sample(DRIFTS, TOGETHER, case.keys))
        case = replace(case, patient=patient)
        state, seen = begin(room, case)
        assert (state.patient.factors != 1.0).all()
        for _ in range(3):
            state, seen = turn(room, case, state, Orders(0.0 * seen.delivered, 0.0 * seen.delivered))
        return state.patient.factors

    expected = after(Theatre(surgery="none"), np.arange(3))
    found = after(Theatre(surgery="none", physiology_step=step), np.array([2]))
    np.testing.assert_array_equal(found[:, 0], expected[:, 2])
