"""Kinetic models against their published values."""

from __future__ import annotations

import dataclasses
import math
import warnings

import numpy as np
import pytest
from scipy.optimize import brentq

from sim.covariates import Covariates, lean_body_mass_james
from sim.pharmacokinetics import NOREPINEPHRINE, PROPOFOL, REMIFENTANIL
from sim.pharmacokinetics.compartments import (
    Compartments,
    discretise,
    effect_site,
    empty,
    plasma,
    step,
)

MAN = Covariates.of(40, "M", 170, 70)
WOMAN = Covariates.of(70, "F", 160, 60)
EVERY_MODEL = [(registry, name) for registry in (PROPOFOL, REMIFENTANIL, NOREPINEPHRINE) for name in registry]


def agrees(value: float, printed: str) -> bool:
    """Equal to a printed number to 1e-4, or to half a unit of its last digit where that is coarser."""
    digits = len(printed.partition(".")[2])
    return abs(value - float(printed)) <= max(1e-4 * abs(float(printed)), 0.5001 * 10.0**-digits)


def given_for(compartments: Compartments, rate: float, seconds: float) -> np.ndarray:
    """State of a drug-free patient after one constant infusion."""
    return step(discretise(compartments, seconds), empty(compartments), np.array([rate]))


def rate_constants(c: Compartments) -> dict[str, float]:
    """1/min."""
    constants = {"k10": c.cl / c.v1, "k12": c.q2 / c.v1, "k13": c.q3 / c.v1}
    return {name: float(k[0]) for name, k in (constants | {"k21": c.q2 / c.v2, "k31": c.q3 / c.v3}).items()}


# Bolus 2 mg/kg over 10 s (propofol) or 1 µg/kg over 30 s: Cp at its end, at 60 s, peak Ce, its second, the
# second of the peak after an instantaneous bolus; 10 mg/kg/h or 0.2 µg/kg/min: Cp, Ce at 1 h; steady state.
COURSES = [
    (PROPOFOL, "schnider", MAN, "30.315 13.880 8.055 96 91 4.737 4.710 7.122"),
    (PROPOFOL, "schnider", WOMAN, "26.296 13.529 7.622 104 99 4.049 4.034 5.783"),
    (PROPOFOL, "marsh_pump", MAN, "8.574 6.838 5.707 101 96 4.256 4.244 6.143"),
    (PROPOFOL, "eleveld", MAN, "21.129 12.475 3.379 200 195 5.041 4.920 7.308"),
    (PROPOFOL, "eleveld_no_opioid", MAN, "20.973 11.484 3.048 182 177 4.142 4.056 6.519"),
    (PROPOFOL, "eleveld", WOMAN, "19.307 12.762 3.727 226 221 5.252 5.168 6.528"),
    (REMIFENTANIL, "minto", MAN, "10.983 7.092 4.075 102 86 5.289 5.286 5.373"),
    (REMIFENTANIL, "minto", WOMAN, "13.409 8.955 3.999 127 111 6.242 6.238 6.342"),
    (REMIFENTANIL, "eleveld", MAN, "10.334 7.182 5.114 90 74 5.447 5.445 5.524"),
    (REMIFENTANIL, "eleveld", WOMAN, "14.383 9.500 4.310 123 107 6.509 6.504 6.554"),
    (REMIFENTANIL, "kim", MAN, "12.010 7.368 4.274 97 81 5.208 5.204 5.248"),
]


def course(compartments: Compartments, drug: str, weight: float) -> list[float]:
    dose, seconds, rate = (
        (2.0 * weight, 10, 10.0 * weight / 3600.0)
        if drug == "propofol model"
        else (weight, 30, 0.2 * weight / 60.0)
    )
    second = discretise(compartments, 1.0)
    state, instant = empty(compartments), empty(compartments)
    instant[0] = 1.0
    plasmas, effects, instants = [], [], []
    for now in range(300):
        state = step(second, state, np.array([dose / seconds if now < seconds else 0.0]))
        instant = step(second, instant, np.zeros(1))
        plasmas.append(plasma(compartments, state)[0])
        effects.append(effect_site(state)[0])
        instants.append(effect_site(instant)[0])
    hour = given_for(compartments, rate, 3600.0)
    return [
        plasmas[seconds - 1],
        plasmas[59],
        max(effects),
        1 + int(np.argmax(effects)),
        1 + int(np.argmax(instants)),
        plasma(compartments, hour)[0],
        effect_site(hour)[0],
        plasma(compartments, given_for(compartments, rate, 1e7))[0],
    ]


