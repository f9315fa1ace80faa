"""The arterial line: mean arterial pressure at every reading."""

from __future__ import annotations

from dataclasses import dataclass

from sim.arrays import Array
from sim.monitors.continuous import Continuous
from sim.monitors.noise import ColouredNoise
from sim.monitors.slots import PressureReading
from sim.truth import Truth


@dataclass(frozen=True)
class ArterialLine(Continuous):
    """Arterial line: the pressure of now, with coloured noise."""

    ROWS = slice(2, 4)

    def noise_at(self, interval: float) -> ColouredNoise:
        """Fitted to a recording (PAS 2): SD 2.1 mmHg, autocorrelation 0.96 at 10 s."""
        return ColouredNoise(sd=2.1, damping=2.0, cutoff=0.01, interval=interval)

    def true(self, truth: Truth) -> Array:
        """Return the mean arterial pressure, mmHg."""
        return truth.mean_arterial_pressure

    def reading(self, shown: Array) -> PressureReading:
        """Return the pressure, measured just now."""
        age = 0.0 * shown
        return PressureReading(shown, age <= 0.0, age)
