"""Rocuronium against its clinical windows and against an integrator."""

import numpy as np
from scipy.integrate import solve_ivp

from sim.pharmacokinetics import rocuronium


def course(dose: float, minutes: int, seconds: float = 10.0) -> np.ndarray:
    """The block after a bolus, one value a step."""
    state, gone = rocuronium.none(np.zeros(1)), []
    for number in range(round(minutes * 60 / seconds)):
        state = rocuronium.step(state, np.full(1, dose if number == 0 else 0.0), seconds)
        gone.append(rocuronium.relaxed(state)[0])
    return np.array(gone)


def test_the_usual_dose_paralyses_within_150_s_and_a_quarter_is_back_within_25_to_70_min():
    block = course(0.6, 90)
    assert block[14] > 0.95
    back = np.flatnonzero((block < 0.75) & (np.arange(len(block)) > 60))[0] / 6.0
    assert 25.0 < back < 70.0


def test_concentrations_are_those_of_an_integrator():
    v1, v2, v3 = rocuronium.V1, rocuronium.V2, rocuronium.V3

    def rates(_, c):
        one, two, three, effect = c
        central = -rocuronium.CLEARANCE * one + rocuronium.Q2 * (two - one) + rocuronium.Q3 * (three - one)
        others = rocuronium.Q2 / v2 * (one - two), rocuronium.Q3 / v3 * (one - three)
        return [central / v1, *others, rocuronium.KE0 * (one - effect)]

    exact = solve_ivp(rates, (0.0, 20.0), [600.0 / v1, 0.0, 0.0, 0.0], rtol=1e-9, atol=1e-9).y[:, -1]
    state = rocuronium.step(rocuronium.none(np.zeros(2)), np.array([0.6, 0.0]), 1200.0)
    np.testing.assert_allclose(state[:, 0], exact, rtol=1e-6)
    assert not state[:, 1].any()


def test_steps_of_any_length_meet():
    np.testing.assert_allclose(course(0.6, 30, 10.0)[5::6], course(0.6, 30, 60.0), rtol=1e-9)
