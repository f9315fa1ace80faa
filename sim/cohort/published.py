"""Identified patients of published benchmarks, from the tables that ship with the package."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from sim import patient as physiology
from sim.covariates import Covariates
from sim.patient import Patient
from sim.settings import Models

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Published:
    """A cohort of identified patients, who do not differ from seed to seed.

    Attributes:
        description: who they are.
        brings: option of `Models` that they leave no choice of -> what they bring.
        identified: (case numbers, the models left to choose) -> Patient.
    """

    description: str
    brings: Mapping[str, str]
    identified: Callable[[np.ndarray, Models], Patient]

    def __call__(self, keys: np.ndarray, numbers: np.ndarray, models: Models) -> Patient:
        """Return the patients; the table is walked through in order, again and again."""
        return self.identified(numbers, models)


def benchmark_table(name: str) -> pd.DataFrame:
    """Read a published table that ships with the package: "ionescu13", "ares44_eleveld" or "ares44_schnider"."""
    import pandas as pd  # only here: the rest of sim does without

    with files("sim").joinpath("data", f"{name}.csv").open() as file:
        return pd.read_csv(file)


def table_people(table: pd.DataFrame) -> Covariates:
    """Return the covariates of a published table."""
    return Covariates.of(table["age_y"], table["sex"], table["height_cm"], table["weight_kg"])


def _published(name: str, numbers: np.ndarray) -> tuple[Covariates, dict[str, np.ndarray]]:
    """Return the people of a published table, walked through in order again and again, and its columns."""
    table = benchmark_table(name)
    table = table.iloc[np.asarray(numbers) % len(table)].reset_index(drop=True)
    return table_people(table), {column: table[column].to_numpy() for column in table.columns}


def _ionescu13(numbers: np.ndarray, models: Models) -> Patient:
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
        interaction="minto",
    )
    return replace(base, hypnosis=surface)


def _ares44(numbers: np.ndarray, models: Models) -> Patient:
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
        base,
        hypnosis=surface,
        kinetics=replace(base.kinetics, ke0=ke0),
        bis_delay=column["delay_s"].astype(float),
    )


IONESCU13 = Published(
    "13 published patients with their own two-drug response (after Ionescu 2008)",
    {"propofol": "schnider", "remifentanil": "minto", "bis": "each row's own surface"},
    _ionescu13,
)
ARES44 = Published(
    "44 published patients with identified propofol response (AReS)",
    {"propofol": "eleveld, own ke0", "remifentanil": "eleveld", "bis": "each row's own"},
    _ares44,
)