@pytest.mark.parametrize(("registry", "name", "person", "printed"), COURSES)
def test_bolus_and_infusion_follow_the_reference_course(registry, name, person, printed):
    found = course(registry.get(name)(person), registry.kind, float(person.weight[0]))
    for value, text in zip(found, printed.split(), strict=True):
        assert agrees(value, text), (value, text)


def test_marsh_with_its_printed_constants_follows_the_reference_course():
    compartments = PROPOFOL.get("marsh_modified")(MAN)
    compartments = dataclasses.replace(compartments, q3=compartments.v1 * 0.0419)
    compartments = dataclasses.replace(compartments, v3=compartments.q3 / 0.0033)
    found = course(compartments, "propofol model", 70.0)
    printed = ["8.576", "6.850", "5.694", "102", "97", "4.265", "4.253", "6.143"]
    for value, text in zip(found, printed, strict=True):
        assert agrees(value, text), (value, text)


def test_schuttler_follows_the_reference_plasma_course_and_peaks_as_chosen():
    found = course(PROPOFOL.get("schuttler")(MAN), "propofol model", 70.0)
    printed = ["16.087", "10.204", "4.533", "8.102"]
    for value, text in zip([*found[:2], found[5], found[7]], printed, strict=True):
        assert agrees(value, text), (value, text)
    reference = PROPOFOL.get("schuttler")(Covariates.of(30, "M", 170, 70))
    assert course(reference, "propofol model", 70.0)[4] == 96


PARAMETERS = [
    (PROPOFOL, "schnider", MAN, "4.270 23.983 238 1.6381 1.6020 0.8360 0.456"),
    (PROPOFOL, "schnider", WOMAN, "4.270 12.253 238 1.7292 0.8820 0.8360 0.456"),
    (PROPOFOL, "eleveld", MAN, "6.2831 23.584 156.98 1.5963 1.7176 0.7356 0.146"),
    (PROPOFOL, "eleveld_no_opioid", MAN, "6.2831 23.584 272.82 1.7896 1.7176 1.1134 0.146"),
    (PROPOFOL, "eleveld", WOMAN, "5.9611 12.647 73.636 1.5318 1.0588 0.4225 0.1517"),
    (REMIFENTANIL, "minto", MAN, "5.1214 9.8521 5.42 2.6057 2.0500 0.0760 0.595"),
    (REMIFENTANIL, "minto", WOMAN, "3.6609 6.1329 5.42 1.8922 1.1470 0.0421 0.385"),
    (REMIFENTANIL, "eleveld", MAN, "5.648 8.678 4.293 2.5343 1.6493 0.1076 0.9433"),
    (REMIFENTANIL, "eleveld", WOMAN, "3.396 5.759 1.536 1.8310 1.0586 0.0421 0.3964"),
    (REMIFENTANIL, "kim", MAN, "4.569 8.318 3.857 2.6679 1.8560 0.1970 0.595"),
    # published golden numbers
    (PROPOFOL, "eleveld", ("M", 70, 170), "6.283078 20.17078 136.7249 1.551355 1.516118 0.6672707"),
    (PROPOFOL, "eleveld", ("M", 70, 171), "6.283078 20.17078 137.4287 1.551355 1.516118 0.6698454"),
    (PROPOFOL, "eleveld", ("F", 55, 160), "5.772932 15.84847 92.30994 1.519402 1.265265 0.4969959"),
    (REMIFENTANIL, "eleveld", ("M", 70, 171), "5.371314 8.442319 3.148362 2.462212 1.52838 0.08064262"),
    (REMIFENTANIL, "eleveld", ("F", 70, 171), "4.403734 8.051189 2.581221 2.467679 1.715685 0.06948164"),
    (REMIFENTANIL, "kim", ("M", 70, 150), "4.568805 6.820768 3.3799 2.518915 1.576 0.197"),
    (REMIFENTANIL, "kim", ("F", 70, 150), "4.568805 5.949400 3.3799 2.518915 1.576 0.197"),
]


