"""What people were exposed to, counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.metrics.measure import Judged
from sim.metrics.windows import Windows
from sim.outcomes.ward.exposures import blood_loss, exposed, haemoglobin_fall
from sim.outcomes.ward.people import SHARES, as_exposures, asa
from sim.randomness import case_keys
from sim.surgery import plan
from tests.sim.metrics.hour import case


def judged(pressure, index, period=30.0) -> Judged:
    """Return one case that is under anesthesia from the second sample to the last but one."""
    samples = len(pressure)
    window = np.zeros((samples, 1), dtype=bool)
    window[1:-1] = True
    trace = replace(
        case(),
        mean_arterial_pressure=np.asarray(pressure, dtype=float)[:, None],
        bis=np.asarray(index, dtype=float)[:, None],
    )
    nothing = np.zeros(1)
    spans = Windows(period, nothing, nothing, nothing, window, window, window, window, window)
    return Judged(trace, spans, np.ones(1), 50.0)


def test_minutes_and_area_are_those_counted_by_hand():
    found = exposed(judged([40, 64, 59, 54, 45, 70, 30], [20, 50, 44, 40, 50, 30, 20]))
    minutes = {name: float(value[0]) for name, value in found.items()}
    assert minutes == {
        "map_below_65_min": 2.0,
        "map_below_60_min": 1.5,
        "map_below_55_min": 1.0,
        "map_below_49_min": 0.5,
        "map_below_65_area": 0.5 * (1 + 6 + 11 + 20),
        "bis_below_45_min": 1.5,
        "double_low_min": 1.5,
    }


def test_nobody_who_was_not_anesthetised_was_exposed():
    case = judged([80, 80, 80], [50, 50, 50])
    never = replace(case, windows=replace(case.windows, anesthesia=np.zeros((3, 1), dtype=bool)))
    assert all(np.isnan(value).all() for value in exposed(never).values())


def test_blood_lost_is_counted_until_the_horizon_and_before_anything_is_given_back():
    surgery = plan("none", case_keys(0, np.arange(2)), 3600.0, 0.0)
    bleeding = replace(
        surgery,
        bleeding_starts=np.array([[600.0, 600.0], [1200.0, 5000.0]]),
        bleeding_ends=np.array([[900.0, 900.0], [2400.0, 6000.0]]),
        bleeding_rates=np.array([[0.002, 0.0], [-0.001, 0.002]]),
    )
    np.testing.assert_allclose(blood_loss(bleeding, 3600.0), [0.6, 0.0])
    np.testing.assert_allclose(blood_loss(bleeding, 5500.0), [0.6, 1.0])


def test_haemoglobin_falls_less_the_more_is_lost():
    """A litre out of five leaves exp(-1/5) of it."""
    fall = haemoglobin_fall(np.array([0.0, 1.0, 2.0]), np.full(3, 5.0), np.zeros(3))
    np.testing.assert_allclose(fall[:2], [0.0, 13.5 * (1.0 - np.exp(-0.2))])
    assert fall[2] - fall[1] < fall[1]


def test_classes_are_drawn_by_age_as_recorded_cases_have_them():
    keys = case_keys(3, np.arange(40_000))
    for row, age in ((0, 30.0), (3, 65.0), (5, 85.0)):
        drawn = asa(keys, np.full(len(keys), age))
        np.testing.assert_allclose(np.bincount(drawn, minlength=5)[1:] / len(keys), SHARES[row], atol=0.008)
    np.testing.assert_allclose(np.sum(SHARES, axis=1), 1.0, atol=1e-9)


def test_a_patient_has_the_same_class_alone():
    keys, age = case_keys(3, np.arange(50)), np.linspace(20.0, 90.0, 50)
    assert asa(keys[[7]], age[[7]]) == asa(keys, age)[7]
    classes = as_exposures(np.array([1, 2, 3, 4]))
    np.testing.assert_array_equal(classes["asa_3"], [0, 0, 1, 0])
    np.testing.assert_array_equal(classes["asa_above_2"], [0, 0, 1, 1])
