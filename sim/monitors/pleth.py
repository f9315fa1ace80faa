"""The plethysmograph of a pulse oximeter: heart rate at every reading, sometimes none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sim.arrays import Array, namespace
from sim.monitors.noise import Noise, displayed, goes_on
from sim.monitors.recorded import recorded
from sim.monitors.slots import RATE_GAP, RATE_NOISE, Chance, HeartRateReading, Shown
from sim.patient import Patient
from sim.truth import Truth


@dataclass(frozen=True)
class PlethState:
    """Attributes: noise (rows, patients), see `sim.monitors.noise`; gap (patients,), bool."""

    noise: Array
    gap: Array


@dataclass(frozen=True)
class Plethysmograph:
    """Pulse oximeter: the heart rate of now, with the noise and the gaps of recorded ones.

    Attributes:
        interval: s between readings.
        step: s between the samples of the true index that come with them.
        noise: False shows the truth.
    """

    interval: float
    step: float
    noise: bool = True

    @cached_property
    def process(self) -> Noise:
        """Its noise."""
        return Noise(recorded().heart_rate.noise, self.interval)

    def connect(self, patient: Patient, truth: Truth, chance: Chance) -> tuple[PlethState, HeartRateReading]:
        """Return the state and the first reading."""
        rate = truth.heart_rate
        noise = self.process.initial(chance.keys, "heart rate noise", rate)
        shown = displayed(rate + self.process.value(noise)) if self.noise else rate
        return PlethState(noise, rate < 0.0), HeartRateReading(shown, rate >= 0.0)

    def read(
        self, state: PlethState, last: Shown, recent: Array, truth: Truth, chance: Chance
    ) -> tuple[PlethState, HeartRateReading]:
        """Return the state and the reading one control period on; in a gap the last value stays."""
        rate = truth.heart_rate
        if not self.noise:
            return state, HeartRateReading(rate, rate >= 0.0)
        gaps = recorded().heart_rate.gaps
        noise = self.process.step(state.noise, chance.innovations[RATE_NOISE])
        none = goes_on(state.gap, chance.uniforms[RATE_GAP], *gaps.pace, self.interval)
        shown = namespace(rate).where(none, last.heart_rate, displayed(rate + self.process.value(noise)))
        return PlethState(noise, none), HeartRateReading(shown, ~none)
