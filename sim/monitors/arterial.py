"""The arterial line: mean arterial pressure at every reading."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sim.arrays import Array
from sim.monitors.noise import ColouredNoise, displayed
from sim.monitors.slots import Chance, PressureReading, Shown
from sim.patient import Patient
from sim.truth import Truth

NOISE = slice(2, 4)  # rows of chance


def pressure_noise(interval: float) -> ColouredNoise:
    """Noise of the arterial line, fitted to a recording (PAS 2): SD 2.1 mmHg, autocorrelation 0.96 at 10 s."""
    return ColouredNoise(sd=2.1, damping=2.0, cutoff=0.01, interval=interval)


@dataclass(frozen=True)
class ArterialLine:
    """Arterial line: the pressure of now, with coloured noise. The noise is its state."""

    interval: float
    step: float
    noise: bool = True

    @cached_property
    def coloured(self) -> ColouredNoise:
        """Its noise."""
        return pressure_noise(self.interval)

    def connect(self, patient: Patient, truth: Truth, chance: Chance) -> tuple[Array, PressureReading]:
        """Return the state (2, patients) and the first reading."""
        noise = self.coloured.initial(chance.normals[NOISE], truth.mean_arterial_pressure)
        return noise, self._reading(noise, truth.mean_arterial_pressure)

    def read(
        self, state: Array, last: Shown, recent: Array, truth: Truth, chance: Chance
    ) -> tuple[Array, PressureReading]:
        """Return the state and the reading one control period on."""
        if self.noise:
            state = self.coloured.step(state, chance.normals[NOISE])
        return state, self._reading(state, truth.mean_arterial_pressure)

    def _reading(self, noise: Array, pressure: Array) -> PressureReading:
        shown = displayed(pressure + noise[0]) if self.noise else pressure
        age = 0.0 * pressure
        return PressureReading(shown, age <= 0.0, age)
