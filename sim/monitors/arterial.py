"""The arterial line: mean arterial pressure at every reading, once it lies; now and then flushed, zeroed, sampled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.arrays import Array, interpolated, like, namespace, some
from sim.monitors.cuff import Cuff
from sim.monitors.noise import Noise, displayed, goes_on
from sim.monitors.recorded import recorded
from sim.monitors.slots import (
    ARTEFACT,
    ARTEFACT_SHOWN,
    PRESSURE_NOISE,
    RATE_NOISE,
    Chance,
    PressureReading,
    Shown,
)
from sim.patient import Patient
from sim.randomness import truncated_normals
from sim.truth import Truth

USUAL = 80.0  # mmHg, at which the noise has its tabulated size


@dataclass(frozen=True)
class LineState:
    """Attributes: noise (rows, patients), see `sim.monitors.noise`; shared (patients,), correlation of its innovations
    with those of the heart rate: breaths and beats meet both; lies, (patients,), s from which the line shows; artefact
    (patients,), bool.
    """

    noise: Array
    shared: Array
    lies: Array
    artefact: Array


@dataclass(frozen=True)
class ArterialLine:
    """Arterial line: the pressure of now with noise; a cuff until it lies, some minutes into the case.

    While it is flushed, zeroed or sampled from, the screen shows something else, and nothing says so.

    Attributes:
        interval: s between readings.
        step: s between the samples of the true index that come with them.
        noise: False shows the truth, from the beginning on.
    """

    interval: float
    step: float
    noise: bool = True

    @cached_property
    def process(self) -> Noise:
        """Its noise."""
        return Noise(recorded().pressure.noise, self.interval)

    @cached_property
    def cuff(self) -> Cuff:
        """What measures before."""
        return Cuff(self.interval, self.step, self.noise)

    def connect(self, patient: Patient, truth: Truth, chance: Chance) -> tuple[LineState, PressureReading]:
        """Return the state and the first reading, a cuff's."""
        known = recorded().pressure
        (median, log_sd), together = known.line, known.with_heart_rate
        example = truth.mean_arterial_pressure
        late = median * np.exp(log_sd * truncated_normals(chance.keys, "arterial line", 1, limit=2.0)[0])
        noise = self.process.initial(chance.keys, "pressure noise", example)
        _, first = self.cuff.connect(patient, truth, chance)
        shared = together.drawn(truncated_normals(chance.keys, "pressure and heart rate", 1)[0])
        return LineState(noise, like(shared, example), like(late, example), example < 0.0), first

    def read(
        self, state: LineState, last: Shown, recent: Array, truth: Truth, chance: Chance
    ) -> tuple[LineState, PressureReading]:
        """Return the state and the reading one control period on."""
        known, pressure = recorded().pressure, truth.mean_arterial_pressure
        xp, now = namespace(pressure), 0.0 * pressure
        if not self.noise:
            return state, PressureReading(pressure, now <= 0.0, now)
        shared = state.shared
        own, other = chance.innovations[PRESSURE_NOISE], chance.innovations[RATE_NOISE]
        noise = self.process.step(state.noise, shared * other + (1.0 - shared**2) ** 0.5 * own)
        shown = pressure + self.process.value(noise) * (1.0 + known.growth * (pressure / USUAL - 1.0))
        drawn = chance.uniforms
        running = goes_on(state.artefact, drawn[ARTEFACT], *known.artefacts.pace, self.interval)
        if some(running):
            grid = np.linspace(0.0, 1.0, len(known.shown))
            wrong = interpolated(drawn[ARTEFACT_SHOWN], grid, known.shown)
            shown = xp.where(running, wrong, shown)
        reading = PressureReading(displayed(shown), now <= 0.0, now)
        moved = LineState(noise, state.shared, state.lies, running)
        lies = self.interval * chance.count >= state.lies
        if not some(~lies):
            return moved, reading
        _, before = self.cuff.read(None, last, recent, truth, chance)
        return moved, PressureReading(*map(lambda one, other: xp.where(lies, one, other), reading, before))
