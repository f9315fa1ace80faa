"""What an agent in the environment is shown: a table of names, units and ranges, and the vector made from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import Readings
from sim.monitors.listening import Reading
from sim.surgery import PHASES
from sim.surgery.announcing import Announcement


class Signal(NamedTuple):
    """One observation: unit, lowest and highest value, what it is."""

    unit: str
    low: float
    high: float
    meaning: str


OBSERVATIONS: Mapping[str, Signal] = {
    "time": Signal("min", 0.0, 1440.0, "since the case began"),
    "phase": Signal("", 0.0, len(PHASES) - 1.0, ", ".join(f"{i} {name}" for i, name in enumerate(PHASES))),
    "bis": Signal("", 0.0, 100.0, "shown index (last valid one)"),
    "bis_valid": Signal("", 0.0, 1.0, "1 if the index is valid now"),
    "signal_quality": Signal("%", 0.0, 100.0, "of the index"),
    "mean_arterial_pressure": Signal("mmHg", 0.0, 400.0, "arterial line or last cuff"),
    "pressure_valid": Signal("", 0.0, 1.0, "1 if the pressure is valid now"),
    "pressure_age": Signal("s", 0.0, 86400.0, "since the pressure was measured"),
    "heart_rate": Signal("1/min", 0.0, 400.0, "shown heart rate"),
    "heart_rate_valid": Signal("", 0.0, 1.0, "1 if the heart rate is valid now"),
    "propofol_rate": Signal("mg/kg/h", 0.0, 24000.0, "pump display, mean of the last control period"),
    "remifentanil_rate": Signal("µg/kg/min", 0.0, 400.0, "pump display, mean of the last control period"),
    "norepinephrine_rate": Signal("µg/kg/min", 0.0, 400.0, "pump display, mean of the last control period"),
    "age": Signal("years", 0.0, 110.0, "of the patient"),
    "female": Signal("", 0.0, 1.0, "1 if female"),
    "height": Signal("cm", 40.0, 230.0, "of the patient"),
    "weight": Signal("kg", 1.0, 300.0, "of the patient"),
}


def table(
    estimates: Mapping[str, tuple[float, float, str]],
    shows: Mapping[str, Reading | Announcement] | None = None,
) -> dict[str, Signal]:
    """Return all observations: the usual ones, the room's other readings, and an observer's ("estimated_...")."""
    more: dict[str, Signal] = {}
    for name, reading in (shows or {}).items():
        more[name] = Signal(reading.unit, reading.low, reading.high, reading.description)
        more[f"{name}_valid"] = Signal("", 0.0, 1.0, f"1 if {name} is valid now")
    added = {
        f"estimated_{name}": Signal(unit, low, high, "from the observer")
        for name, (low, high, unit) in estimates.items()
    }
    return {**OBSERVATIONS, **more, **added}


def encode(
    readings: Readings, person: Covariates, estimates: Mapping[str, Array], control_period: float
) -> np.ndarray:
    """Return observations (patients, features), float32, in the order of `table`."""
    per_kg = readings.infused / person.weight
    rows = [
        readings.time / 60.0,
        readings.phase,
        readings.bis,
        readings.bis_valid,
        readings.signal_quality,
        readings.mean_arterial_pressure,
        readings.pressure_valid,
        readings.pressure_age,
        readings.heart_rate,
        readings.heart_rate_valid,
        per_kg[0] * (3600.0 / control_period),
        per_kg[1] * (60.0 / control_period),
        per_kg[2] * (60.0 / control_period),
        person.age,
        person.female,
        person.height,
        person.weight,
        *readings.more.values(),
        *estimates.values(),
    ]
    out = np.empty((len(person.age), len(rows)), dtype=np.float32)
    for column, row in enumerate(rows):
        out[:, column] = row
    return out
