"""All monitors of a case, read once a control period: one for each slot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sim.arrays import Array, namespace
from sim.monitors import BIS_SOURCES, HEART_RATE_MONITORS, PRESSURE_MONITORS, READINGS
from sim.monitors.listening import Listener, Reading, Said
from sim.monitors.slots import Chance, HeartRateReading, IndexReading, Monitor, PressureReading, Shown
from sim.patient import Patient
from sim.surgery.announcing import Announcement
from sim.truth import Truth

Slots = tuple[Monitor[IndexReading], Monitor[PressureReading], Monitor[HeartRateReading]]


@dataclass(frozen=True)
class Monitors:
    """How the patient is watched, the same for all.

    Attributes:
        interval: s between readings (the control period).
        step: s between the samples of the true index that come with them.
        noise: False shows delayed and smoothed truth, never missing.
        index, pressure, heart_rate, readings: names in the registries of `sim.monitors`.
    """

    interval: float
    step: float
    noise: bool = True
    index: str = "surface"
    pressure: str = "arterial"
    heart_rate: str = "pleth"
    readings: tuple[str, ...] = ()

    @cached_property
    def slots(self) -> Slots:
        """The monitors. Raises ValueError on an unknown name."""
        makes = (
            BIS_SOURCES.get(self.index),
            PRESSURE_MONITORS.get(self.pressure),
            HEART_RATE_MONITORS.get(self.heart_rate),
        )
        index, pressure, heart_rate = (make(self.interval, self.step, self.noise) for make in makes)
        return index, pressure, heart_rate

    @cached_property
    def shows(self) -> dict[str, Reading | Announcement]:
        """What is shown beside the usual readings, by name."""
        return {name: READINGS.get(name) for name in self.readings}

    @cached_property
    def announces(self) -> dict[str, Announcement]:
        """What of that people say, by name."""
        return {name: one for name, one in self.shows.items() if isinstance(one, Announcement)}

    @cached_property
    def listeners(self) -> dict[str, Listener]:
        """Who reads that, by class; the index's own listener is not here."""
        heard = [reading for reading in self.shows.values() if isinstance(reading, Reading)]
        makes = {reading.listener for reading in heard} - {self._index_listener}
        return {make.__name__: make() for make in sorted(makes, key=lambda make: make.__name__)}

    @cached_property
    def hears(self) -> set[str]:
        """The waveforms that monitors need."""
        own = {name for slot in self.slots for name in getattr(slot, "hears", ())}
        return own.union(*(listener.hears for listener in self.listeners.values()))

    @cached_property
    def _index_listener(self) -> Any:
        """What makes who listens for the index, if anybody does."""
        return getattr(self.slots[0], "listener", None)


@dataclass(frozen=True)
class MonitorState:
    """Attributes: count of readings, (patients,); the state of the monitor in each slot; ears, of listeners; said, by
    them and what it is called there.
    """

    count: Array
    index: Any
    pressure: Any
    heart_rate: Any
    ears: Mapping[str, Any]
    said: Mapping[str, Said]


def connect(monitors: Monitors, keys: Array, patient: Patient, truth: Truth) -> tuple[MonitorState, Shown]:
    """Return the monitors of awake patients, and what they show first."""
    xp = namespace(truth.bis)
    chance = Chance(keys, "monitors begin", 0, truth.bis)
    index, pressure, heart_rate = monitors.slots
    index_state, bis = index.connect(patient, truth, chance)
    pressure_state, mean = pressure.connect(patient, truth, chance)
    rate_state, rate = heart_rate.connect(patient, truth, chance)
    count = xp.zeros_like(truth.bis, dtype=xp.int64)
    deaf = {name: listener.begin(len(truth.bis)) for name, listener in monitors.listeners.items()}
    heard = _listened(monitors, deaf, truth)
    return MonitorState(count, index_state, pressure_state, rate_state, *heard), Shown(*bis, *mean, *rate)


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
    heard = _listened(monitors, state.ears, truth)
    return MonitorState(count, index_state, pressure_state, rate_state, *heard), Shown(*bis, *mean, *rate)


def more(monitors: Monitors, state: MonitorState, announced: Said) -> dict[str, Array]:
    """Return what is shown beside the usual readings: `<name>` and `<name>_valid`, each (patients,)."""
    shown: dict[str, Array] = {}
    for name, reading in monitors.shows.items():
        if isinstance(reading, Announcement):
            shown[name], shown[f"{name}_valid"] = announced[name]
            continue
        own = reading.listener.__name__
        said = state.said.get(own) or state.index.said
        shown[name], shown[f"{name}_valid"] = said[reading.name]
    return shown


def _listened(
    monitors: Monitors, ears: Mapping[str, Any], truth: Truth
) -> tuple[dict[str, Any], dict[str, Said]]:
    """Return the states of the listeners, and what they said, after the waveforms since the last readings."""
    heard = {name: listener.listen(ears[name], truth.waves) for name, listener in monitors.listeners.items()}
    return {name: state for name, (state, _) in heard.items()}, {
        name: said for name, (_, said) in heard.items()
    }
