"""Who somebody is beside age, sex and size: class of the American Society of Anesthesiologists, and creatinine.

Patients of the testbed have no diseases. The class is drawn by age as recorded cases have it, which
`python -m experiments.risk.ward.recorded` counts (4,311 operations of adults in one Korean hospital); it moves risks
here, and nothing in theatre.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim.randomness import normals, uniforms

CLASSES = (1, 2, 3, 4)
YOUNGER_THAN = (40.0, 50.0, 60.0, 70.0, 80.0, np.inf)  # years
SHARES = (  # of classes 1, 2, 3, 4, a row an age
    (0.540, 0.374, 0.084, 0.002),
    (0.486, 0.438, 0.072, 0.004),
    (0.308, 0.580, 0.108, 0.004),
    (0.229, 0.662, 0.103, 0.006),
    (0.090, 0.758, 0.139, 0.013),
    (0.047, 0.724, 0.217, 0.012),
)
CREATININE = {"female": 0.68, "male": 0.91}  # mg/dL, medians of the same cases
CREATININE_LOG_SD = 0.2  # of their middle half


def asa(keys: np.ndarray, age: np.ndarray) -> np.ndarray:
    """Return the class, (patients,), 1 to 4.

    Args:
        keys: (patients,), of `sim.randomness.case_keys`.
        age: (patients,), years.
    """
    row = np.searchsorted(YOUNGER_THAN, age, side="right")
    up_to = np.cumsum(SHARES, axis=1)[row]
    return 1 + np.sum(uniforms(keys, "asa", 0, 1)[0][:, None] > up_to[:, :-1], axis=1)


def as_exposures(classes: np.ndarray) -> Mapping[str, np.ndarray]:
    """Return classes, (patients,), as what links begin with."""
    one = {f"asa_{number}": (classes == number).astype(float) for number in CLASSES[1:]}
    return {**one, "asa_above_2": (classes > 2).astype(float)}


def creatinine(keys: np.ndarray, female: np.ndarray) -> np.ndarray:
    """Return creatinine before the operation, (patients,), mg/dL."""
    middle = np.where(female > 0.5, CREATININE["female"], CREATININE["male"])
    return middle * np.exp(CREATININE_LOG_SD * normals(keys, "creatinine", 0, 1)[0])
