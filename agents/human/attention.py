"""What a clinician has in mind when looking at the dials: monitors smoothed by eye, the dials, what was turned last.

The same functions turn recorded cases into material for a fit and a room's readings into hazards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.interfaces import Readings
from sim.surgery import CLOSING, INCISION, INTUBATION, PREPARATION

# Of index, pressure and heart rate, (3, 1) each: s (choice); BIS, mmHg and 1/min, outside which lie flush, zeroing and
# gaps (as recordings are cleaned).
SMOOTHING = np.array([[30.0], [60.0], [60.0]])
LOWEST, HIGHEST = np.array([[1.0], [30.0], [20.0]]), np.array([[100.0], [180.0], [220.0]])
LARGEST_SURPRISE = 25.0  # by which a reading may differ from what was in mind and count in full (choice)
INDUCED = 480.0  # s after the first drug, to which induction lasts where nobody says so (choice)

FEATURES = (
    "always",
    "light",
    "deep",
    "high_pressure",
    "low_pressure",
    "fast_heart",
    "slow_heart",
    "log_target",
    "age",
    "turned_up",
    "turned_down",
    "settling",
    "other_up",
    "other_down",
    "induction",
    "preparation",
    "incision",
    "closing",
)


@dataclass(frozen=True)
class Mind:
    """What dials are decided on; arrays (patients,), or (drugs, patients) as `target` is.

    Attributes:
        index, pressure, heart_rate: as smoothed by eye; NaN where never seen.
        target: of the drugs, above 0, µg/mL or ng/mL.
        age: years.
        since, other_since: s since this dial and the other drug's were turned.
        turned, other_turned: 1 up, -1 down, 0 set for the first time.
        phase: index into `sim.surgery.PHASES`.
    """

    index: np.ndarray
    pressure: np.ndarray
    heart_rate: np.ndarray
    target: np.ndarray
    age: np.ndarray
    since: np.ndarray
    turned: np.ndarray
    other_since: np.ndarray
    other_turned: np.ndarray
    phase: np.ndarray


def noticed(
    before: np.ndarray, shown: np.ndarray, valid: np.ndarray, seconds: float | np.ndarray
) -> np.ndarray:
    """Return what is in mind after a look, (3, patients): index, pressure, heart rate; NaN until first seen.

    A reading that is implausible leaves it, one far off moves it as if it were `LARGEST_SURPRISE` off: an artefact of
    seconds passes unnoticed, a change that lasts does not.
    """
    counts = valid & (shown >= LOWEST) & (shown <= HIGHEST)
    surprise = np.minimum(np.maximum(shown - before, -LARGEST_SURPRISE), LARGEST_SURPRISE)
    moved = before - np.expm1(-seconds / SMOOTHING) * surprise
    return np.where(counts, np.where(before == before, moved, shown), before)


def looked(mind: np.ndarray, readings: Readings, seconds: np.ndarray) -> np.ndarray:
    """Return what is in mind after a look at the monitors `seconds` after the last, (3, patients); see `noticed`."""
    shown = np.stack([readings.bis, readings.mean_arterial_pressure, readings.heart_rate])
    valid = np.stack([readings.bis_valid, readings.pressure_valid, readings.heart_rate_valid])
    return noticed(mind, shown, valid, seconds)


def features(mind: Mind) -> np.ndarray:
    """Return what hazards depend on, (features, ...), of order one; what was never seen counts for nothing.

    Which limits matter and how long turns are remembered is a choice; what each counts for is fitted.
    """
    minutes, other, phase = mind.since / 60.0, np.exp(-mind.other_since / 60.0), mind.phase
    recent, up = np.exp(-minutes / 2.0), mind.turned > 0.0
    rows = (
        1.0,
        _beyond(mind.index - 50.0),
        _beyond(40.0 - mind.index),
        _beyond(mind.pressure - 90.0),
        _beyond(75.0 - mind.pressure),
        _beyond(mind.heart_rate - 80.0),
        _beyond(55.0 - mind.heart_rate),
        np.log(mind.target / 3.0),
        (mind.age - 60.0) / 10.0,
        recent * up,
        recent * ~up,
        np.exp(-minutes / 10.0),
        other * (mind.other_turned > 0.0),
        other * (mind.other_turned < 0.0),
        phase <= INTUBATION,
        phase == PREPARATION,
        phase == INCISION,
        phase >= CLOSING,
    )
    out = np.empty((len(rows), *mind.target.shape))
    for number, row in enumerate(rows):
        out[number] = row
    return out


def _beyond(excess: np.ndarray) -> np.ndarray:
    """Return how far a sign is beyond a limit, in tens, at most 3; 0 where it is within or unknown (NaN)."""
    return np.fmin(np.fmax(excess, 0.0) / 10.0, 3.0)
