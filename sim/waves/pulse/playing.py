"""The three waves of one heart, each alone by name or all together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.arrays import Array
from sim.covariates import Covariates
from sim.waves.drive import Drive
from sim.waves.pulse import beats, ecg, ppg, pressure

SIGNALS: Mapping[str, Any] = {"ecg": ecg, "ppg": ppg, "pressure": pressure}


@dataclass(frozen=True)
class PulseState:
    """A heart between two pieces of a case, and the person's own of each wave by name."""

    heart: beats.BeatState
    traits: Mapping[str, Any]


@dataclass(frozen=True)
class Pulse:
    """All waves of one heart at once, from one computation of its beats.

    Attributes:
        artefacts: whether electrosurgery, motion and flushes disturb them.
        names: which waves, of "ecg", "ppg", "pressure".
    """

    artefacts: bool = True
    names: Sequence[str] = tuple(SIGNALS)

    @property
    def rates(self) -> dict[str, float]:
        """Samples a second, by name."""
        return {name: float(SIGNALS[name].RATE) for name in self.names}

    @property
    def units(self) -> dict[str, str]:
        """Of the samples, by name."""
        return {name: SIGNALS[name].UNIT for name in self.names}

    def begin(self, person: Covariates, keys: Array) -> PulseState:
        """Return the state before the first second."""
        traits = {name: SIGNALS[name].traits(person, keys) for name in self.names}
        return PulseState(beats.begin(person, keys), traits)

    def play(self, state: PulseState, drive: Drive) -> tuple[PulseState, dict[str, Array]]:
        """Return the new state and the samples by name, each (rate x seconds, patients), float32."""
        heart, heard = beats.play(state.heart, drive)
        waves = {
            name: SIGNALS[name].samples(heard, state.traits[name], self.artefacts) for name in self.names
        }
        return PulseState(heart, state.traits), waves


@dataclass(frozen=True)
class PulseWave:
    """One wave of the pulse, as a `sim.waves.wave.Wave`; of the same keys it is the one that `Pulse` plays."""

    name: str
    artefacts: bool = True

    @property
    def rate(self) -> float:
        """Samples a second."""
        return float(SIGNALS[self.name].RATE)

    @property
    def unit(self) -> str:
        """Of the samples."""
        return SIGNALS[self.name].UNIT

    def begin(self, person: Covariates, keys: Array) -> PulseState:
        """Return the state before the first second."""
        return self._pulse.begin(person, keys)

    def play(self, state: PulseState, drive: Drive) -> tuple[PulseState, Array]:
        """Return the new state and the samples, (rate x seconds, patients), float32."""
        state, waves = self._pulse.play(state, drive)
        return state, waves[self.name]

    @property
    def _pulse(self) -> Pulse:
        return Pulse(self.artefacts, (self.name,))


def electrocardiogram(artefacts: bool = True) -> PulseWave:
    """Return the electrocardiogram, lead II: 250 Hz, mV."""
    return PulseWave("ecg", artefacts)


def photoplethysmogram(artefacts: bool = True) -> PulseWave:
    """Return the photoplethysmogram of a finger: 100 Hz, 1 is a typical awake adult's amplitude."""
    return PulseWave("ppg", artefacts)


def arterial_pressure(artefacts: bool = True) -> PulseWave:
    """Return the pressure of a radial catheter: 100 Hz, mmHg."""
    return PulseWave("pressure", artefacts)
