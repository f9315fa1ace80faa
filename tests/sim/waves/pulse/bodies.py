"""People and what drives them, for the tests of their pulse."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from sim.covariates import Covariates
from sim.randomness import case_keys
from sim.waves.drive import Drive, steady

AWAKE = {
    "bis": 95.0, "propofol": 0.0, "remifentanil": 0.0, "nociception": 0.0, "relaxed": 0.0, "operating": 0.0,
    "heart_rate": 70.0, "mean_arterial_pressure": 93.0, "stroke_volume": 75.0, "blood_volume": 1.0,
}  # fmt: skip
ASLEEP = AWAKE | {"bis": 45.0, "propofol": 3.0, "remifentanil": 4.0, "relaxed": 1.0}


def crowd(patients: int, age: float = 40.0, seed: int = 1) -> tuple[Covariates, np.ndarray]:
    """People of one age, and their keys."""
    who = Covariates.of([age] * patients, "F", 165.0, 65.0)
    return who, case_keys(seed, np.arange(patients))


def body(patients: int, seconds: int, state: dict[str, float] = AWAKE, **changed: float) -> Drive:
    """The same for everybody and all the time."""
    return steady(Drive(**{k: np.full(patients, v) for k, v in (state | changed).items()}), seconds)


def then(*drives: Drive) -> Drive:
    """One after another."""
    return Drive(**{f.name: np.concatenate([getattr(d, f.name) for d in drives]) for f in fields(Drive)})


def some(drive: Drive, seconds: slice = slice(None), patients: slice = slice(None)) -> Drive:
    """A part of a drive."""
    return Drive(**{f.name: getattr(drive, f.name)[seconds, patients] for f in fields(Drive)})
