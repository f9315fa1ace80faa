"""What a monitor is given, what it must offer, and what the screens show."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np

from sim.arrays import Array, like
from sim.monitors.noise import INNOVATIONS
from sim.monitors.recorded import recorded
from sim.patient import Patient
from sim.randomness import heavy, tailed, to_normals, uniforms
from sim.truth import Truth

# Rows of the shared chance: innovations of the noise of each slot, normal numbers, then uniform ones.
INDEX_NOISE, PRESSURE_NOISE, RATE_NOISE = (
    slice(slot * INNOVATIONS, (slot + 1) * INNOVATIONS) for slot in range(3)
)
NORMAL_ROWS = 3 * INNOVATIONS
TAILED = [
    slot * INNOVATIONS + part for slot in range(3) for part in (0, 1)
]  # white part and wave; swells are even
INDEX_GAP, INDEX_REPEATS, ARTEFACT, ARTEFACT_SHOWN, RATE_GAP = range(NORMAL_ROWS, NORMAL_ROWS + 5)
SHARED_ROWS = NORMAL_ROWS + 5


@cache
def _tails() -> tuple[np.ndarray, np.ndarray]:
    """Return what `heavy` needs for the rows that have tails, (6, 1) each."""
    known = recorded()
    sizes = (known.index.noise, known.pressure.noise, known.heart_rate.noise)
    return tailed(np.array([[tails] for one in sizes for tails in (one.tails, one.tails)]))


class IndexReading(NamedTuple):
    """What an index monitor shows, each (patients,): 0-100, bool, 0-100 %."""

    bis: Array
    bis_valid: Array
    signal_quality: Array


class PressureReading(NamedTuple):
    """What a pressure monitor shows, each (patients,): mmHg, bool, s since it was measured."""

    pressure: Array
    pressure_valid: Array
    pressure_age: Array


class HeartRateReading(NamedTuple):
    """What a heart-rate monitor shows, each (patients,): 1/min, bool."""

    heart_rate: Array
    heart_rate_valid: Array


@dataclass(frozen=True)
class Shown:
    """What is on the screens, each (patients,); a value that is not valid repeats the last one."""

    bis: Array
    bis_valid: Array
    signal_quality: Array
    pressure: Array
    pressure_valid: Array
    pressure_age: Array
    heart_rate: Array
    heart_rate_valid: Array


@dataclass(frozen=True)
class Chance:
    """Chance of one reading: the same for a case in any batch.

    The monitors that come with the package share its rows, drawn once if anybody asks; others draw their own from
    `keys` and `count` with `sim.randomness`, for a purpose of their own name.

    Attributes:
        keys: (patients,), one per case.
        purpose: of the shared rows.
        count: how many readings there were, one number or (patients,).
        example: an array of the precision of the case.
    """

    keys: Array
    purpose: str
    count: int | Array
    example: Array

    @cached_property
    def uniforms(self) -> Array:
        """The shared rows, (17, patients), in the open interval (0, 1)."""
        return uniforms(self.keys, self.purpose, self.count, SHARED_ROWS, self.example)

    @cached_property
    def innovations(self) -> Array:
        """The normal ones, (12, patients), as numbers of unit variance with the tails of recorded noise."""
        rows = to_normals(self.uniforms[:NORMAL_ROWS])
        rows[TAILED] = heavy(rows[TAILED], *(like(part, rows) for part in _tails()))
        return rows


Reading = TypeVar("Reading", covariant=True)


class Monitor(Protocol[Reading]):
    """A monitor over a batch of patients. It holds no patient's state itself."""

    def connect(self, patient: Patient, truth: Truth, chance: Chance) -> tuple[Any, Reading]:
        """Return the state (arrays, patient axis last, or None) and the first reading of awake patients."""

    def read(
        self, state: Any, last: Shown, recent: Array, truth: Truth, chance: Chance
    ) -> tuple[Any, Reading]:
        """Return the new state and the reading one control period on.

        Args:
            state: as last returned.
            last: what the screens showed before, faults included.
            recent: (new steps, patients), the true index of this period, newest first.
            truth: of now.
            chance: of this reading.
        """
