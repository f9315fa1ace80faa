"""The circulation against Su's published equations and reference values, and within what a body can do."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from sim.arrays import map_arrays, take
from sim.covariates import Covariates
from sim.pharmacodynamics import hemodynamics
from sim.pharmacodynamics.circulation import CIRCULATION, DEVIATIONS
from sim.pharmacodynamics.hemodynamics import Drive, pressor_effect, vital_signs

NAMES = ("su2023", "vitaldb")
EVERY = (*NAMES, "recorded")
CROWD = 40_000
pytestmark = pytest.mark.filterwarnings("ignore:circulation model")


def people(ages) -> Covariates:
    return Covariates.of(ages, "M", 170, 70)


def drive(propofol, remifentanil, norepinephrine=0.0, tpr=1.0, hr=1.0, volume=1.0) -> Drive:
    """Constant surroundings; the patients are as many as concentrations of propofol."""
    size = np.ones_like(np.asarray(propofol, dtype=float))
    return Drive(*(value * size for value in (propofol, remifentanil, norepinephrine, tpr, hr, volume)))


def steady(moment: Drive) -> Drive:
    """The same at the beginning, the middle and the end of a step."""
    return Drive(*(np.stack([part] * 3) for part in moment))


def live(circulation, state, moment: Drive, seconds: float, step: float = 5.0):
    """Advance under constant surroundings."""
    for _ in range(round(seconds / step)):
        state = hemodynamics.advance(circulation, state, steady(moment), step)
    return state


PROPOFOL = np.array([0.0, 3, 0, 3, 3, 5])
REMIFENTANIL = np.array([0.0, 0, 4, 2, 4, 6])
# MAP mmHg / HR per min after 15 min → 600 min at those concentrations.
REFERENCE = {
    ("su2023", 40): "87.0/59.6 86.5/58.3 70.5/64.0 69.1/67.7 83.9/65.8 85.9/67.5 "
    "61.2/61.6 60.0/64.2 55.0/59.1 53.9/60.6 48.5/57.1 47.5/58.2",
    ("su2023", 70): "87.0/59.6 86.5/58.3 62.1/66.7 60.0/74.4 83.9/65.8 85.9/67.5 "
    "53.7/64.6 52.1/70.4 48.2/62.2 46.9/66.5 41.9/60.7 40.8/64.3",
    ("vitaldb", 40): "95.9/70.6 95.1/69.0 89.3/71.9 87.8/71.8 91.8/77.7 94.2/79.8 "
    "75.1/70.0 73.0/70.5 66.1/67.9 64.1/68.1 60.5/65.0 58.7/64.4",
    ("vitaldb", 70): "95.9/70.6 95.1/69.0 77.7/74.2 74.3/78.1 91.8/77.7 94.2/79.8 "
    "65.1/72.6 61.8/76.7 57.0/70.6 54.3/74.1 51.3/68.0 49.1/70.5",
}


@pytest.mark.parametrize(("name", "age"), REFERENCE)
def test_pressure_and_rate_equal_the_reference_table(name, age):
    """To the printed digit, after 15 and 600 min; a trace of drug lets the arousal decay in the first column."""
    circulation = CIRCULATION.get(name)(people([age] * 6))
    moment = drive(np.maximum(PROPOFOL, 1e-9), REMIFENTANIL)
    early = live(circulation, hemodynamics.awake(circulation), moment, 900.0)
    late = live(circulation, early, moment, 585.0 * 60.0, step=30.0)
    printed = np.array([pair.split("/") for pair in REFERENCE[name, age].split()], dtype=float)
    for state, expected in ((early, printed[::2]), (late, printed[1::2])):
        vitals = vital_signs(circulation, state, moment)
        found = np.stack([vitals.mean_arterial_pressure, vitals.heart_rate], axis=1)
        np.testing.assert_allclose(found, expected, atol=0.0501, rtol=0)


@pytest.mark.parametrize(
    ("name", "expected"), [("su2023", (91.8, 62.9, 89.6, 5.63)), ("vitaldb", (102.0, 74.7, 93.1, 6.95))]
)
def test_awake_values_are_the_published_ones(name, expected):
    circulation = CIRCULATION.get(name)(people([40]))
    vitals = vital_signs(circulation, hemodynamics.awake(circulation), drive([0.0], 0.0))
    assert (np.abs(np.ravel(vitals) - expected) <= [0.051, 0.051, 0.051, 0.0051]).all()
    assert circulation.awake_pressure[0] == pytest.approx(vitals.mean_arterial_pressure[0])


def textbook(circulation, propofol, remifentanil, minutes):
    """Su's equations as printed, integrated by SciPy; arousal decays from the start. Returns MAP, HR, SV."""
    c = {f.name: float(getattr(circulation, f.name)[0]) for f in dataclasses.fields(circulation)}
    e_tpr_p = (c["tpr_emax_propofol"] + remifentanil / (4.59 + remifentanil)) * propofol**1.83
    e_tpr_p /= 3.21**1.83 + propofol**1.83
    e_tpr_r = -remifentanil / (4.59 + remifentanil)
    e_sv_p = c["sv_emax_propofol"] * propofol / (0.44 + propofol)
    e_sv_r = (0.0581 - 0.212 * propofol / (0.44 + propofol)) * remifentanil
    e_hr_r = (0.0327 + c["hr_interaction"] * propofol / (0.196 + propofol)) * remifentanil
    base = c["tpr0"] * 1.0899 * c["sv0"] * 1.121 * c["hr0"]

    def outputs(y):
        tpr, sv, hr, tde_sv, tde_hr = y
        rate = hr + tde_hr
        stroke = (sv + tde_sv) * (1.0 - 0.312 * math.log(rate / (1.121 * c["hr0"])))
        return tpr * stroke * rate, rate, stroke

    def slope(t, y):
        reflex = (outputs(y)[0] / base) ** c["feedback"]
        return [
            0.072 * (c["tpr0"] * reflex * (1.0 + e_tpr_p) - y[0] * (1.0 - e_tpr_r)),
            0.072 * (c["sv0"] * reflex * (1.0 + e_sv_p) - y[1] * (1.0 - e_sv_r)),
            0.072 * (c["hr0"] * reflex - y[2] * (1.0 - e_hr_r)),
            -0.067 * y[3],
            -0.067 * y[4],
        ]

    start = [c["tpr0"], c["sv0"], c["hr0"], 0.0899 * c["sv0"], 0.121 * c["hr0"]]
    return outputs(solve_ivp(slope, (0.0, minutes), start, rtol=1e-10, atol=1e-12).y[:, -1])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("propofol", "remifentanil"), [(3.0, 2.0), (8.0, 0.0), (0.5, 3.0)])
