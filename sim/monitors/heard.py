"""Monitors that compute what they show from waveforms: the index, and others. Loaded where something is heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.arrays import Array, namespace
from sim.monitors.eeg.listener import Listener as EEG
from sim.monitors.listening import Reading, Said
from sim.monitors.nociception.analgesia_index import MEAN, AnalgesiaIndex
from sim.monitors.nociception.pleth_index import PlethIndex
from sim.monitors.slots import Chance, IndexReading, Shown
from sim.patient import Patient
from sim.truth import Truth


@dataclass(frozen=True)
class EEGListener:
    """Reads the EEG, see `sim.monitors.eeg`."""

    hears = ("eeg",)

    def begin(self, patients: int) -> Any:
        """See `Listener.begin`."""
        return EEG().begin(patients)

    def listen(self, state: Any, waves: Mapping[str, Array]) -> tuple[Any, Said]:
        """See `Listener.listen`."""
        state, seen = EEG().listen(state, waves["eeg"])
        one = seen.bis >= 0.0
        valid = {"bis": seen.bis_valid, "signal_quality": one}
        return state, {
            name: (value, valid.get(name, seen.bis_valid)) for name, value in seen._asdict().items()
        }


@dataclass(frozen=True)
class PulseListener:
    """Reads one index from one wave of the pulse, see `sim.monitors.nociception`.

    Attributes:
        monitor: whose index it is.
    """

    monitor: PlethIndex | AnalgesiaIndex

    @property
    def hears(self) -> tuple[str, ...]:
        """See `Listener.hears`."""
        return (self.monitor.wave,)

    def begin(self, patients: int) -> Any:
        """See `Listener.begin`."""
        return self.monitor.begin(patients)

    def listen(self, state: Any, waves: Mapping[str, Array]) -> tuple[Any, Said]:
        """See `Listener.listen`."""
        state, values, valid = self.monitor.listen(state, waves[self.monitor.wave])
        return state, {self.monitor.name: (values[-1], valid[-1])}


def pleth_listener() -> PulseListener:
    """Return who reads the photoplethysmogram."""
    return PulseListener(PlethIndex())


def analgesia_listener() -> PulseListener:
    """Return who reads the electrocardiogram."""
    return PulseListener(AnalgesiaIndex())


def calm_analgesia_listener() -> PulseListener:
    """Return who reads the electrocardiogram and averages."""
    return PulseListener(AnalgesiaIndex(MEAN))


@dataclass(frozen=True)
class HeardIndex:
    """Attributes: eeg, the listener's state; said, what it said last (patients,)."""

    eeg: Any
    said: Said


@dataclass(frozen=True)
class EEGIndex:
    """Index computed from the patient's EEG, by openibis; signal is lost where artefacts hide the EEG.

    Attributes:
        interval: s between readings.
        step: s between samples of the true index, which it does not look at.
        noise: False for an EEG without artefacts.
    """

    interval: float
    step: float
    noise: bool = True
    listener = EEGListener
    hears = EEGListener.hears

    def connect(self, patient: Patient, truth: Truth, chance: Chance) -> tuple[HeardIndex, IndexReading]:
        """Return the state and the first reading."""
        state, said = EEGListener().listen(EEGListener().begin(len(truth.bis)), truth.waves)
        return HeardIndex(state, said), _index(said)

    def read(
        self, state: HeardIndex, last: Shown, recent: Array, truth: Truth, chance: Chance
    ) -> tuple[HeardIndex, IndexReading]:
        """Return the state and the reading one control period on; where there is none the last value stays."""
        eeg, said = EEGListener().listen(state.eeg, truth.waves)
        seen = _index(said)
        shown = namespace(seen.bis).where(seen.bis_valid, seen.bis, last.bis)
        return HeardIndex(eeg, said), seen._replace(bis=shown)


def _index(said: Said) -> IndexReading:
    return IndexReading(*said["bis"], said["signal_quality"][0])


SUPPRESSION_RATIO = Reading(
    "share of the last 63 s in which the EEG was suppressed",
    "%",
    0.0,
    100.0,
    EEGListener,
    "suppression_ratio",
)
EMG = Reading("power of muscles in the EEG", "dB", 0.0, 100.0, EEGListener, "emg")
SPECTRAL_EDGE = Reading(
    "frequency below which 95 % of the EEG's power lies", "Hz", 0.0, 30.0, EEGListener, "spectral_edge"
)
SURGICAL_PLETH_INDEX = Reading(
    "stress that pulse amplitude and rate tell, 20-50 is sought",
    "",
    0.0,
    100.0,
    pleth_listener,
    PlethIndex.name,
)
ANALGESIA_INDEX = Reading(
    "how much of the heart's variability is the breath's, 50-70 is sought",
    "",
    0.0,
    100.0,
    analgesia_listener,
    AnalgesiaIndex.name,
)
ANALGESIA_INDEX_MEAN = Reading(
    "the analgesia index, mean over 4 min", "", 0.0, 100.0, calm_analgesia_listener, AnalgesiaIndex.name
)
