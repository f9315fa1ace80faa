"""The plethysmograph of a pulse oximeter: heart rate at every reading."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sim.arrays import Array
from sim.monitors.noise import ColouredNoise, displayed
from sim.monitors.slots import Chance, HeartRateReading, Shown
from sim.patient import Patient
from sim.truth import Truth

NOISE = slice(4, 6)  # rows of chance


def heart_rate_noise(interval: float) -> ColouredNoise:
    """Noise of the shown heart rate, fitted to a recording (PAS 2): SD 1.7 /min, autocorrelation 0.83 at 10 s."""
    return ColouredNoise(sd=1.7, damping=10.0, cutoff=0.02, interval=interval)


@dataclass(frozen=True)
class Plethysmograph:
    """Pulse oximeter: the heart rate of now, with coloured noise. The noise is its state."""

    interval: float
    step: float
    noise: bool = True

    @cached_property
    def coloured(self) -> ColouredNoise:
        """Its noise."""
        return heart_rate_noise(self.interval)

    def connect(self, patient: Patient, truth: Truth, chance: Chance) -> tuple[Array, HeartRateReading]:
        """Return the state (2, patients) and the first reading."""
        noise = self.coloured.initial(chance.normals[NOISE], truth.heart_rate)
        return noise, self._reading(noise, truth.heart_rate)

    def read(
        self, state: Array, last: Shown, recent: Array, truth: Truth, chance: Chance
    ) -> tuple[Array, HeartRateReading]:
        """Return the state and the reading one control period on."""
        if self.noise:
            state = self.coloured.step(state, chance.normals[NOISE])
        return state, self._reading(state, truth.heart_rate)

    def _reading(self, noise: Array, rate: Array) -> HeartRateReading:
        shown = displayed(rate + noise[0]) if self.noise else rate
        return HeartRateReading(shown, shown >= 0.0)
