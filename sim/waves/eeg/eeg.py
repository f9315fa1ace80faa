"""EEG of one frontal channel, µV, 128 samples a second.

Every second a window of two is made of random phases under the spectrum of that moment; neighbours overlap by half. The
brain is gated by burst suppression; muscles and the amplifier are not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.fft import irfft

from sim.arrays import Array
from sim.covariates import Covariates
from sim.randomness import spins
from sim.waves.drive import Drive, second
from sim.waves.eeg import artefacts, bursts, muscles, spectrum
from sim.waves.eeg.artefacts import Artefacts
from sim.waves.eeg.bursts import STEPS, Bursts
from sim.waves.eeg.depth import path_of, place_of, silence_of
from sim.waves.eeg.spectrum import RATE, WINDOW, Traits

FAST, SLOW = (
    10.0,
    40.0,
)  # s, of two effects on the brain: the fast one excites before the slow one calms (choice)
HALVES = np.hanning(WINDOW + 1)[:-1, None].astype(np.float32) ** 0.5  # squares of neighbours sum to 1
SCALE = np.float32(WINDOW / 2 * np.sqrt(RATE / WINDOW))  # of a bin's amplitude, for a density of 1 µV²/Hz
EDGES = np.linspace(0.0, STEPS, RATE, endpoint=False)  # of a second's samples, in steps of the gate


@dataclass(frozen=True)
class EEGState:
    """What is carried.

    Attributes:
        keys: (patients,).
        second: the next one, (patients,).
        traits, strength: of the person's brain and muscles.
        effects: places on the path that a fast and a slow effect have reached, (2, patients); NaN at first.
        bursts, artefacts: see there.
        brain, rest: the second half of the last window, (128, patients), µV.
    """

    keys: Array
    second: Array
    traits: Traits
    strength: Array
    effects: Array
    bursts: Bursts
    artefacts: Artefacts
    brain: Array
    rest: Array


@dataclass(frozen=True)
class EEG:
    """Synthetic EEG that follows the true index of its patient.

    Attributes:
        disturbed: whether there are blinks, electrosurgery, pops and mains in it.
    """

    disturbed: bool = True
    rate = float(RATE)
    unit = "µV"

    def begin(self, person: Covariates, keys: Array) -> EEGState:
        """See `sim.waves.wave.Wave.begin`."""
        zero = np.zeros(len(keys))
        silent = np.zeros((RATE, len(keys)), dtype=np.float32)
        return EEGState(
            keys,
            zero.astype(np.int64),
            spectrum.traits(person, keys),
            muscles.own(keys),
            np.full((2, len(keys)), np.nan),
            bursts.begin(zero),
            artefacts.none(zero),
            silent,
            silent,
        )

    def play(self, state: EEGState, drive: Drive) -> tuple[EEGState, Array]:
        """See `sim.waves.wave.Wave.play`."""
        paths = path_of(drive.bis)
        seconds = []
        for number, path in enumerate(paths):
            state, samples = self._second(state, path, second(drive, number))
            seconds.append(samples)
        return state, np.concatenate(seconds)

    def _second(self, state: EEGState, path: Array, now: Drive) -> tuple[EEGState, Array]:
        """Return the state and the samples of one second, (128, patients)."""
        effects = np.where(np.isnan(state.effects), path, state.effects)
        effects = effects + (path - effects) * np.array([[1.0 / FAST], [1.0 / SLOW]])
        excitation = np.clip(effects[0] - effects[1], 0.0, 1.0)
        brain, rest = _windows(state, place_of(path), excitation, now)
        moved, gates = bursts.gated(state.bursts, silence_of(path), state.keys, state.second)
        samples = _gate(gates) * (state.brain + brain[:RATE]) + (state.rest + rest[:RATE])
        kept = state.artefacts
        if self.disturbed:
            kept, samples = artefacts.disturbed(kept, samples, now, state.keys, state.second)
        after = replace(
            state,
            second=state.second + 1,
            effects=effects,
            bursts=moved,
            artefacts=kept,
            brain=brain[RATE:],
            rest=rest[RATE:],
        )
        return after, samples


def _windows(state: EEGState, place: Array, excitation: Array, now: Drive) -> tuple[Array, Array]:
    """Return two seconds of brain, and of muscles and amplifier, (256, patients), tapered."""
    phases = spins(state.keys, "eeg", state.second, RATE)
    density = spectrum.decibels(state.traits, place, excitation)[:RATE]
    density *= np.float32(0.05 * np.log(10.0))
    np.exp(density, out=density)
    others = np.sqrt(muscles.density(state.strength, now)[:RATE])
    brain, rest = density * phases, others * phases[::-1]
    return _tapered(brain), _tapered(rest)


def _tapered(spectrum: Array) -> Array:
    wave = irfft(spectrum, WINDOW, axis=0, overwrite_x=True)
    wave *= HALVES * SCALE
    return wave


def _gate(gates: Array) -> Array:
    """Return the gate at each sample of a second, (128, patients): straight between the steps."""
    if (gates == 1.0).all():
        return np.ones((1, 1))
    step = EDGES.astype(int)
    share = (EDGES - step)[:, None]
    return (1.0 - share) * gates[step] + share * gates[step + 1]
