"""What monitors share that show the value of now at every reading, with coloured noise."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from sim.arrays import Array
from sim.monitors.noise import ColouredNoise, displayed
from sim.monitors.slots import Chance, Shown
from sim.patient import Patient
from sim.truth import Truth


@dataclass(frozen=True)
class Continuous(ABC):
    """The noise is the state, (2, patients).

    Attributes:
        interval: s between readings.
        step: s between the samples of the true index that come with them.
        noise: False shows the truth.
    """

    ROWS: ClassVar[slice]
    """of the shared chance, see `Chance`"""

    interval: float
    step: float
    noise: bool = True

    @abstractmethod
    def noise_at(self, interval: float) -> ColouredNoise:
        """Return the noise of readings at an interval, s."""

    @abstractmethod
    def true(self, truth: Truth) -> Array:
        """Return what is measured, (patients,)."""

    @abstractmethod
    def reading(self, shown: Array) -> Any:
        """Return the reading of the monitor's slot that shows these values."""

    @cached_property
    def coloured(self) -> ColouredNoise:
        """Its noise."""
        return self.noise_at(self.interval)

    def connect(self, patient: Patient, truth: Truth, chance: Chance) -> tuple[Array, Any]:
        """Return the state and the first reading."""
        true = self.true(truth)
        noise = self.coloured.initial(chance.normals[self.ROWS], true)
        return noise, self._shown(noise, true)

    def read(
        self, state: Array, last: Shown, recent: Array, truth: Truth, chance: Chance
    ) -> tuple[Array, Any]:
        """Return the state and the reading one control period on."""
        if self.noise:
            state = self.coloured.step(state, chance.normals[self.ROWS])
        return state, self._shown(state, self.true(truth))

    def _shown(self, noise: Array, true: Array) -> Any:
        return self.reading(displayed(true + noise[0]) if self.noise else true)