@pytest.mark.parametrize(("registry", "name", "person", "printed"), PARAMETERS)
def test_parameters_equal_the_published_ones(registry, name, person, printed):
    if isinstance(person, tuple):
        sex, weight, height = person
        person = Covariates.of(50, sex, height, weight)
    compartments = registry.get(name)(person)
    for field, text in zip(("v1", "v2", "v3", "cl", "q2", "q3", "ke0"), printed.split(), strict=False):
        assert agrees(float(getattr(compartments, field)[0]), text), field


def test_golden_rate_constants_and_eigenvalues():
    compartments = PROPOFOL.get("eleveld")(Covariates.of(50, "M", 170, 70))
    published = {"k10": 0.24691, "k12": 0.2413017, "k13": 0.1062012, "k21": 0.07516406, "k31": 0.004880391}
    assert rate_constants(compartments) == pytest.approx(published, rel=1e-5)
    one_minute = discretise(compartments, 60.0).phi[:3, :3, 0]
    eigenvalues = np.sort(-np.log(np.linalg.eigvals(one_minute).real))
    assert eigenvalues == pytest.approx([0.003349251, 0.04305881, 0.6280493], rel=1e-5)


def test_james_lean_body_mass_equals_the_published_numbers():
    people = Covariates.of([50, 50], ["M", "F"], [171, 160], [70, 55])
    assert lean_body_mass_james(people) == pytest.approx([55.55067, 41.36172], abs=5e-6)


@pytest.mark.parametrize(
    ("registry", "name", "printed"),
    [
        (PROPOFOL, "schnider", "0.71 17.35 302"),
        (PROPOFOL, "marsh_modified", "2.32 23.0 289"),
        (PROPOFOL, "eleveld", "1.02 17.0 221"),
        (REMIFENTANIL, "minto", "0.68 6.5 51"),
    ],
)
def test_half_lives(registry, name, printed):
    transition = discretise(registry.get(name)(MAN), 60.0)
    rates = -np.log(np.linalg.eigvals(transition.phi[:3, :3, 0]).real)
    for half_life, text in zip(np.sort(math.log(2.0) / rates), printed.split(), strict=True):
        assert agrees(half_life, text), (half_life, text)


@pytest.mark.parametrize(
    ("registry", "name", "printed"),
    [
        (PROPOFOL, "schnider", "1.8/5.0 2.3/5.7 3.3/7.0 6.4/9.6"),
        (PROPOFOL, "marsh_modified", "5.9/6.9 7.3/8.2 8.8/9.7 11.3/12.1"),
        (PROPOFOL, "eleveld", "3.1/12.8 4.2/14.3 6.1/16.7 9.8/19.9"),
        (REMIFENTANIL, "minto", "2.1/4.3 2.1/4.3 2.2/4.3 2.2/4.3"),
        (REMIFENTANIL, "eleveld", "2.2/3.5 2.2/3.6 2.2/3.6 2.2/3.6"),
    ],
)
def test_context_sensitive_half_times(registry, name, printed):
    compartments = registry.get(name)(MAN)
    for hours, text in zip((1, 2, 4, 8), printed.split(), strict=True):
        state = given_for(compartments, 1.0, hours * 3600.0)
        for row, minutes in zip((0, 3), text.split("/"), strict=True):

            def above_half(seconds, state=state, row=row):
                later = step(discretise(compartments, seconds), state, np.zeros(1))
                return later[row, 0] - 0.5 * state[row, 0]

            found = brentq(above_half, 1.0, 7200.0) / 60.0
            assert found == pytest.approx(float(minutes), abs=0.1), (hours, minutes)  # read off a grid of s


def test_every_entry_carries_its_registered_name():
    for registry, name in EVERY_MODEL:
        model = registry.get(name)
        assert (model.name, f"{model.drug} model") == (name, registry.kind)


def test_outside_the_studied_range_warns_once_and_names_it():
    crowd = Covariates.of([20, 22, 85], "M", 175, [70, 130, 80])
    with pytest.warns(UserWarning, match="schnider.*age 25 to 81 years, weight 44 to 123 kg") as caught:
        PROPOFOL.get("schnider")(crowd)
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        PROPOFOL.get("schnider")(MAN)
