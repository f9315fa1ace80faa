"""The plethysmograph of a pulse oximeter: heart rate at every reading."""

from __future__ import annotations

from dataclasses import dataclass

from sim.arrays import Array
from sim.monitors.continuous import Continuous
from sim.monitors.noise import ColouredNoise
from sim.monitors.slots import HeartRateReading
from sim.truth import Truth


@dataclass(frozen=True)
class Plethysmograph(Continuous):
    """Pulse oximeter: the heart rate of now, with coloured noise."""

    ROWS = slice(4, 6)

    def noise_at(self, interval: float) -> ColouredNoise:
        """Fitted to a recording (PAS 2): SD 1.7 /min, autocorrelation 0.83 at 10 s."""
        return ColouredNoise(sd=1.7, damping=10.0, cutoff=0.02, interval=interval)

    def true(self, truth: Truth) -> Array:
        """Return the heart rate, 1/min."""
        return truth.heart_rate

    def reading(self, shown: Array) -> HeartRateReading:
        """Return the heart rate, valid."""
        return HeartRateReading(shown, shown >= 0.0)
