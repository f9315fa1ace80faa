"""A recording in memory: tracks named as VitalDB names them, whatever file they go into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

LARGEST = 32767  # of a 16-bit sample; the lowest, -32768, means that there is none


@dataclass(frozen=True)
class Wave:
    """Even samples.

    Attributes:
        values: (samples,), in the unit.
        rate: samples a second.
        unit: of the values.
        resolution: one step of a 16-bit sample.
        shown: lowest and highest value of a usual screen.
        channel: what EDF+ calls it, sixteen letters at most.
    """

    values: np.ndarray
    rate: float
    unit: str
    resolution: float
    shown: tuple[float, float]
    channel: str

    @property
    def steps(self) -> np.ndarray:
        """The samples as 16-bit numbers of the resolution; what lies beyond them is held at their ends."""
        with np.errstate(invalid="ignore"):
            whole = np.clip(np.rint(self.values / self.resolution), -LARGEST, LARGEST)
        return np.where(np.isfinite(whole), whole, -LARGEST - 1).astype(np.int16)


@dataclass(frozen=True)
class Trend:
    """A number now and then.

    Attributes:
        values: (times,), NaN where none is shown.
        interval: s between two.
        unit: of the values.
        shown: lowest and highest value of a usual screen.
    """

    values: np.ndarray
    interval: float
    unit: str
    shown: tuple[float, float]


class Event(NamedTuple):
    """Something that began: s since the beginning, and what."""

    time: float
    text: str


@dataclass(frozen=True)
class Recording:
    """One case.

    Attributes:
        name: of the case.
        sex, age: F or M; years.
        seconds: whole ones, from the first drop on.
        waves, trends: by VitalDB's track name.
        events: in order.
    """

    name: str
    sex: str
    age: float
    seconds: int
    waves: Mapping[str, Wave]
    trends: Mapping[str, Trend]
    events: Sequence[Event]
