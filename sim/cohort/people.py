"""People on paper: covariates sampled for a case, or read from a file, and the cohorts of individuals made of them."""

from __future__ import annotations

import numpy as np

from sim.cohort.individuals import sample
from sim.cohort.population import MIDDLE_AGE, People
from sim.cohort.population import recorded as recorded_population
from sim.covariates import Covariates
from sim.patient import Patient
from sim.randomness import truncated_normals, uniforms
from sim.settings import Models, Source, read_table

TRUNCATION = 2.6  # SDs, of height and body mass between people of an age and sex; 1 in 107 is beyond (choice)


def recorded(keys: np.ndarray, numbers: np.ndarray, models: Models) -> Patient:
    """Return adults like those of recorded cases: age, sex, height and weight together, as fitted to them."""
    return sample(recorded_people(keys), keys, models)


def surgical(keys: np.ndarray, numbers: np.ndarray, models: Models) -> Patient:
    """Return adults as they come to surgery, 18–80 years, body mass index 18–35 kg/m²."""
    return sample(surgical_people(keys), keys, models)


def random(keys: np.ndarray, numbers: np.ndarray, models: Models) -> Patient:
    """Return random adults of protocol P3, 18–69 years, 150–189 cm, 50–99 kg."""
    return sample(random_people(keys), keys, models)


def listed(source: Source, keys: np.ndarray, numbers: np.ndarray, models: Models) -> Patient:
    """Return individuals with the covariates of a table. Raises ValueError as `read_people` does."""
    return sample(take_rows(read_people(source), numbers), keys, models)


def recorded_people(keys: np.ndarray, people: People | None = None) -> Covariates:
    """Return people like those of recorded cases, or of another population.

    Nobody is outside the fitted range of ages, or further than `TRUNCATION` SDs from the typical height and body mass
    of their age and sex: who would be is drawn inside, not put on the border.
    """
    people = people or recorded_population().people
    u = uniforms(keys, "people recorded", 0, 2)
    z = truncated_normals(keys, "people recorded size", 2, limit=TRUNCATION)
    low, high = people.probabilities[0], people.probabilities[-1]
    age = np.round(np.interp(low + (high - low) * u[0], people.probabilities, people.ages))
    female = (u[1] < people.female).astype(float)

    def of(line: tuple[float, float, float, float], deviate: np.ndarray) -> np.ndarray:
        middle, per_year, women, sd = line
        return middle + per_year * (age - MIDDLE_AGE) + women * female + sd * deviate

    height = np.round(of(people.height, z[0]))
    bmi = np.exp(of(people.log_bmi, z[1]))
    return Covariates(age, female, height, np.round(bmi * (height / 100.0) ** 2, 1))


def surgical_people(keys: np.ndarray) -> Covariates:
    """Return adults as they come to surgery: 18-80 years, body mass index 18-35 kg/m² (choice)."""
    z = truncated_normals(keys, "people", 3, limit=2.2)
    female = (uniforms(keys, "people sex", 0, 1)[0] < 0.5).astype(float)
    height = 173.0 - 13.0 * female + 6.5 * z[1]
    bmi = 24.5 * np.exp(0.14 * z[2])
    return Covariates(
        np.round(49.0 + 14.0 * z[0]), female, np.round(height), np.round(bmi * (height / 100.0) ** 2, 1)
    )


def random_people(keys: np.ndarray) -> Covariates:
    """Return protocol P3's people: 18-69 years, 150-189 cm, 50-99 kg, uniform integers, half of them women."""
    u = uniforms(keys, "people", 0, 4)
    whole = [
        np.floor(low + span * row) for low, span, row in ((18, 52, u[0]), (150, 40, u[1]), (50, 50, u[2]))
    ]
    return Covariates(whole[0], (u[3] < 0.5).astype(float), whole[1], whole[2])


def read_people(source: Source) -> Covariates:
    """Return the people of a CSV file (VitalDB's `cases.csv` as it is), or of its table.

    Raises:
        ValueError: naming the file and the missing column, or the bad value and its row.
    """
    table = read_table("cohort", source, ("age", "sex", "height", "weight"))
    return Covariates.of(table["age"], table["sex"], table["height"], table["weight"])


def take_rows(person: Covariates, numbers: np.ndarray) -> Covariates:
    """Return the covariates of case numbers, starting again after the last row."""
    rows = np.asarray(numbers) % len(person.age)
    return Covariates(person.age[rows], person.female[rows], person.height[rows], person.weight[rows])
