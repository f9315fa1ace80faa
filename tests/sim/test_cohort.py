"""Who the patients are: reproducible people, published tables, published spread, files read with care."""

from __future__ import annotations

import dataclasses
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim import cohort
from sim.arrays import map_arrays, take
from sim.cohort import COHORTS, draw, sample
from sim.covariates import Covariates
from sim.patient import Patient, typical
from sim.pharmacodynamics import hemodynamics
from sim.randomness import case_keys
from sim.settings import Models

MANY = np.arange(4000)
KEYS = case_keys(1, MANY)
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def clones(models: Models | None = None, size: int = 20_000) -> Patient:
    """Individuals with the same covariates."""
    men = Covariates.of(40, "M", 170, [70.0] * size)
    return sample(men, case_keys(2, np.arange(size)), models or Models())


def same(one: Any, other: Any) -> None:
    map_arrays(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12), one, other)


@pytest.mark.parametrize("name", COHORTS)
def test_a_patient_is_the_same_person_in_any_batch_and_order(name):
    crowd = draw(name, KEYS[:100], MANY[:100])
    chosen = np.array([93, 7, 41])
    same(draw(name, KEYS[chosen], MANY[chosen]), take(crowd, chosen))
    same(draw(name, KEYS[[7]], MANY[[7]]), take(crowd, np.array([7])))


@pytest.mark.parametrize("name", ["surgical", "random"])
def test_seeds_and_numbers_give_different_people(name):
    first, other = draw(name, KEYS, MANY), draw(name, case_keys(2, MANY), MANY)
    for field in ("v1", "cl", "ke0"):
        values, others = (getattr(p.kinetics, field)[0] for p in (first, other))
        assert len(np.unique(values)) == len(MANY)
        assert abs(np.corrcoef(np.log(values), np.log(others))[0, 1]) < 0.06


def test_random_people_are_those_of_the_published_protocol():
    """18-69 years, 150-189 cm, 50-99 kg, whole numbers, evenly; half of them women."""
    people = draw("random", KEYS, MANY).covariates
    for values, low, high in ((people.age, 18, 69), (people.height, 150, 189), (people.weight, 50, 99)):
        counts = np.bincount(values.astype(int), minlength=high + 2)
        assert (values == np.floor(values)).all()
        assert counts[low : high + 1].sum() == len(MANY)
        assert (counts[low : high + 1] > 0.4 * len(MANY) / (high - low + 1)).all()
    assert people.female.mean() == pytest.approx(0.5, abs=0.03)


def test_surgical_people_are_adults_with_plausible_bodies():
    people = draw("surgical", KEYS, MANY).covariates
    bmi = people.weight / (people.height / 100.0) ** 2
    assert people.age.min() >= 18.0
    assert people.age.max() <= 80.0
    assert bmi.min() > 17.5
    assert bmi.max() < 35.5
    assert np.median(people.age) == pytest.approx(49.0, abs=1.0)
    assert people.female.mean() == pytest.approx(0.5, abs=0.03)
    taller = people.height[people.female == 0].mean() - people.height[people.female == 1].mean()
    assert taller == pytest.approx(13.0, abs=0.7)
    assert abs(np.corrcoef(people.age, people.height)[0, 1]) < 0.06


def test_changing_a_model_keeps_the_person():
    one, other = (
        draw("surgical", KEYS[:50], MANY[:50], Models(propofol=name)) for name in ("eleveld", "schnider")
    )
    same(one.covariates, other.covariates)
    same(one.circulation, other.circulation)
    np.testing.assert_array_equal(one.kinetics.v1[1], other.kinetics.v1[1])
    assert (one.kinetics.v1[0] != other.kinetics.v1[0]).all()


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
    (None, "resistance_response"),
    (None, "rate_response"),
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
    people = clones()
    expected = {
        "kinetics.v1": [0.610**0.5, 0.104**0.5, np.log1p(0.445**2) ** 0.5],
        "kinetics.cl": [0.265**0.5, 0.0197**0.5, np.log1p(0.106**2) ** 0.5],
        "kinetics.ke0": [0.702**0.5, 0.947**0.5],
        "hypnosis.c50_propofol": 0.242**0.5,
        "tolerance.gamma_propofol": np.log1p(0.9**2) ** 0.5,
        "arousability": 0.3,
    }
    for path, log_sd in expected.items():
        part, _, name = path.rpartition(".")
        values = value(people, part or None, name)
        rows = np.atleast_2d(values)[: np.size(log_sd)]
        found = np.log(rows).std(axis=-1)
        np.testing.assert_allclose(found, TRUNCATION * np.atleast_1d(log_sd), rtol=0.025, err_msg=path)


@pytest.mark.parametrize(("name", "log_sd"), [("su2023", 0.120), ("vitaldb", 0.147)])
def test_baseline_pressure_spreads_as_published(name, log_sd):
    pressure = hemodynamics.awake_pressure(clones(Models(circulation=name)).circulation)
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
        "rate response": people.rate_response,
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


IONESCU = {  # age, height, weight; C50p, C50r, gamma, beta, E0, Emax
    0: (40, 163, 54, 4.73, 24.97, 2.97, 0.30, 97.86, 89.62),
    5: (43, 163, 59, 3.41, 23.26, 3.16, 0.58, 85.33, 97.07),
    10: (42, 179, 78, 3.79, 22.25, 2.35, 1.12, 98.02, 96.95),
    12: (38, 169, 65, 4.64, 19.50, 2.38, 0.48, 93.82, 94.40),
}


