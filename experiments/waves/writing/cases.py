"""Simulated cases as recordings: the loop is run in a room where waveforms are heard, and a tape runs along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from experiments.loop import evaluation
from experiments.loop.evaluation import Evaluation
from experiments.waves.writing.tracks import Event, Recording, Trend, Wave
from sim.arrays import Array, to_numpy
from sim.covariates import Covariates
from sim.interfaces import Readings
from sim.monitors.eeg.listener import Listener
from sim.monitors.nociception.analgesia_index import AnalgesiaIndex
from sim.monitors.nociception.pleth_index import PlethIndex
from sim.surgery import PHASES
from sim.theatre import Theatre
from sim.theatre.rollout import simulate
from sim.theatre.trace import Trace
from sim.units import SECONDS_PER_HOUR
from sim.waves import WAVES

PROPOFOL_MG_PER_ML, REMIFENTANIL_UG_PER_ML = 20.0, 20.0  # as VitalDB's PPF20 and RFTN20 say
# name of the wave -> track, step of a 16-bit sample, a usual screen, EDF+ channel
WAVE_TRACKS = {
    "eeg": ("BIS/EEG1_WAV", 0.05, (-100.0, 100.0), "EEG Fp1"),
    "ecg": ("SNUADC/ECG_II", 0.0005, (-1.0, 2.0), "ECG II"),
    "ppg": ("SNUADC/PLETH", 0.0005, (-0.5, 3.0), "Pleth"),
    "pressure": ("SNUADC/ART", 0.02, (0.0, 200.0), "ART"),
}
# name of the listener's reading -> track, unit, a usual screen
SEEN = {
    "bis": ("BIS/BIS", "", (0.0, 100.0)),
    "signal_quality": ("BIS/SQI", "%", (0.0, 100.0)),
    "suppression_ratio": ("BIS/SR", "%", (0.0, 100.0)),
    "emg": ("BIS/EMG", "dB", (0.0, 100.0)),
    "spectral_edge": ("BIS/SEF", "Hz", (0.0, 30.0)),
}
LOOKED_AT = 300  # s of EEG that the monitor is given at a time
TOGETHER = 4  # patients whose waves are held at a time


@dataclass(frozen=True)
class Tape:
    """An observer that estimates nothing and keeps the waveforms it hears: the one that remembers for itself."""

    control_period: float
    pieces: list[dict[str, np.ndarray]] = field(default_factory=list)
    waves = tuple(WAVE_TRACKS)

    @property
    def estimates(self) -> Mapping[str, tuple[float, float, str]]:
        """None."""
        return {}

    def initial(self, covariates: Covariates) -> None:
        """Remember nothing yet."""

    def update(self, state: None, readings: Readings) -> tuple[None, Mapping[str, Array]]:
        """Keep what was heard over the last control period."""
        if float(readings.time[0]) > 0.0:  # before, nobody recorded
            self.pieces.append({name: to_numpy(readings.waves[name]) for name in self.waves})
        return None, {}

    def played(self) -> dict[str, np.ndarray]:
        """Return everything heard, (samples, patients) by name."""
        return {name: np.concatenate([piece[name] for piece in self.pieces]) for name in self.waves}


def recordings(
    config: Evaluation, agent: str, numbers: np.ndarray, progress: Callable[[int], None] | None = None
) -> list[Recording]:
    """Return the cases of these numbers under an agent, each as a recording.

    Args:
        config: of the room, where all waves of a tape are heard, the patients and the surgery.
        progress: called after each control period.

    Raises:
        ValueError: an option that is not allowed.
    """
    by = evaluation.agent_named(agent, config)
    case = evaluation.admitted(config, numbers)
    tape = Tape(config.control_period)
    room = Theatre.of(config, by.orders)
    watching = evaluation.observers(evaluation.equipped(config, (agent,)))
    trace = simulate(room, case, by, {**watching, "tape": tape}, progress)
    heard = tape.played()
    indices = _indices(heard)
    person = case.patient.covariates
    return [
        Recording(
            f"case_{number}",
            "F" if person.female[i] else "M",
            float(person.age[i]),
            round(config.horizon),
            {spec[0]: _wave(name, heard[name][:, i]) for name, spec in WAVE_TRACKS.items()},
            _trends(trace, indices, config.control_period, i),
            _events(trace, i),
        )
        for i, number in enumerate(numbers)
    ]


def _wave(name: str, values: np.ndarray) -> Wave:
    _, step, shown, channel = WAVE_TRACKS[name]
    made: Any = WAVES.get(name)()
    return Wave(values, made.rate, made.unit, step, shown, channel)


def _indices(heard: Mapping[str, np.ndarray]) -> dict[str, tuple[np.ndarray, str, tuple[float, float]]]:
    """Return what monitors make of the waves each second, (seconds, patients), NaN where nothing is shown."""
    eeg, block = heard["eeg"], LOOKED_AT * round(WAVES.get("eeg")().rate)
    listener = Listener()
    state, parts = listener.begin(eeg.shape[1]), []
    for part in np.split(eeg, range(block, len(eeg), block)):
        state, seen = listener.course(state, part)
        parts.append(seen)
    said = {name: np.concatenate([getattr(part, name) for part in parts]) for name in (*SEEN, "bis_valid")}
    found = {}
    for name, (track, unit, shown) in SEEN.items():
        always = name == "signal_quality"
        found[track] = (
            said[name] if always else np.where(said["bis_valid"], said[name], np.nan),
            unit,
            shown,
        )
    monitors: dict[str, Any] = {"Testbed/SPI": PlethIndex(), "Testbed/ANI": AnalgesiaIndex()}
    for track, monitor in monitors.items():
        _, values, good = monitor.listen(monitor.begin(eeg.shape[1]), heard[monitor.wave])
        found[track] = (np.where(good, values, np.nan), "", (0.0, 100.0))
    return found


def _trends(
    trace: Trace,
    indices: Mapping[str, tuple[np.ndarray, str, tuple[float, float]]],
    period: float,
    patient: int,
) -> dict[str, Trend]:
    """Return what one patient's screens, pumps and the truth showed over time."""
    each_second = {
        name: Trend(values[:, patient], 1.0, unit, shown) for name, (values, unit, shown) in indices.items()
    }
    per_hour = SECONDS_PER_HOUR / PROPOFOL_MG_PER_ML, SECONDS_PER_HOUR / REMIFENTANIL_UG_PER_ML
    estimates = trace.estimates
    columns = {
        "Solar8000/ART_MBP": (trace.measured_pressure, "mmHg", (0.0, 150.0)),
        "Solar8000/HR": (trace.measured_heart_rate, "/min", (30.0, 150.0)),
        "Orchestra/PPF20_RATE": (per_hour[0] * trace.propofol, "mL/hr", (0.0, 200.0)),
        "Orchestra/RFTN20_RATE": (per_hour[1] * trace.remifentanil, "mL/hr", (0.0, 200.0)),
        "Orchestra/PPF20_CP": (estimates["nominal.plasma_propofol"], "mcg/mL", (0.0, 15.0)),
        "Orchestra/PPF20_CE": (estimates["nominal.effect_propofol"], "mcg/mL", (0.0, 15.0)),
        "Orchestra/RFTN20_CP": (estimates["nominal.plasma_remifentanil"], "ng/mL", (0.0, 15.0)),
        "Orchestra/RFTN20_CE": (estimates["nominal.effect_remifentanil"], "ng/mL", (0.0, 15.0)),
        "Testbed/TRUE_BIS": (trace.bis, "", (0.0, 100.0)),
        "Testbed/TRUE_MBP": (trace.mean_arterial_pressure, "mmHg", (0.0, 150.0)),
        "Testbed/TRUE_PPF_CE": (trace.effect_propofol, "mcg/mL", (0.0, 15.0)),
        "Testbed/TRUE_RFTN_CE": (trace.effect_remifentanil, "ng/mL", (0.0, 15.0)),
        "Testbed/STIMULUS": (trace.stimulus, "", (0.0, 60.0)),
    }
    rows = {}
    for name, (values, unit, shown) in columns.items():
        # A rate belongs to the period that ends with its row, all else to the moment: both begin where they hold.
        own = values[1:, patient] if name.endswith("_RATE") else values[:-1, patient]
        rows[name] = Trend(own, period, unit, shown)
    return {**each_second, **rows}


def _events(trace: Trace, patient: int) -> list[Event]:
    phase = trace.phase[:, patient].astype(int)
    begun = np.flatnonzero(np.diff(phase, prepend=-1))
    return [Event(float(trace.time[row]), PHASES[phase[row]]) for row in begun if row < len(phase) - 1]
