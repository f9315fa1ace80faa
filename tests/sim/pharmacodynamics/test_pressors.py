"""Ephedrine and phenylephrine: kinetics against an integrator, effects against what was measured in people."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from sim import patient as physiology
from sim.covariates import Covariates
from sim.interfaces import EPHEDRINE, PHENYLEPHRINE
from sim.pharmacodynamics import pressors
from sim.pharmacokinetics.pace import prepare
from sim.settings import Models
from sim.truth import truth

WEIGHT = np.array([50.0, 80.0])
TEN_MG, HUNDRED_UG = np.array([[10.0], [0.0]]), np.array([[0.0], [100.0]])


def course(dose: np.ndarray, seconds: float, period: float) -> np.ndarray:
    amounts, given = pressors.none(WEIGHT), dose + 0.0 * WEIGHT
    for _ in range(round(seconds / period)):
        amounts, given = pressors.step(amounts, given, WEIGHT, period), None
    return amounts


@pytest.mark.parametrize("period", [5.0, 10.0, 60.0])
@pytest.mark.parametrize(("drug", "dose"), [(EPHEDRINE, TEN_MG), (PHENYLEPHRINE, HUNDRED_UG)])
def test_amounts_follow_the_two_sites_at_any_control_period(period, drug, dose):
    on, off = (
        math.log(2.0) / half_life[drug, 0]
        for half_life in (pressors.ONSET_HALF_LIFE, pressors.OFFSET_HALF_LIFE)
    )
    given = dose[drug] / WEIGHT

    def slope(t, y):
        return [-off * y[0], on * (y[0] - y[1])]

    for minutes in (1.0, 5.0, 30.0):
        found = course(dose, 60.0 * minutes, period)
        for i in range(2):
            expected = solve_ivp(slope, (0.0, 60.0 * minutes), [given[i], 0.0], rtol=1e-9, atol=1e-12).y[
                :, -1
            ]
            np.testing.assert_allclose(found[:, drug, i], expected, rtol=1e-6)
        assert (found[:, 1 - drug] == 0.0).all()


def test_phenylephrine_fades_by_half_in_5_minutes_and_ephedrine_in_15():
    """Label of phenylephrine; tolerance of Persky 2004. Both act within 4 min."""
    for dose, drug, minutes in ((TEN_MG, EPHEDRINE, 15.0), (HUNDRED_UG, PHENYLEPHRINE, 5.0)):
        early, late = (course(dose, 60.0 * t, 10.0)[1, drug, 0] for t in (20.0, 20.0 + minutes))
        assert late / early == pytest.approx(0.5, rel=0.02)
        peak = max(range(1, 15), key=lambda t: course(dose, 60.0 * t, 10.0)[1, drug, 0])
        assert 2 <= peak <= 4


def test_ephedrine_acts_as_in_volunteers():
    """Persky 2004: at the EC50 of 107 µg/L pressure is up by half of 53.7 %, heart rate by 0.14 % per µg/L."""
    amounts = pressors.none(WEIGHT)
    amounts[1, EPHEDRINE] = 107.0 * pressors.EPHEDRINE_VOLUME / 1000.0
    resistance, rate = pressors.effects(amounts, np.ones(2))
    np.testing.assert_allclose(resistance * rate, 1.0 + 0.537 / 2.0)
    np.testing.assert_allclose(rate, 1.0 + 0.0014 * 107.0)


def test_nobody_who_is_given_nothing_is_computed():
    nothing = pressors.none(WEIGHT)
    assert pressors.step(nothing, None, WEIGHT, 10.0) is nothing
    assert all((factor == 1.0).all() for factor in pressors.effects(nothing, np.ones(2)))


def test_numpy_and_torch_agree():
    given, tensor = TEN_MG + HUNDRED_UG + 0.0 * WEIGHT, torch.from_numpy(WEIGHT)
    expected = pressors.step(pressors.none(WEIGHT), given, WEIGHT, 60.0)
    found = pressors.step(pressors.none(tensor), torch.from_numpy(given), tensor, 60.0)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)
    for one, other in zip(
        pressors.effects(found, torch.ones(2, dtype=torch.float64)),
        pressors.effects(expected, np.ones(2)),
        strict=True,
    ):
        np.testing.assert_allclose(one.numpy(), other, rtol=1e-12)


def after(dose: np.ndarray, minutes: float):
    """Truth of typical people some minutes after an injection, 12 min into an induction, before any surgery."""
    people = Covariates.of([45, 60], ["M", "F"], [175, 163], [78, 64])
    patient = physiology.typical(people, Models(variability=False))
    rates = np.stack([people.weight * 8.0 / 3600.0, people.weight * 0.12 / 60.0, 0.0 * people.weight])
    pace, zero, one = prepare(patient.kinetics, 5.0, np.ones(2)), np.zeros(2), np.ones(2)
    state = physiology.start(patient, 5.0)
    for second in range(0, round(720 + 60 * minutes), 10):
        bolus = np.array([[0.2], [0.0], [0.0]]) * people.weight if second == 0 else 0.0
        given = dose * (people.weight if dose[PHENYLEPHRINE] < 10.0 and dose[EPHEDRINE] == 0.0 else one)
        state = physiology.drift(
            patient, state, np.zeros((3, 2)), 10.0, (one, one), given if second == 720 else None
        )
        for _ in range(2):
            around = physiology.Surroundings(rates + bolus, zero, one, zero)
            state = physiology.advance(patient, pace, state, around)
    return truth(patient, state)


def test_phenylephrine_raises_the_pressure_as_after_inductions_and_slows_the_heart():
    """2 µg/kg: +34 (SD 13) mmHg 5 min later, Kalmar 2018."""
    before, given = (after(dose, 5.0) for dose in (0.0 * TEN_MG, np.array([[0.0], [2.0]])))
    rise = given.mean_arterial_pressure - before.mean_arterial_pressure
    assert ((rise > 21.0) & (rise < 47.0)).all(), rise
    assert (given.heart_rate < before.heart_rate - 1.0).all()
    np.testing.assert_array_equal(given.bis, before.bis)


def test_ephedrine_raises_pressure_and_heart_rate_and_keeps_the_output():
    """10 mg; output +0.5 (SD 1.4) L/min after 5 to 20 mg, Meng, Br J Anaesth 2011;107:209."""
    before, given = (after(dose, 4.0) for dose in (0.0 * TEN_MG, TEN_MG))
    share = given.mean_arterial_pressure / before.mean_arterial_pressure
    assert ((share > 1.05) & (share < 1.30)).all(), share
    assert (given.heart_rate > before.heart_rate).all()
    assert (np.abs(given.cardiac_output - before.cardiac_output) < 1.0).all()


def test_an_individual_may_answer_more_than_another():
    amounts = course(HUNDRED_UG, 180.0, 10.0)
    weak, strong = (pressors.effects(amounts, np.full(2, response))[0] for response in (0.5, 2.0))
    assert (strong > weak + 0.1).all()
    patient = physiology.typical(Covariates.of(40, "M", 175, 75))
    assert (patient.pressor_response == 1.0).all()
    assert replace(patient, pressor_response=2.0 * patient.pressor_response).pressor_response[0] == 2.0
