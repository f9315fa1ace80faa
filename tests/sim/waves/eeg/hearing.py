"""People whose EEG tests listen to."""

from __future__ import annotations

import numpy as np

from sim.covariates import Covariates
from sim.randomness import case_keys
from sim.waves.drive import Drive, steady
from sim.waves.eeg.generator import EEG


def people(count: int, age: float | None = None) -> Covariates:
    """Adults between 25 and 65, or all of one age."""
    ages = np.linspace(25.0, 65.0, count) if age is None else age
    return Covariates.of(ages, ["F", "M"] * (count // 2) + ["F"] * (count % 2), 170.0, 70.0)


def body(count: int, bis: float, **more: float) -> Drive:
    """A body at one moment, everybody's alike, (patients,)."""
    usual = {
        "propofol": 3.0,
        "remifentanil": 3.0,
        "nociception": 0.0,
        "relaxed": 0.0,
        "operating": 0.0,
        "heart_rate": 70.0,
        "mean_arterial_pressure": 80.0,
        "stroke_volume": 70.0,
        "blood_volume": 1.0,
    }
    return Drive(
        bis=np.full(count, bis), **{name: np.full(count, more.get(name, usual[name])) for name in usual}
    )


def heard(
    bis: float, seconds: int, count: int, age: float | None = None, seed: int = 1, **more: float
) -> np.ndarray:
    """EEG without artefacts at a steady index, (samples, patients), µV."""
    wave = EEG(disturbed=False)
    keys = case_keys(seed, np.arange(count))
    return wave.play(wave.begin(people(count, age), keys), steady(body(count, bis, **more), seconds))[1]