def test_courses_equal_the_printed_equations(name, propofol, remifentanil):
    circulation = CIRCULATION.get(name)(people([55]))
    moment = drive([propofol], remifentanil)
    state = hemodynamics.awake(circulation)
    for minutes in (1.0, 4.0, 15.0):
        found = vital_signs(circulation, live(circulation, state, moment, 60.0 * minutes), moment)
        expected = textbook(circulation, propofol, remifentanil, minutes)
        np.testing.assert_allclose(np.ravel(found)[:3], expected, rtol=2e-6)


@pytest.mark.parametrize("name", EVERY)
def test_arousal_is_held_until_the_first_drug_and_then_decays(name):
    circulation = CIRCULATION.get(name)(people([40, 70]))
    awake = hemodynamics.awake(circulation)
    nothing = drive([0.0, 0.0], 0.0)
    waiting = live(circulation, awake, nothing, 3600.0)
    before, after = (vital_signs(circulation, state, nothing) for state in (awake, waiting))
    np.testing.assert_allclose(after, before, rtol=1e-9)
    drugged = live(circulation, waiting, drive([1e-9, 1e-9], 0.0), 1200.0)
    decay = 60.0 * circulation.arousal_decay
    np.testing.assert_allclose(drugged.arousal, np.exp(-20.0 * decay), rtol=1e-9)
    if name in NAMES:
        np.testing.assert_allclose(decay, 0.067, rtol=1e-12)


@pytest.mark.parametrize("drug", ["propofol", "remifentanil", "norepinephrine"])
def test_any_drug_ends_the_arousal(drug):
    circulation = CIRCULATION.get("vitaldb")(people([40]))
    amounts = {"propofol": [0.0], "remifentanil": 0.0, "norepinephrine": 0.0}
    moment = drive(**(amounts | {drug: [1e-9] if drug == "propofol" else 1e-9}))
    assert live(circulation, hemodynamics.awake(circulation), moment, 600.0).arousal[0] < 0.6


def everybody(name: str):
    """Every corner of dose and age, each in two individuals of their own: circulation and surroundings."""
    grid = np.meshgrid([0, 0.5, 3, 10, 40], [0, 2, 10, 100], [0, 3, 10, 50], [18, 45, 70, 90], indexing="ij")
    propofol, remifentanil, norepinephrine, age = (np.tile(axis.ravel().astype(float), 2) for axis in grid)
    model = CIRCULATION.get(name)
    z = np.clip(np.random.default_rng(1).normal(size=(len(DEVIATIONS), age.size)), -3.0, 3.0)
    return model(people(age), model.deviations(z)), drive(propofol, remifentanil, norepinephrine)


