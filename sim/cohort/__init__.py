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
from sim.settings import FACTORS, Models, Source

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


def draw(cohort: Source, keys: np.ndarray, numbers: np.ndarray, models: Models | None = None) -> Patient:
    """Return the patients of a cohort: by name, or people from a table of demographics.

    Args:
        cohort: of `COHORTS`; or a path that ends in ".csv", or its table.
        keys: (patients,), from `sim.randomness.case_keys`.
        numbers: (patients,), case numbers; tables and files are walked through in order, again and again.
        models: what the patients are made of.

    Raises:
        ValueError: unknown name, a model that published patients bring themselves, or a table with a missing
            column or a value that is not allowed.
    """
    models = models or Models()
    if not isinstance(cohort, str) or (cohort not in COHORTS and cohort.endswith(".csv")):
        return listed(cohort, keys, numbers, models)
    if cohort not in COHORTS:
        raise ValueError(f"cohort: unknown name {cohort!r}; allowed are {', '.join(COHORTS)} or a .csv file")
    identified = brought(cohort)
    for field in (*identified, *(FACTORS if identified else ())):
        if getattr(models, field) != getattr(Models(), field):
            raise ValueError(
                f"{field} model: {getattr(models, field)!r} is not allowed with cohort {cohort!r}, "
                "whose published patients bring their own"
            )
    return COHORTS.get(cohort)(keys, numbers, models)


def brought(name: str) -> dict[str, str]:
    """Return which of `Models` the patients of a cohort bring themselves, and what; empty if none."""
    return dict(getattr(COHORTS.get(name), "brings", {})) if name in COHORTS else {}
