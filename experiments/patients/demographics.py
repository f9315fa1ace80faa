"""Who recorded people are on paper, jointly: share of women, quantiles of age, height and body mass by age and sex."""

from __future__ import annotations

import numpy as np

from sim.cohort.population import MIDDLE_AGE, People
from sim.covariates import Covariates, body_mass_index

PROBABILITIES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


def fit(person: Covariates) -> People:
    """Return the demographics of these people (one entry a person)."""
    return People(
        female=round(float(person.female.mean()), 3),
        probabilities=PROBABILITIES,
        ages=tuple(round(float(age), 1) for age in np.quantile(person.age, PROBABILITIES)),
        height=_line(person, person.height, 2),
        log_bmi=_line(person, np.log(body_mass_index(person)), 4),
    )


def _line(person: Covariates, values: np.ndarray, digits: int) -> tuple[float, float, float, float]:
    """Return value at middle age, change per year, change of women, and SD around (least squares)."""
    design = np.stack([np.ones_like(person.age), person.age - MIDDLE_AGE, person.female], axis=1)
    found, *_ = np.linalg.lstsq(design, values, rcond=None)
    rest = values - design @ found
    sd = float(np.sqrt((rest**2).sum() / (len(values) - design.shape[1])))
    middle, per_year, women = (round(float(value), digits) for value in found)
    return middle, per_year, women, round(sd, digits)