def test_the_thirteen_are_the_published_ones_with_schnider_and_minto():
    numbers = np.arange(26)
    found = draw("ionescu13", case_keys(0, numbers), numbers)
    person, surface = found.covariates, found.hypnosis
    c50s = [surface.c50_propofol, surface.c50_remifentanil]
    rest = [surface.gamma_light, surface.beta, surface.e0, surface.emax]
    columns = np.stack([person.age, person.height, person.weight, *c50s, *rest])
    for row, expected in IONESCU.items():
        np.testing.assert_array_equal(columns[:, row], expected)
        np.testing.assert_array_equal(columns[:, row + 13], expected)  # the table starts again
    np.testing.assert_array_equal(surface.gamma_deep, surface.gamma_light)
    assert person.female[[0, 4, 6, 10]].tolist() == [1.0, 0.0, 0.0, 0.0]
    assert person.female[:13].sum() == 10
    assert surface.interaction == "minto"
    reference = typical(person, Models("schnider", "minto"))
    same(found.kinetics, reference.kinetics)


def test_the_forty_four_keep_their_identified_dynamics():
    numbers = np.arange(44)
    found = draw("ares44", case_keys(0, numbers), numbers)
    table = pd.read_csv(Path(cohort.__file__).parent / "data" / "ares44_eleveld.csv")
    reference = typical(found.covariates)
    assert (found.covariates.age.min(), found.covariates.age.max()) == (22, 79)
    np.testing.assert_allclose(found.kinetics.ke0[0], table["ke0_per_min"])
    np.testing.assert_allclose(found.hypnosis.c50_propofol, table["c50_propofol_ug_per_ml"])
    np.testing.assert_allclose(found.bis_delay, table["delay_s"])
    np.testing.assert_allclose(found.hypnosis.e0, table["baseline_index"])
    np.testing.assert_array_equal(found.kinetics.ke0[1], reference.kinetics.ke0[1])
    np.testing.assert_array_equal(found.kinetics.v2, reference.kinetics.v2)
    spread = np.log(found.hypnosis.c50_propofol).std()
    assert 0.26 < spread < 0.30


@pytest.fixture
def people_file(tmp_path):
    def write(text: str) -> str:
        path = tmp_path / "people.csv"
        path.write_text(text)
        return str(path)

    return write


def test_people_come_from_a_file_in_order_again_and_again(people_file):
    path = people_file("caseid,age,sex,height,weight\n1,40,M,170,70\n2,70,F,160,60\n")
    found = draw(path, KEYS[:5], MANY[:5])
    assert found.covariates.age.tolist() == [40, 70, 40, 70, 40]
    assert found.covariates.female.tolist() == [0, 1, 0, 1, 0]
    assert found.kinetics.v1[0, 0] != found.kinetics.v1[0, 2]  # the same demographics, another individual
    same(draw(path, KEYS[[3]], MANY[[3]]), take(found, np.array([3])))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("age,sex,height\n40,M,170\n", "cohort: .* has no column 'weight'; found age, sex, height"),
        ("age,sex,height,weight\n40,M,170,70\n40,M,1.7,70\n", r"height: 1\.7 \(row 2\) is not allowed"),
        ("age,sex,height,weight\n40,M,170,\n", r"weight: nan \(row 1\) is not allowed"),
        ("age,sex,height,weight\n40,?,170,70\n", r"sex: '\?' \(row 1\) is not allowed; F or M"),
        ("age,sex,height,weight\n", "cohort: .* holds no people"),
        ("", "cohort: cannot read"),
    ],
)
def test_a_bad_file_is_refused_by_what_is_wrong_with_it(people_file, text, message):
    with pytest.raises(ValueError, match=message):
        draw(people_file(text), KEYS[:2], MANY[:2])


def test_unreadable_numbers_in_a_file_are_refused_by_column(people_file):
    with pytest.raises(ValueError, match="age"):
        draw(people_file("age,sex,height,weight\nforty,M,170,70\n"), KEYS[:2], MANY[:2])


def test_a_missing_file_and_an_unknown_cohort_are_refused():
    with pytest.raises(ValueError, match=r"cohort: cannot read nowhere\.csv"):
        draw("nowhere.csv", KEYS[:1], MANY[:1])
    allowed = ", ".join(COHORTS)
    with pytest.raises(ValueError, match=f"cohort: unknown name 'x'; allowed are {allowed} or a .csv file"):
        draw("x", KEYS[:1], MANY[:1])


@pytest.mark.parametrize("field", [f.name for f in dataclasses.fields(Models) if f.name != "variability"])
@pytest.mark.parametrize("variability", [True, False])
def test_an_unknown_model_is_refused(field, variability):
    with pytest.raises(ValueError, match="model: unknown name 'x'; allowed are"):
        draw("surgical", KEYS[:1], MANY[:1], Models(**{field: "x"}, variability=variability))


def test_a_benchmark_table_ships_with_every_published_patient():
    assert len(cohort.benchmark_table("ionescu13")) == 13
    assert len(cohort.benchmark_table("ares44_eleveld")) == 44
    assert len(cohort.benchmark_table("ares44_schnider")) == 44


@pytest.mark.parametrize("name", ["ionescu13", "ares44"])
@pytest.mark.parametrize(
    ("field", "other"), [("propofol", "marsh"), ("remifentanil", "kim"), ("bis", "bouillon")]
)
def test_published_patients_refuse_a_model_they_would_ignore(name, field, other):
    with pytest.raises(ValueError, match=f"{field} model: '{other}' is not allowed with cohort '{name}'"):
        draw(name, case_keys(0, np.arange(2)), np.arange(2), Models(**{field: other}))
