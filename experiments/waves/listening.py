"""Many people's EEG at a steady depth, and what openibis reads in it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.arrays import Array
from sim.covariates import Covariates
from sim.randomness import case_keys, uniforms
from sim.signals.eeg.openibis import openibis
from sim.waves.drive import Drive, steady
from sim.waves.eeg.generator import EEG

FORGOTTEN = 75  # s, after which nothing of the beginning is in the index: 63 s of suppression, and windows
USUAL = {
    "nociception": 0.0,
    "relaxed": 0.0,
    "operating": 0.0,
    "propofol": 3.0,
    "remifentanil": 3.0,
    "heart_rate": 70.0,
    "mean_arterial_pressure": 80.0,
    "stroke_volume": 70.0,
    "blood_volume": 1.0,
}
ADULTS = 18.0, 85.0  # years


class Read(NamedTuple):
    """Means over time of each person, (patients,): openibis, and the suppression ratio that it found (%)."""

    index: Array
    suppression_ratio: Array


def people(keys: np.ndarray, ages: tuple[float, float] = ADULTS) -> Covariates:
    """Return people of evenly spread ages, a man and a woman in turn; their size matters to no EEG."""
    age = ages[0] + (ages[1] - ages[0]) * uniforms(keys, "age", 0, 1)[0]
    return Covariates(age, np.arange(len(keys)) % 2.0, np.full(len(keys), 170.0), np.full(len(keys), 70.0))


def body(bis: np.ndarray, **more: float) -> Drive:
    """Return a calm body at one moment, at an index (patients,)."""
    rest = {name: np.full(len(bis), more.get(name, usual)) for name, usual in USUAL.items()}
    return Drive(bis=bis, **rest)


def heard(
    wave: EEG, bis: float, seconds: int, count: int, seed: int, ages: tuple[float, float] = ADULTS
) -> np.ndarray:
    """Return the EEG of people at one index, (samples, patients), µV."""
    keys = case_keys(seed, np.arange(count))
    return wave.play(wave.begin(people(keys, ages), keys), steady(body(np.full(count, bis)), seconds))[1]


def read(wave: EEG, bis: float, seconds: int, count: int, seed: int) -> Read:
    """Return what openibis reads of people who stay at one index for so long after the beginning is forgotten."""
    said = openibis(heard(wave, bis, FORGOTTEN + seconds, count, seed))
    means = (np.nanmean(part[-2 * seconds :], axis=0) for part in (said.index, said.suppression_ratio))
    return Read(*means)