@pytest.mark.parametrize("name", EVERY)
def test_nobody_ends_below_zero_at_any_dose_or_age_over_ten_hours(name):
    """A bolus into the awake, its sudden end, another and ten hours of it; looked at every one or five minutes."""
    circulation, doses = everybody(name)
    state, off = hemodynamics.awake(circulation), drive(0.0 * doses.propofol, 0.0)
    lowest, highest = np.full(3, np.inf), np.full(3, -np.inf)
    for moment, seconds, step in (
        (doses, 900, 15),
        (off, 900, 15),
        (doses, 900, 15),
        (doses, 36000, 60),
        (off, 900, 15),
    ):
        pause = 5 * step if seconds > 900 else 60
        for _ in range(seconds // pause):
            state = live(circulation, state, moment, float(pause), step)
            vitals = np.stack(vital_signs(circulation, state, moment)[:3])
            assert np.isfinite(vitals).all()
            lowest = np.minimum(lowest, vitals.min(1))
            highest = np.maximum(highest, vitals.max(1))
    assert (lowest > 0.0).all(), lowest
    assert (highest < [400.0, 400.0, 400.0]).all(), highest


@pytest.mark.parametrize("name", EVERY)
def test_no_effect_removes_more_than_there_is_even_at_105_years(name):
    """The published term for age alone would take one and a half times the stroke volume."""
    circulation, doses = CIRCULATION.get(name)(people([105.0] * 3)), drive([3.0, 12.0, 40.0], 20.0)
    for effect in hemodynamics.drug_effects(circulation, doses.propofol, doses.remifentanil):
        assert (np.abs(effect) < 1.0).all()
    vitals = vital_signs(
        circulation, live(circulation, hemodynamics.awake(circulation), doses, 3600.0, 15.0), doses
    )
    assert (np.stack(vitals) > 0.0).all()


def after_an_hour(name: str, base: dict | None = None, **change):
    circulation = CIRCULATION.get(name)(people([50]))
    moment = drive([2.0], **({"remifentanil": 2.0} | (base or {}) | change))
    return vital_signs(
        circulation, live(circulation, hemodynamics.awake(circulation), moment, 3600.0, 20.0), moment
    )


@pytest.mark.parametrize("name", EVERY)
def test_baroreflex_works_against_every_change_of_pressure(name):
    base = after_an_hour(name)
    pressor = after_an_hour(name, norepinephrine=7.04)
    assert pressor.mean_arterial_pressure > base.mean_arterial_pressure + 10.0
    assert pressor.heart_rate < base.heart_rate - 1.0
    constricted = after_an_hour(name, tpr=1.3)
    assert base.mean_arterial_pressure * 1.05 < constricted.mean_arterial_pressure
    assert constricted.mean_arterial_pressure < base.mean_arterial_pressure * 1.25  # 30 % without a reflex
    assert constricted.heart_rate < base.heart_rate - 1.0
    bled = after_an_hour(name, volume=0.75)
    assert base.mean_arterial_pressure * 0.78 < bled.mean_arterial_pressure < base.mean_arterial_pressure
    assert bled.heart_rate > base.heart_rate + 1.0
    assert bled.cardiac_output < base.cardiac_output


def test_output_is_stroke_volume_times_rate():
    vitals = after_an_hour("vitaldb", norepinephrine=3.0)
    assert vitals.cardiac_output == pytest.approx(vitals.stroke_volume * vitals.heart_rate / 1000.0)


def test_pressor_effect_is_beloeils_hill_curve():
    concentration = np.array([0.0, 7.04, 14.08, 1e6])
    np.testing.assert_allclose(
        pressor_effect(concentration), [0.0, 98.7 / 2, 98.7 * 2**1.8 / (1 + 2**1.8), 98.7], rtol=1e-6
    )


def published_covariance(name: str) -> np.ndarray:
    """Of (TPR0, SV0, HR0, C50 of TPR) as logs, then Emax of remifentanil, slopes of SV and HR, responses (choice)."""
    blocks = {
        "su2023": [[0.0528, -0.0244, -0.0233], [-0.0244, 0.0328, 0.0], [-0.0233, 0.0, 0.0242]],
        "vitaldb": [[0.0909, -0.0725, -0.0197], [-0.0725, 0.0926, -0.0004], [-0.0197, -0.0004, 0.0232]],
    }
    covariance = np.zeros((9, 9))
    covariance[:3, :3] = blocks[name]
    covariance[3, 3], covariance[4, 4] = 0.44, 0.449
    covariance[5:7, 5:7] = [[0.00868, 0.00329], [0.00329, 0.00382]]
    covariance[7, 7] = covariance[8, 8] = 0.3**2
    return covariance


@pytest.mark.parametrize("name", NAMES)
def test_drawn_deviations_have_the_published_covariance_and_no_mean(name):
    model = CIRCULATION.get(name)
    deviation = model.deviations(np.random.default_rng(8).normal(size=(len(DEVIATIONS), CROWD)))
    rows = np.stack([deviation[key] for key in DEVIATIONS])
    expected = published_covariance(name)
    scale = np.sqrt(np.diag(expected))
    np.testing.assert_allclose(
        np.cov(rows) / np.outer(scale, scale), expected / np.outer(scale, scale), atol=0.025
    )
    np.testing.assert_allclose(rows.mean(1) / scale, 0.0, atol=0.02)


@pytest.mark.parametrize(("name", "log_sd"), [("su2023", 0.120), ("vitaldb", 0.147)])
def test_baseline_pressure_spreads_as_published_around_the_typical_one(name, log_sd):
    """Independent draws would give 0.33 and 0.45; the published block makes them compensate each other."""
    model, crowd = CIRCULATION.get(name), people([40.0] * CROWD)
    drawn = model(crowd, model.deviations(np.random.default_rng(9).normal(size=(len(DEVIATIONS), CROWD))))
    typical = model(people([40]))
    pressure = np.log(drawn.awake_pressure / typical.awake_pressure)
    assert pressure.std() == pytest.approx(log_sd, abs=0.002)
    for field in dataclasses.fields(drawn):
        one, centre = getattr(drawn, field.name), getattr(typical, field.name)[0]
        assert np.median(one) == pytest.approx(centre, rel=0.015), field.name
    assert (drawn.tpr_emax_remifentanil <= 0.0).all()


def test_a_deviation_changes_its_own_parameter_alone():
    """SV's baseline must not follow HR's deviation, nor a slope the other's."""
    model, typical = CIRCULATION.get("vitaldb"), CIRCULATION.get("vitaldb")(people([40]))
    for name in DEVIATIONS:
        moved = model(people([40]), {name: np.array([0.1])})
        changed = [
            f.name
            for f in dataclasses.fields(moved)
            if getattr(moved, f.name)[0] != getattr(typical, f.name)[0]
        ]
        assert changed == [name]


@pytest.mark.filterwarnings("default:circulation model")
@pytest.mark.parametrize("name", NAMES)
def test_ages_outside_the_study_warn_with_their_range(name):
    with pytest.warns(UserWarning, match=f"circulation model {name} is used outside .*18 to 70"):
        CIRCULATION.get(name)(people([80]))


def test_half_the_step_is_the_same_course():
    """A bolus, its end, and a vasopressor switched on and off: within 0.02 mmHg at every minute."""
    circulation = CIRCULATION.get("vitaldb")(people([30, 75]))
    courses = []
    for step in (5.0, 2.5):
        state, pressures = hemodynamics.awake(circulation), []
        for minute in range(60):
            moment = drive([12.0 if minute < 3 else 3.0] * 2, 4.0, 6.0 if 20 <= minute < 40 else 0.0)
            state = live(circulation, state, moment, 60.0, step)
            pressures.append(vital_signs(circulation, state, moment).mean_arterial_pressure)
        courses.append(np.array(pressures))
    assert np.abs(courses[0] - courses[1]).max() < 0.02


def test_torch_and_numpy_agree():
    circulation, doses = everybody("vitaldb")
    some = np.arange(0, doses.propofol.size, 7)
    circulation, doses = take(circulation, some), Drive(*(part[some] for part in doses))
    state = hemodynamics.awake(circulation)
    tensors = map_arrays(torch.from_numpy, circulation)
    other = hemodynamics.awake(tensors)
    for _ in range(60):
        state = hemodynamics.advance(circulation, state, steady(doses), 10.0)
        other = hemodynamics.advance(
            tensors, other, Drive(*(torch.from_numpy(part) for part in steady(doses))), 10.0
        )
    found = vital_signs(tensors, other, Drive(*(torch.from_numpy(part) for part in doses)))
    np.testing.assert_allclose(np.stack(found), np.stack(vital_signs(circulation, state, doses)), rtol=1e-9)
