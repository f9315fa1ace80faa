"""Pressure from effect sites: the published curve at rest, exact sites, no pressure below zero, the pressor on top."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from sim.covariates import Covariates
from sim.pharmacodynamics import equations, hemodynamics
from sim.pharmacodynamics.circulation import su2023
from sim.pharmacodynamics.effect_sites import EMAX, advance, awake, jeleazcov, vital_signs
from sim.pharmacodynamics.hemodynamics import Drive, pressor_effect

PEOPLE = Covariates.of([40.0] * 4, ["M"] * 4, [175.0] * 4, [75.0] * 4)
TYPICAL = jeleazcov(PEOPLE)
NONE, ONE = np.zeros(4), np.ones(4)


def drive(propofol, remifentanil=NONE, norepinephrine=NONE, factor=ONE, volume=ONE) -> Drive:
    rows = (propofol + NONE, remifentanil + NONE, norepinephrine + NONE, factor + NONE, ONE, volume + NONE)
    return Drive(*(np.stack([row] * 3) for row in rows))


def settled(moment: Drive):
    state = awake(TYPICAL)
    for _ in range(3000):
        state = advance(TYPICAL, state, moment, 10.0)
    return vital_signs(TYPICAL, state, Drive(*(row[2] for row in moment)))


def test_the_awake_pressure_is_the_baseline_and_its_equations_are_its_own():
    found = settled(drive(NONE))
    np.testing.assert_allclose(found.mean_arterial_pressure, 95.0)
    np.testing.assert_allclose(found.cardiac_output, 5.6)
    np.testing.assert_allclose(TYPICAL.tpr0 * TYPICAL.sv0 * TYPICAL.hr0, TYPICAL.awake_pressure)
    assert equations.of(su2023(PEOPLE)) is hemodynamics


def test_at_rest_it_is_the_published_curve():
    """Jeleazcov: half of the largest fall where the sum of both sites' powers is 1."""
    propofol = np.array([0.5, 1.96, 3.0, 20.0])
    dose = (propofol / 1.96) ** 4.77 + (propofol / 2.20) ** 8.49
    fall = 95.0 - settled(drive(propofol)).mean_arterial_pressure
    np.testing.assert_allclose(fall, EMAX * dose / (1.0 + dose), rtol=1e-6)
    assert pytest.approx(30.3, abs=0.05) == EMAX


def test_the_slower_site_has_its_published_half_time():
    """0.054 and 0.0695 a minute: half-times of 12.8 and 10.0 min."""
    state = awake(TYPICAL)
    for _ in range(77):
        state = advance(TYPICAL, state, drive(2.0 + NONE), 10.0)
    np.testing.assert_allclose(state.sites[0] / 2.0, 1.0 - np.exp(-0.054 * 770.0 / 60.0), rtol=1e-9)
    np.testing.assert_allclose(state.sites[0] / 2.0, 0.5, atol=0.005)


def test_a_straight_rise_is_followed_exactly_at_any_step():
    ramp = np.linspace(0.0, 4.0, 13)

    def after(parts):
        state = awake(TYPICAL)
        for begin, end in pairwise(parts):
            rows = drive(NONE)
            moment = rows._replace(propofol=np.stack([begin + NONE, 0.5 * (begin + end) + NONE, end + NONE]))
            state = advance(TYPICAL, state, moment, 60.0 / (len(parts) - 1))
        return state.sites

    np.testing.assert_allclose(after(ramp), after(ramp[[0, -1]]), rtol=1e-10)


def test_no_dose_leads_below_zero_and_factors_and_blood_multiply():
    worst = settled(drive(100.0, 100.0 + NONE))
    assert (worst.mean_arterial_pressure > 0.0).all()
    low, high = settled(drive(2.0)), settled(drive(2.0, factor=1.3 * ONE, volume=0.8 * ONE))
    np.testing.assert_allclose(
        high.mean_arterial_pressure, 1.3 * 0.8 * low.mean_arterial_pressure, rtol=1e-12
    )


def test_norepinephrine_adds_beloeils_rise():
    found = settled(drive(NONE, norepinephrine=7.04 + NONE)).mean_arterial_pressure
    np.testing.assert_allclose(found, 95.0 + pressor_effect(7.04 * ONE))
    np.testing.assert_allclose(found, 95.0 + 98.7 / 2.0)


def test_people_differ_as_stated():
    normals = np.random.default_rng(1).standard_normal((9, 4000))
    crowd = Covariates.of([40.0] * 4000, ["F"] * 4000, [165.0] * 4000, [60.0] * 4000)
    drawn = jeleazcov(crowd, jeleazcov.deviations(normals))
    assert np.std(np.log(drawn.pressure0)) == pytest.approx(0.12, rel=0.05)
    assert np.std(np.log(drawn.c50_second)) == pytest.approx(0.148, rel=0.05)
    assert (drawn.emax <= 0.9).all()
