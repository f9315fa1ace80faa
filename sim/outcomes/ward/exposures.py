"""What a link may begin with: what was done to somebody in theatre, and what was so whoever gave the anesthetic.

What was done is a measure of the loop (`sim.metrics`), so that every table of cases has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.metrics.measure import Judged, Measure, Metric, Values
from sim.metrics.samples import count
from sim.surgery import Surgery
from sim.units import SECONDS_PER_MINUTE

LOW = 65.0  # mmHg
DEEP, DOUBLY_LOW = 45.0, 75.0  # BIS, mmHg: Monk 2005; McCormick, Anesthesiology 2016;125:1113
HAEMOGLOBIN = {"female": 12.5, "male": 13.5}  # g/dL before, as recorded cases have it


@dataclass(frozen=True)
class Exposure:
    """Something that a link may begin with.

    Attributes:
        label: in words.
        unit: of its values.
        done: whether whoever gives the anesthetic moves it; else it is so whatever is done.
        highest: what it may be at most.
    """

    label: str
    unit: str
    done: bool
    highest: float


EXPOSURES: Mapping[str, Exposure] = {
    "map_below_65_min": Exposure("minutes below 65 mmHg", "min", True, 1440.0),
    "map_below_60_min": Exposure("minutes below 60 mmHg", "min", True, 1440.0),
    "map_below_55_min": Exposure("minutes below 55 mmHg", "min", True, 1440.0),
    "map_below_49_min": Exposure("minutes below 49 mmHg", "min", True, 1440.0),
    "map_below_65_area": Exposure("area below 65 mmHg", "mmHg·min", True, 1e5),
    "bis_below_45_min": Exposure("minutes below BIS 45", "min", True, 1440.0),
    "double_low_min": Exposure("minutes below BIS 45 and 75 mmHg", "min", True, 1440.0),
    "norepinephrine_ug_per_kg": Exposure("norepinephrine", "µg/kg", True, 1e4),
    "age": Exposure("age", "years", False, 120.0),
    "asa_2": Exposure("ASA class 2 instead of 1", "0/1", False, 1.0),
    "asa_3": Exposure("ASA class 3 instead of 1", "0/1", False, 1.0),
    "asa_4": Exposure("ASA class 4 instead of 1", "0/1", False, 1.0),
    "asa_above_2": Exposure("ASA class above 2", "0/1", False, 1.0),
    "blood_loss": Exposure("blood lost", "L", False, 50.0),
    "haemoglobin_fall": Exposure("fall of haemoglobin", "g/dL", False, 20.0),
}


def exposed(case: Judged) -> Values:
    """Return minutes of low pressure, of deep anesthesia and of both, and the area below 65 mmHg, up to emergence."""
    window = case.windows.anesthesia
    pressure, index = case.trace.mean_arterial_pressure, case.trace.bis
    minute = case.windows.period / SECONDS_PER_MINUTE
    nobody = ~window.any(axis=0)

    def minutes(inside: np.ndarray) -> np.ndarray:
        return np.where(nobody, np.nan, count(inside & window) * minute)

    depth = np.sum(np.maximum(LOW - pressure, 0.0), axis=0, where=window, dtype=float)
    return {
        **{f"map_below_{limit}_min": minutes(pressure < limit) for limit in (65, 60, 55, 49)},
        "map_below_65_area": np.where(nobody, np.nan, depth * minute),
        "bis_below_45_min": minutes(index < DEEP),
        "double_low_min": minutes((index < DEEP) & (pressure < DOUBLY_LOW)),
    }


EXPOSURE = Measure(
    {
        "map_below_65_min": Metric("Minutes with MAP < 65 mmHg", "min", "lower"),
        "map_below_60_min": Metric("Minutes with MAP < 60 mmHg", "min", "lower"),
        "map_below_55_min": Metric("Minutes with MAP < 55 mmHg", "min", "lower"),
        "map_below_49_min": Metric("Minutes with MAP < 49 mmHg", "min", "lower"),
        "map_below_65_area": Metric("Area of MAP below 65", "mmHg·min", "lower"),
        "bis_below_45_min": Metric("Time with BIS < 45", "min", None),
        "double_low_min": Metric("Time with BIS < 45 and MAP < 75 mmHg", "min", "lower"),
    },
    exposed,
)


def blood_loss(surgery: Surgery, horizon: float) -> np.ndarray:
    """Return what is lost until the horizon, s, before anything is given back, (patients,) L."""
    lasts = np.clip(np.minimum(surgery.bleeding_ends, horizon) - surgery.bleeding_starts, 0.0, None)
    return np.sum(np.maximum(surgery.bleeding_rates, 0.0) * lasts, axis=0)


def haemoglobin_fall(loss: np.ndarray, blood_volume: np.ndarray, female: np.ndarray) -> np.ndarray:
    """Return by how much haemoglobin falls, g/dL, if what is lost is replaced by what has none.

    Args:
        loss, blood_volume: (patients,), L.
        female: (patients,), 1 or 0.

    Bourke & Smith, Anesthesiology 1974;41:609: what is left is exp(-loss / volume) of what was.
    """
    before = np.where(female > 0.5, HAEMOGLOBIN["female"], HAEMOGLOBIN["male"])
    return before * -np.expm1(-loss / blood_volume)
