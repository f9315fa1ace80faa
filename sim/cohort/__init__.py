"""Who the patients are: a sampled surgical population, published benchmark patients, people from a file.

An entry is a function (keys, numbers, models) -> Patient, whose arguments are those of `draw`. Every patient is a
function of (seed, number): patient 7 of seed 1 is the same person in any batch.
"""

from __future__ import annotations

import numpy as np

from sim.cohort.individuals import sample
from sim.cohort.people import listed, random_people, recorded_people, surgical_people
from sim.cohort.published import Published, benchmark_table
from sim.patient import Patient
from sim.registry import Registry
from sim.settings import Models

__all__ = [
    "COHORTS",
    "Published",
    "benchmark_table",
    "brought",
    "draw",
    "random_people",
    "recorded_people",
    "sample",
    "surgical_people",
]

COHORTS = Registry(
    "cohort",
    recorded="sim.cohort.people:recorded",
    surgical="sim.cohort.people:surgical",
    random="sim.cohort.people:random",
    ionescu13="sim.cohort.published:IONESCU13",
    ares44="sim.cohort.published:ARES44",
)


def draw(name: str, keys: np.ndarray, numbers: np.ndarray, models: Models | None = None) -> Patient:
    """Return the patients of a cohort: by name, or people from a CSV file of demographics.

    Args:
        name: of `COHORTS`, or a path that ends in ".csv".
        keys: (patients,), from `sim.randomness.case_keys`.
        numbers: (patients,), case numbers; tables and files are walked through in order, again and again.
        models: what the patients are made of.

    Raises:
        ValueError: unknown name, a model that published patients bring themselves, or a file with a missing
            column or a value that is not allowed.
    """
    models = models or Models()
    for field in brought(name):
        if getattr(models, field) != getattr(Models(), field):
            raise ValueError(
                f"{field} model: {getattr(models, field)!r} is not allowed with cohort {name!r}, "
                "whose published patients bring their own"
            )
    if name in COHORTS:
        return COHORTS.get(name)(keys, numbers, models)
    if name.endswith(".csv"):
        return listed(name, keys, numbers, models)
    raise ValueError(f"cohort: unknown name {name!r}; allowed are {', '.join(COHORTS)} or a .csv file")


def brought(name: str) -> dict[str, str]:
    """Return which of `Models` the patients of a cohort bring themselves, and what; empty if none."""
    return dict(getattr(COHORTS.get(name), "brings", {})) if name in COHORTS else {}
