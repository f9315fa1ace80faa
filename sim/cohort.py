"""Who the patients are: a sampled surgical population, published benchmark patients, people from a file.

Every patient is a function of (seed, number): patient 7 of seed 1 is the same person in any batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim import patient as physiology
from sim.covariates import Covariates
from sim.patient import Patient
from sim.pharmacodynamics import CONSCIOUSNESS, SURFACES, TOLERANCE
from sim.pharmacodynamics.circulation import CIRCULATION, DEVIATIONS
from sim.pharmacokinetics import NOREPINEPHRINE, PROPOFOL, REMIFENTANIL
from sim.pharmacokinetics import compartments as pk
from sim.randomness import truncated_normals, uniforms
from sim.settings import Models

PUBLISHED = ("ionescu13", "ares44")  # cohorts of identified patients,
OWN_MODELS = ("propofol", "remifentanil", "bis")  # who bring these models
RESPONSE_LOG_SD = 0.3  # of the responses to stimulation between patients (choice)

Draw = Callable[[np.ndarray, np.ndarray, Models], Patient]


def draw(name: str, keys: np.ndarray, numbers: np.ndarray, models: Models | None = None) -> Patient:
    """Return the patients of a cohort: by name, or people from a CSV file of demographics.

    Args:
        name: "surgical", "random", "ionescu13", "ares44" or a path that ends in ".csv".
        keys: (patients,), from `sim.randomness.case_keys`.
        numbers: (patients,), case numbers; tables and files are walked through in order, again and again.

    Raises:
        ValueError: unknown name, a model that published patients bring themselves, or a file with a missing
            column or a value that is not allowed.
    """
    models = models or Models()
    for field in OWN_MODELS if name in PUBLISHED else ():
        if getattr(models, field) != getattr(Models(), field):
            raise ValueError(
                f"{field} model: {getattr(models, field)!r} is not allowed with cohort {name!r}, "
                "whose published patients bring their own"
            )
    if name in COHORTS:
        return COHORTS[name](keys, numbers, models)
    if name.endswith(".csv"):
        return sample(take_rows(read_people(name), numbers), keys, models)
    raise ValueError(f"cohort: unknown name {name!r}; allowed are {', '.join(COHORTS)} or a .csv file")


def sample(person: Covariates, keys: np.ndarray, models: Models) -> Patient:
    """Return individuals with these covariates: every published spread drawn, correlations kept.

    Log deviates are truncated at ±3 SD. Sensitivity of the index and of consciousness to propofol go together.
    """
    if not models.variability:
        return physiology.typical(person, models)
    kinetics = [
        _individual(registry.get(name), person, keys, f"kinetics {i}")
        for i, (registry, name) in enumerate(
            (
                (PROPOFOL, models.propofol),
                (REMIFENTANIL, models.remifentanil),
                (NOREPINEPHRINE, models.norepinephrine),
            )
        )
    ]
    hypnosis = SURFACES.get(models.bis)
    sensitivity = _deviates(hypnosis, keys, "hypnosis")
    consciousness = CONSCIOUSNESS.get("kern")
    scale = np.exp(sensitivity.get("c50_propofol", np.zeros(len(keys))))
    circulation = CIRCULATION.get(models.circulation)
    drawn = physiology.assemble(
        person,
        pk.stack(kinetics),
        hypnosis(person, sensitivity),
        _individual(TOLERANCE.get("bouillon"), person, keys, "tolerance"),
        replace(consciousness, c50_propofol=consciousness.c50_propofol * scale),
        circulation(person, circulation.deviations(truncated_normals(keys, "circulation", len(DEVIATIONS)))),
    )
    response = np.exp(RESPONSE_LOG_SD * truncated_normals(keys, "responses", 3))
    return replace(
        drawn,
        arousability=drawn.arousability * response[0],
        resistance_response=drawn.resistance_response * response[1],
        rate_response=drawn.rate_response * response[2],
    )


def read_people(path: str | Path) -> Covariates:
    """Read age, sex, height and weight from a CSV file (VitalDB's `cases.csv` as it is).

    Raises:
        ValueError: naming the file and the missing column, or the bad value and its row.
    """
    try:
        table = pd.read_csv(path)
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ValueError(f"cohort: cannot read {path}: {error}") from None
    for column in ("age", "sex", "height", "weight"):
        if column not in table:
            raise ValueError(f"cohort: {path} has no column {column!r}; found {', '.join(table.columns)}")
    if table.empty:
        raise ValueError(f"cohort: {path} holds no people; at least one row is needed")
    return Covariates.of(table["age"], table["sex"], table["height"], table["weight"])


def take_rows(person: Covariates, numbers: np.ndarray) -> Covariates:
    """Return the covariates of case numbers, starting again after the last row."""
    rows = np.asarray(numbers) % len(person.age)
    return Covariates(person.age[rows], person.female[rows], person.height[rows], person.weight[rows])


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


def benchmark_table(name: str) -> pd.DataFrame:
    """Read a published table that ships with the package: "ionescu13", "ares44_eleveld" or "ares44_schnider"."""
    with files("sim").joinpath("data", f"{name}.csv").open() as file:
        return pd.read_csv(file)


def table_people(table: pd.DataFrame) -> Covariates:
    """Return the covariates of a published table."""
    return Covariates.of(table["age_y"], table["sex"], table["height_cm"], table["weight_kg"])


def _surgical(keys: np.ndarray, numbers: np.ndarray, models: Models) -> Patient:
    return sample(surgical_people(keys), keys, models)


def _random(keys: np.ndarray, numbers: np.ndarray, models: Models) -> Patient:
    return sample(random_people(keys), keys, models)


def _published(name: str, numbers: np.ndarray) -> tuple[Covariates, dict[str, np.ndarray]]:
    """Return the people of a published table, walked through in order again and again, and its columns."""
    table = benchmark_table(name)
    table = table.iloc[np.asarray(numbers) % len(table)].reset_index(drop=True)
    return table_people(table), {column: table[column].to_numpy() for column in table.columns}


def _ionescu13(keys: np.ndarray, numbers: np.ndarray, models: Models) -> Patient:
    """Schnider and Minto kinetics, each row's own two-drug surface."""
    person, column = _published("ionescu13", numbers)
    base = physiology.typical(
        person, replace(models, propofol="schnider", remifentanil="minto", bis="bouillon")
    )
    surface = replace(
        base.hypnosis,
        c50_propofol=column["c50_propofol_ug_per_ml"],
        c50_remifentanil=column["c50_remifentanil_ng_per_ml"],
        gamma_light=column["gamma"],
        gamma_deep=column["gamma"],
        beta=column["beta"],
        e0=column["e0_bis"],
        emax=column["emax_bis"],
    )
    return replace(base, hypnosis=surface)


def _ares44(keys: np.ndarray, numbers: np.ndarray, models: Models) -> Patient:
    """Eleveld kinetics with each row's ke0, delay and propofol response."""
    person, column = _published("ares44_eleveld", numbers)
    base = physiology.typical(
        person, replace(models, propofol="eleveld", remifentanil="eleveld", bis="eleveld")
    )
    ke0 = base.kinetics.ke0.copy()
    ke0[0] = column["ke0_per_min"]
    surface = replace(
        base.hypnosis,
        c50_propofol=column["c50_propofol_ug_per_ml"],
        gamma_light=column["gamma"],
        gamma_deep=column["gamma"],
        e0=column["baseline_index"],
        emax=column["baseline_index"],
    )
    return replace(
        base, hypnosis=surface, kinetics=replace(base.kinetics, ke0=ke0), bis_delay=column["delay_s"]
    )


COHORTS: Mapping[str, Draw] = {
    "surgical": _surgical,
    "random": _random,
    "ionescu13": _ionescu13,
    "ares44": _ares44,
}


def _deviates(model: Any, keys: np.ndarray, purpose: str) -> dict[str, np.ndarray]:
    names = sorted(model.log_sd)
    z = truncated_normals(keys, purpose, max(len(names), 1))
    return {name: model.log_sd[name] * z[i] for i, name in enumerate(names)}


def _individual(model: Any, person: Covariates, keys: np.ndarray, purpose: str) -> Any:
    return model(person, _deviates(model, keys, purpose))
