"""Who a patient is on paper: age, sex, height, weight, and the lean-mass formulas built on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.arrays import Array, namespace
from sim.settings import shown

ALLOWED = {"age": (0.0, 110.0), "height": (40.0, 230.0), "weight": (1.0, 300.0)}
UNITS = {"age": "years", "height": "cm", "weight": "kg"}
FEMALE = {"f": 1.0, "female": 1.0, "w": 1.0, "m": 0.0, "male": 0.0}


@dataclass(frozen=True)
class Covariates:
    """Demographics, arrays of shape (patients,): age (years), female (1.0 or 0.0), height (cm), weight (kg)."""

    age: Array
    female: Array
    height: Array
    weight: Array

    @classmethod
    def of(cls, age: Any, sex: Any, height: Any, weight: Any) -> Covariates:
        """Build validated float64 NumPy covariates from numbers, lists or columns; sex as "F" or "M".

        Raises:
            ValueError: naming the field, the first bad value (and its row) and what is allowed.
        """
        numbers = {}
        for field, values in (("age", age), ("height", height), ("weight", weight)):
            array = _numbers(field, values)
            low, high = ALLOWED[field]
            bad = ~((array >= low) & (array <= high))
            if bad.any():
                row = int(np.argmax(bad))
                raise ValueError(
                    f"{field}: {array[row]:g} (row {row + 1}) is not allowed; "
                    f"{low:g} to {high:g} {UNITS[field]}"
                )
            numbers[field] = array
        sexes = np.atleast_1d(np.asarray(sex, dtype=object))
        for row, value in enumerate(sexes):
            if str(value).strip().lower() not in FEMALE:
                raise ValueError(f"sex: {shown(value)} (row {row + 1}) is not allowed; F or M")
        female = np.array([FEMALE[str(value).strip().lower()] for value in sexes])
        columns = {
            "age": numbers["age"],
            "female": female,
            "height": numbers["height"],
            "weight": numbers["weight"],
        }
        count = next((len(column) for column in columns.values() if len(column) > 1), 1)
        for field, column in columns.items():
            if len(column) not in (1, count):
                raise ValueError(
                    f"{field}: {len(column)} values are not allowed; 1 or {count}, as the others have"
                )
        return cls(*(np.array(np.broadcast_to(column, count)) for column in columns.values()))


def _numbers(field: str, values: Any) -> np.ndarray:
    """Return float64 (patients,). Raises ValueError naming the first value that is no number."""
    array = np.atleast_1d(np.asarray(values, dtype=object))
    for row, value in enumerate(array):
        try:
            float(value)
        except (TypeError, ValueError):
            raise ValueError(f"{field}: {shown(value)} (row {row + 1}) is not allowed; a number") from None
    return array.astype(float)


def body_mass_index(person: Covariates) -> Array:
    """Return kg/m²."""
    return person.weight / (person.height / 100.0) ** 2


def lean_body_mass_james(person: Covariates) -> Array:
    """James lean body mass (kg); turns over above BMI 43 (men) and 36 (women). James, HMSO 1976."""
    ratio = (person.weight / person.height) ** 2
    return (1.10 - 0.03 * person.female) * person.weight - (128.0 + 20.0 * person.female) * ratio


def fat_free_mass_janmahasatian(person: Covariates) -> Array:
    """Fat-free mass (kg). Janmahasatian, Clin Pharmacokinet 2005;44:1051."""
    bmi = body_mass_index(person)
    man = 9270.0 * person.weight / (6680.0 + 216.0 * bmi)
    woman = 9270.0 * person.weight / (8780.0 + 244.0 * bmi)
    return man + (woman - man) * person.female


def fat_free_mass_al_sallami(person: Covariates) -> Array:
    """Fat-free mass (kg) with maturation in childhood. Al-Sallami, Clin Pharmacokinet 2015;54:1169."""
    xp = namespace(person.age)
    age = xp.maximum(person.age, xp.asarray(1e-6))  # a power of zero age would divide by zero
    boy = 0.88 + 0.12 / (1.0 + (age / 13.4) ** -12.7)
    girl = 1.11 - 0.11 / (1.0 + (age / 7.1) ** -1.1)
    return (boy + (girl - boy) * person.female) * fat_free_mass_janmahasatian(person)
