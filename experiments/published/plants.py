"""The patients of the published benchmarks P1, P2 and P3, as kinetics of two drugs and a response surface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Array, map_arrays
from sim.cohort import draw, random_people
from sim.covariates import Covariates
from sim.pharmacodynamics import SURFACES
from sim.pharmacodynamics.circulation import Circulation
from sim.pharmacodynamics.hypnosis import ResponseSurface
from sim.pharmacokinetics import PROPOFOL, REMIFENTANIL
from sim.pharmacokinetics.compartments import Compartments, stack
from sim.pharmacokinetics.models import PARAMETERS
from sim.randomness import case_keys, normals
from sim.settings import Models

FIRST_TRAINING_CASE = 100_000  # of P3; smaller numbers are test cases
IONESCU_PATIENTS, ARES_PATIENTS = 13, 44
ARES_C50_REMIFENTANIL = 12.7  # ng/mL
# Variances of log deviates as PAS 1.0 reads Eleveld's tables (v1 v2 v3 cl q2 q3 ke0). Remifentanil's ke0 is 0.947
# in Anesthesiology 2017;126:1005, whose CV is 1.26.
PAS_PROPOFOL = (0.610, 0.565, 0.597, 0.265, 0.346, 0.209, 0.702)
PAS_REMIFENTANIL = (0.104, 0.115, 0.810, 0.0197, 0.0547, 0.285, 1.26)
INHERITED = 0.75  # Eleveld's Q2 and Q3 go with V2 and V3 to this power; PAS 1.0 draws them independently


@dataclass(frozen=True)
class Plant:
    """People, their propofol and remifentanil kinetics (2, ..., patients), and the surface both act on."""

    person: Covariates
    compartments: Compartments
    surface: ResponseSurface


@dataclass(frozen=True)
class AresPlant(Plant):
    """A plant with the delay of the effect, whole s (patients,), and a circulation."""

    delay: Array
    circulation: Circulation


def ionescu_plant() -> Plant:
    """Return P1's 13 patients: Schnider and Minto kinetics. Sources: `sim/data/README.md`."""
    numbers = np.arange(IONESCU_PATIENTS)
    patient = draw("ionescu13", case_keys(0, numbers), numbers)
    return Plant(patient.covariates, map_arrays(lambda rows: rows[:2], patient.kinetics), patient.hypnosis)


def ares_plant() -> AresPlant:
    """Return P2's 44 patients: Eleveld kinetics with their own ke0.

    Hosseinirad, Comput Methods Programs Biomed 2025 (AReS).
    """
    numbers = np.arange(ARES_PATIENTS)
    patient = draw("ares44", case_keys(0, numbers), numbers, Models(circulation="su2023"))
    propofol = PROPOFOL.get("eleveld_rounded")(patient.covariates)
    one = np.ones(ARES_PATIENTS)
    assert isinstance(patient.circulation, Circulation)  # theirs is
    return AresPlant(
        patient.covariates,
        stack(
            [
                replace(propofol, ke0=patient.kinetics.ke0[0]),
                REMIFENTANIL.get("eleveld")(patient.covariates),
            ]
        ),
        replace(
            patient.hypnosis,
            c50_remifentanil=ARES_C50_REMIFENTANIL * one,
            beta=one,
            interaction="minto",
        ),
        patient.bis_delay,
        patient.circulation,
    )


def random_plant(keys: np.ndarray) -> Plant:
    """Return P3's patients: Eleveld kinetics, Bouillon surface, every parameter drawn on its own.

    Args:
        keys: (patients,), from `sim.randomness.case_keys`.
    """
    person = random_people(keys)
    bouillon, propofol, remifentanil = (
        SURFACES.get("bouillon"),
        PROPOFOL.get("eleveld"),
        REMIFENTANIL.get("eleveld"),
    )
    drugs = [
        propofol(person, _independent(keys, "benchmark propofol", PAS_PROPOFOL)),
        remifentanil(person, _independent(keys, "benchmark remifentanil", PAS_REMIFENTANIL)),
    ]
    names = ("c50_propofol", "c50_remifentanil", "gamma")
    z = normals(keys, "benchmark surface", 0, len(names))
    deviates = {name: bouillon.log_sd[name] * row for name, row in zip(names, z, strict=True)}
    return Plant(person, stack(drugs), bouillon(person, deviates))


def _independent(keys: np.ndarray, purpose: str, variances: Sequence[float]) -> dict[str, np.ndarray]:
    """Draw log deviates such that every parameter, Q2 and Q3 too, varies by its own alone."""
    z = normals(keys, purpose, 0, len(PARAMETERS))
    eta = {name: v**0.5 * row for name, v, row in zip(PARAMETERS, variances, z, strict=True)}
    return eta | {"q2": eta["q2"] - INHERITED * eta["v2"], "q3": eta["q3"] - INHERITED * eta["v3"]}
