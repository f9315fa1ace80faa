"""Remifentanil: the published kinetic models (µg, ng/mL)."""

from __future__ import annotations

from math import exp

from sim.arrays import namespace
from sim.covariates import (
    Covariates,
    fat_free_mass_al_sallami,
    fat_free_mass_janmahasatian,
    lean_body_mass_james,
)
from sim.pharmacokinetics.compartments import Compartments
from sim.pharmacokinetics.models import KineticModel, build
from sim.published import Deviates, individual, triangle

V1, V2, V3, CL, Q2, Q3 = map(exp, (1.759110, 2.177170, 1.614450, 0.946257, 0.540315, -2.083880))  # L, L/min
MATURATION_WEIGHT = 2.878980  # kg
FAT_FREE_MASS_REFERENCE = float(fat_free_mass_al_sallami(Covariates.of(35.0, "M", 170.0, 70.0))[0])  # kg


def minto(person: Covariates, eta: Deviates) -> Compartments:
    """Minto, Anesthesiology 1997;86:10."""
    years = person.age - 40.0
    lean = lean_body_mass_james(person) - 55.0
    return build(
        person,
        eta,
        v1=5.1 - 0.0201 * years + 0.072 * lean,
        v2=9.82 - 0.0811 * years + 0.108 * lean,
        v3=5.42,
        cl=2.6 - 0.0162 * years + 0.0191 * lean,
        q2=2.05 - 0.0301 * years,
        q3=0.076 - 0.00113 * years,
        ke0=0.595 - 0.007 * years,
    )


def eleveld(person: Covariates, eta: Deviates) -> Compartments:
    """Eleveld, Anesthesiology 2017;126:1005; Q2 and Q3 follow the individual's V2 and V3, with deviates."""
    xp = namespace(person.age)
    years = person.age - 35.0
    size = fat_free_mass_al_sallami(person) / FAT_FREE_MASS_REFERENCE
    grown, ageing = (person.age / 12.0) ** 6, (person.age / 45.0) ** 6
    sex = 1.0 + 0.4704050 * person.female * grown / (1.0 + grown) / (1.0 + ageing)
    maturation = (1.0 + (MATURATION_WEIGHT / 70.0) ** 2) / (1.0 + (MATURATION_WEIGHT / person.weight) ** 2)
    slow, slower = xp.exp(-0.00554481 * years), xp.exp(-0.00326985 * years)
    v2 = V2 * size * slower * sex
    v3 = V3 * size * xp.exp(-0.0315135 * years - 0.0260496 * (person.weight - 70.0))
    return build(
        person,
        eta,
        v1=V1 * size * slow,
        v2=v2,
        v3=v3,
        cl=CL * size**0.75 * maturation * sex * slower,
        q2=Q2 * (individual(v2, eta, "v2") / V2) ** 0.75 * slow * sex,
        q3=Q3 * (individual(v3, eta, "v3") / V3) ** 0.75 * slow,
        ke0=1.09 * xp.exp(-0.0289 * years),
    )


def kim(person: Covariates, eta: Deviates) -> Compartments:
    """Kim, Anesthesiology 2017;126:1019 (obesity). The paper has no ke0; Minto's is used."""
    years = person.age - 37.0
    weight = person.weight / 74.5
    return build(
        person,
        eta,
        v1=4.76 * weight**0.658,
        v2=8.4 * (fat_free_mass_janmahasatian(person) / 52.3) ** 0.573 - 0.0936 * years,
        v3=4.0 - 0.0477 * years,
        cl=2.77 * weight**0.336 - 0.0149 * years,
        q2=1.94 - 0.0280 * years,
        q3=0.197,
        ke0=0.595 - 0.007 * (person.age - 40.0),
    )


# How people differ: covariances refitted around each model's typical person to Minto's 65 volunteers, by
# python -m experiments.recorded.pharmacokinetics --refit; those of ke0 as published. The published variances (Eleveld)
# and coefficients of variation (Minto) agree with the refitted SDs, but drawn independently they spread records too
# far: log-SD between them .161 measured, .230 as published, .163 with correlations (Eleveld); .165, .197, .159
# (Minto); .175, .340, .181 (Kim, whose own people were obese).
_NAMES = "v1 v2 v3 cl q2 q3"

MINTO = KineticModel(
    "minto",
    "remifentanil",
    minto,
    {
        "v1": 0.232,
        "v2": 0.297,
        "v3": 0.629,
        "cl": 0.138,
        "q2": 0.381,
        "q3": 0.491,
        "ke0": 0.617,
    },  # ke0: CV 0.68
    {"age": (20.0, 85.0), "weight": (45.0, 106.0)},
    lean_mass=lean_body_mass_james,
    correlation=triangle(
        _NAMES,
        (0.02,),
        (0.05, 0.50),
        (0.15, 0.55, 0.09),
        (-0.12, 0.79, 0.15, 0.60),
        (0.42, 0.29, 0.52, 0.37, 0.13),
    ),
)
ELEVELD = KineticModel(
    "eleveld",
    "remifentanil",
    eleveld,
    {
        "v1": 0.245,
        "v2": 0.327,
        "v3": 0.658,
        "cl": 0.138,
        "q2": 0.270,
        "q3": 0.607,
        "ke0": 0.973,
    },  # ke0: ω² 0.947
    {"age": (0.0, 85.0), "weight": (2.5, 106.0)},
    correlation=triangle(
        _NAMES,
        (0.03,),
        (0.56, 0.46),
        (0.31, 0.58, 0.47),
        (-0.46, 0.33, -0.30, 0.17),
        (-0.30, -0.43, -0.53, -0.31, 0.29),
    ),
)
KIM = KineticModel(
    "kim",
    "remifentanil",
    kim,
    {"v1": 0.301, "v2": 0.382, "v3": 0.562, "cl": 0.142, "q2": 0.466, "q3": 0.669},
    correlation=triangle(
        _NAMES,
        (-0.15,),
        (0.43, 0.13),
        (0.22, 0.36, 0.34),
        (-0.24, 0.81, -0.05, 0.38),
        (0.09, -0.33, 0.54, 0.30, -0.21),
    ),
)
