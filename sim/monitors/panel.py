"""All monitors of a case, read once a control period: one for each slot."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sim.arrays import Array, namespace
from sim.monitors import HEART_RATE_MONITORS, INDEX_MONITORS, PRESSURE_MONITORS
from sim.monitors.slots import Chance, HeartRateReading, IndexReading, Monitor, PressureReading, Shown
from sim.patient import Patient
from sim.truth import Truth

Slots = tuple[Monitor[IndexReading], Monitor[PressureReading], Monitor[HeartRateReading]]


@dataclass(frozen=True)
class Monitors:
    """How the patient is watched, the same for all.

    Attributes:
        interval: s between readings (the control period).
        step: s between the samples of the true index that come with them.
        noise: False shows delayed and smoothed truth, never missing.
        index, pressure, heart_rate: names in the registries of `sim.monitors`.
    """

    interval: float
    step: float
    noise: bool = True
    index: str = "bis"
    pressure: str = "arterial"
    heart_rate: str = "pleth"

    @cached_property
    def slots(self) -> Slots:
        """The monitors. Raises ValueError on an unknown name."""
        makes = (
            INDEX_MONITORS.get(self.index),
            PRESSURE_MONITORS.get(self.pressure),
            HEART_RATE_MONITORS.get(self.heart_rate),
        )
        index, pressure, heart_rate = (make(self.interval, self.step, self.noise) for make in makes)
        return index, pressure, heart_rate


@dataclass(frozen=True)
class MonitorState:
    """Attributes: count of readings, (patients,); the state of the monitor in each slot."""

    count: Array
    index: Any
    pressure: Any
    heart_rate: Any


def connect(monitors: Monitors, keys: Array, patient: Patient, truth: Truth) -> tuple[MonitorState, Shown]:
    """Return the monitors of awake patients, and what they show first."""
    xp = namespace(truth.bis)
    chance = Chance(keys, "monitors begin", 0, truth.bis)
    index, pressure, heart_rate = monitors.slots
    index_state, bis = index.connect(patient, truth, chance)
    pressure_state, mean = pressure.connect(patient, truth, chance)
    rate_state, rate = heart_rate.connect(patient, truth, chance)
    count = xp.zeros_like(truth.bis, dtype=xp.int64)
    return MonitorState(count, index_state, pressure_state, rate_state), Shown(*bis, *mean, *rate)


def read(
    monitors: Monitors, state: MonitorState, last: Shown, keys: Array, recent: Array, truth: Truth
) -> tuple[MonitorState, Shown]:
    """Return the monitors one control period on, and what they show.

    Args:
        last: what the screens showed before, faults included.
        recent: (new steps, patients), the true index of this period, newest first.
        truth: of now.
    """
    count = state.count + 1
    chance = Chance(keys, "monitors", count, truth.bis)
    index, pressure, heart_rate = monitors.slots
    index_state, bis = index.read(state.index, last, recent, truth, chance)
    pressure_state, mean = pressure.read(state.pressure, last, recent, truth, chance)
    rate_state, rate = heart_rate.read(state.heart_rate, last, recent, truth, chance)
    return MonitorState(count, index_state, pressure_state, rate_state), Shown(*bis, *mean, *rate)
