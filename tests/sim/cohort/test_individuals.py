"""Individuals with given covariates: the published spread around the typical one, part by part."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from sim.cohort import draw, sample
from sim.covariates import Covariates
from sim.patient import Patient, typical
from sim.randomness import case_keys
from sim.settings import Models
from tests.sim.cohort.crowd import KEYS, MANY, same

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def clones(models: Models | None = None, size: int = 20_000) -> Patient:
    """Individuals with the same covariates."""
    men = Covariates.of(40, "M", 170, [70.0] * size)
    return sample(men, case_keys(2, np.arange(size)), models or Models())


PARAMETERS = [
    ("kinetics", "v1"),
    ("kinetics", "v2"),
    ("kinetics", "cl"),
    ("hypnosis", "c50_propofol"),
    ("tolerance", "c50_remifentanil"),
    ("tolerance", "gamma_propofol"),
    ("circulation", "tpr0"),
    ("circulation", "sv0"),
    ("circulation", "hr0"),
    (None, "arousability"),
    ("circulation", "tpr_response"),
    ("circulation", "hr_response"),
]


def value(patient: Patient, part: str | None, name: str) -> np.ndarray:
    return getattr(getattr(patient, part) if part else patient, name)


@pytest.mark.parametrize(("part", "name"), PARAMETERS)
def test_the_median_individual_is_the_typical_one(part, name):
    men = Covariates.of(40, "M", 170, 70)
    centre, drawn = value(typical(men), part, name), value(clones(), part, name)
    np.testing.assert_allclose(np.median(drawn, axis=-1), np.squeeze(centre), rtol=0.02)


TRUNCATION = 0.98658  # SD of a standard normal truncated at ± 3


def test_spread_of_the_drawn_is_the_published_one():
    """log-SD, after truncation at ± 3: parameters of every drug and effect."""
    people = clones(Models(propofol="eleveld", bis="eleveld"))
    expected = {
        "kinetics.v1": [0.610, 0.245, np.log1p(0.445**2) ** 0.5],
        "kinetics.cl": [0.265, 0.138, np.log1p(0.106**2) ** 0.5],
        "kinetics.ke0": [0.702, 0.947**0.5],
        "hypnosis.c50_propofol": 0.242,
        "tolerance.gamma_propofol": np.log1p(0.9**2) ** 0.5,
        "arousability": 0.3,
    }
    for path, log_sd in expected.items():
        part, _, name = path.rpartition(".")
        values = value(people, part or None, name)
        rows = np.atleast_2d(values)[: np.size(log_sd)]
        found = np.log(rows).std(axis=-1)
        np.testing.assert_allclose(found, TRUNCATION * np.atleast_1d(log_sd), rtol=0.025, err_msg=path)


def test_what_goes_together_in_measured_people_does_so_in_drawn_ones():
    kinetics = clones().kinetics
    volume, clearance = np.log(kinetics.v2[1]), np.log(kinetics.cl[1])
    assert np.corrcoef(volume, clearance)[0, 1] == pytest.approx(0.58, abs=0.02)
    assert abs(np.corrcoef(np.log(kinetics.v2[0]), np.log(kinetics.cl[0]))[0, 1]) < 0.02


@pytest.mark.parametrize(("name", "log_sd"), [("su2023", 0.120), ("vitaldb", 0.147)])
def test_baseline_pressure_spreads_as_published(name, log_sd):
    pressure = clones(Models(circulation=name)).circulation.awake_pressure
    assert np.log(pressure).std() == pytest.approx(TRUNCATION * log_sd, abs=0.003)


def test_parts_of_a_patient_vary_independently():
    """One draw shared by all would make a patient sensitive to everything at once."""
    people = clones()
    rows = {
        "propofol v1": people.kinetics.v1[0],
        "propofol v2": people.kinetics.v2[0],
        "propofol cl": people.kinetics.cl[0],
        "remifentanil v1": people.kinetics.v1[1],
        "norepinephrine v1": people.kinetics.v1[2],
        "c50": people.hypnosis.c50_propofol,
        "tolerance": people.tolerance.c50_remifentanil,
        "tpr0": people.circulation.tpr0,
        "slope": people.circulation.hr_slope,
        "arousability": people.arousability,
        "rate response": people.circulation.hr_response,
    }
    logs = {name: np.log(row) if (row > 0).all() else row for name, row in rows.items()}
    for one, other in combinations(logs, 2):
        assert abs(np.corrcoef(logs[one], logs[other])[0, 1]) < 0.03, (one, other)


def test_who_needs_more_for_the_index_needs_more_to_sleep():
    people = clones(size=50)
    np.testing.assert_allclose(
        people.consciousness.c50_propofol / 1.80,
        people.hypnosis.c50_propofol / typical(Covariates.of(40, "M", 170, 70)).hypnosis.c50_propofol,
    )


def test_without_variability_everybody_is_typical():
    found = draw("surgical", KEYS[:20], MANY[:20], Models(variability=False))
    same(found, typical(found.covariates))
