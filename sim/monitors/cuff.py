"""The cuff: mean arterial pressure every few minutes."""

from __future__ import annotations

from dataclasses import dataclass

from sim.arrays import Array, namespace, some
from sim.monitors.noise import displayed
from sim.monitors.slots import Chance, PressureReading, Shown
from sim.patient import Patient
from sim.randomness import normals
from sim.truth import Truth

ERROR_SD = 4.0  # mmHg, oscillometric error (choice, within the 8 mmHg that ISO 81060-2 allows)
EXPIRES = 900.0  # s, after which monitors blank a pressure


@dataclass(frozen=True)
class Cuff:
    """Cuff: a pressure every 3 minutes, each with an error of its own; until then the last one, and its age.

    A pressure that went missing is measured anew as soon as it is due: its age goes by what the screen says.

    Attributes:
        every: s between measurements.
    """

    interval: float
    step: float
    noise: bool = True
    every: float = 180.0

    def connect(self, patient: Patient, truth: Truth, chance: Chance) -> tuple[None, PressureReading]:
        """Return no state and the first measurement."""
        pressure = truth.mean_arterial_pressure
        if self.noise:
            pressure = _measured(pressure, normals(chance.keys, "cuff begin", 0, 1)[0])
        age = 0.0 * pressure
        return None, PressureReading(pressure, age < EXPIRES, age)

    def read(
        self, state: None, last: Shown, recent: Array, truth: Truth, chance: Chance
    ) -> tuple[None, PressureReading]:
        """Return no state, and a new measurement where one is due."""
        pressure = truth.mean_arterial_pressure
        xp = namespace(pressure)
        age = last.pressure_age + self.interval
        due = age >= self.every
        if self.noise and some(due):
            pressure = _measured(pressure, normals(chance.keys, "cuff", chance.count, 1, pressure)[0])
        age = xp.where(due, 0.0 * age, age)
        return None, PressureReading(xp.where(due, pressure, last.pressure), age < EXPIRES, age)


def _measured(pressure: Array, error: Array) -> Array:
    return displayed(pressure + ERROR_SD * error)
