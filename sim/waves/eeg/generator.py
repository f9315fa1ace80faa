"""The EEG: spectra of a depth, made to sound, with bursts, muscle, and what disturbs a recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.arrays import Array
from sim.covariates import Covariates
from sim.randomness import series, to_normals
from sim.signals import eeg
from sim.waves.drive import Drive
from sim.waves.eeg import anchors, artefacts, bursts, depth, muscle, noise
from sim.waves.eeg.following import followed, share
from sim.waves.eeg.people import Traits, traits

# What changes from second to second: dB (SD), and time constant, s.
WANDER = {"slow": (2.5, 4.0), "alpha": (2.0, 3.0), "fast": (1.6, 2.0), "muscle": (2.5, 5.0)}
ALPHA = 3.0  # dB, of alpha that varies all it can
SILENCE = 1.8  # µV rms, of what most people have between bursts


@dataclass(frozen=True)
class EEGState:
    """What is carried, patients last.

    Attributes:
        traits: the person's own.
        keys: of chance; seconds: how many have been heard.
        fast, slow: both effects, in numbers of the anchors.
        wander: what changes from second to second, in SDs, (4, patients).
        tail: of the last window, (128, patients), µV.
        muscle: size of its noise; white: the last numbers it was made of, (2, patients).
        bursts, artefacts: see there.
    """

    traits: Traits
    keys: Array
    seconds: Array
    fast: Array
    slow: Array
    wander: Array
    tail: Array
    muscle: Array
    white: Array
    bursts: bursts.Bursts
    artefacts: artefacts.Artefacts


class Parts(NamedTuple):
    """What an EEG is made of, each (seconds, 128, patients), µV; `silent`, (8 x seconds, patients), where the brain is.

    `artefacts` is None where there are none; where `burning`, (seconds, patients), nothing else is heard.
    """

    brain: Array
    muscle: Array
    silent: Array
    artefacts: Array | None
    burning: Array | None


@dataclass(frozen=True)
class EEG:
    """One frontal channel of EEG, 128 samples a second, µV, whose openibis is the true index in steady state.

    Attributes:
        disturbed: whether blinks, electrosurgery, pops, drift and hum are heard.
        curve: depth at every true index; by default the calibrated one.
    """

    disturbed: bool = True
    curve: depth.Curve | None = None
    rate: float = float(eeg.RATE)
    unit: str = "µV"

    def begin(self, person: Covariates, keys: Array) -> EEGState:
        """Return the state before the first second; whose depth the first second then has had for long."""
        zero = np.zeros(len(keys))
        return EEGState(
            traits(person, keys),
            keys,
            zero,
            zero,
            zero,
            np.zeros((len(WANDER), len(keys))),
            np.zeros((eeg.RATE, len(keys)), dtype=np.float32),
            zero,
            np.zeros((2, len(keys)), dtype=np.float32),
            bursts.begin(keys),
            artefacts.begin(len(keys)),
        )

    def play(self, state: EEGState, drive: Drive) -> tuple[EEGState, Array]:
        """Return the state and the EEG, (128 x seconds, patients), µV, under a drive (seconds, patients)."""
        state, parts = self.parts(state, drive)
        heard = parts.brain + parts.muscle
        if parts.artefacts is not None and parts.burning is not None:
            heard = np.where(parts.burning[:, None], parts.artefacts, heard + parts.artefacts)
        np.clip(heard, -artefacts.RANGE, artefacts.RANGE, out=heard)
        return state, heard.reshape(-1, heard.shape[-1])

    def parts(self, state: EEGState, drive: Drive) -> tuple[EEGState, Parts]:
        """Return the state and what the EEG is made of; see `play`."""
        count = len(drive.bis)
        seconds = state.seconds + np.arange(count)[:, None]
        first = state.seconds == 0.0
        fast = depth.depth(drive.bis, self.curve)
        slow = followed(np.where(first, fast[0], state.slow), fast, share(depth.SLOW))
        wander = _wandering(state, seconds)
        level = _level(state.traits, fast, slow, wander)
        brain, tail = noise.coloured(state.keys, "eeg brain", seconds, level, state.tail)
        rest, silent = _with_bursts(brain, state, slow, level)
        personal = state.traits.muscle + WANDER["muscle"][0] * wander[:, 3]
        sizes = muscle.amplitude(slow, drive.nociception, drive.relaxed, personal)
        before = np.where(first, sizes[0], state.muscle)
        tone, white = muscle.play(state.keys, seconds, sizes, before, state.white)
        disturbance, more, burning = state.artefacts, None, None
        if self.disturbed:
            disturbance, more, burning = artefacts.play(
                state.artefacts, state.traits, state.keys, seconds, slow, drive.operating
            )
        carried = fast[-1], slow[-1], wander[-1], tail, sizes[-1], white, rest, disturbance
        after = EEGState(state.traits, state.keys, state.seconds + count, *carried)
        return after, Parts(brain, tone, silent, more, burning)


def _wandering(state: EEGState, seconds: Array) -> Array:
    """Ornstein-Uhlenbeck processes of unit variance, (seconds, 4, patients)."""
    closing = np.array([[share(constant)] for _, constant in WANDER.values()])
    chance = to_normals(series(state.keys, "eeg wander", seconds, len(WANDER)))
    return followed(state.wander, chance * np.sqrt(2.0 / closing - 1.0), closing)


def _level(own: Traits, fast: Array, slow: Array, wander: Array) -> Array:
    """The brain's spectrum, (seconds, bins, patients), dB re 1 µV²/Hz."""
    weights = anchors.weights(slow)
    idling, spindling = np.tensordot(anchors.alphas(), weights, 1)
    slower, waxing, faster = (
        amount * wander[:, row] for row, (amount, _) in enumerate(list(WANDER.values())[:3])
    )
    excited = depth.excitation(fast, slow)
    common = np.concatenate([weights, np.stack([slower, faster, excited])])
    level = _shapes() @ common.astype(np.float32).transpose(1, 0, 2)
    level += own.spectrum
    # Where there is no alpha, none can vary.
    idling = idling * own.idles + waxing * np.minimum(idling / ALPHA, 1.0)
    spindling = spindling + (own.alpha + waxing) * np.minimum(spindling / ALPHA, 1.0)
    level += idling.astype(np.float32)[:, None] * own.idling
    level += spindling.astype(np.float32)[:, None] * own.spindling
    return level


def _shapes() -> Array:
    """What levels are sums of, (bins, anchors + 3): anchors; what varies below 4 Hz, and above 13; beta."""
    slow = 1.0 / (1.0 + (anchors.FREQUENCIES / 4.0) ** 4)
    fast = 1.0 / (1.0 + (13.0 / np.maximum(anchors.FREQUENCIES, 0.5)) ** 8)
    rows = [*anchors.background(), slow, fast, anchors.peak(*anchors.EXCITED)]
    return np.stack(rows, axis=1).astype(np.float32)


def _with_bursts(brain: Array, state: EEGState, slow: Array, level: Array) -> tuple[bursts.Bursts, Array]:
    """Silence the brain, in place, where bursts end; return their state, and where it is silent."""
    share_silent = depth.silence(slow)
    if bursts.at_work(state.bursts, share_silent):
        return state.bursts, np.zeros((bursts.LOOKS * len(slow), slow.shape[1]))
    loud = np.sqrt(0.5 * np.sum(np.exp(level * np.float32(np.log(10.0) / 10.0)), axis=1))
    rest = np.minimum(SILENCE * state.traits.silence / loud, 1.0)
    after, silent, factor = bursts.play(state.bursts, state.keys, share_silent, rest)
    begins = np.concatenate([state.bursts.factor[None], factor[:-1]])
    between = (np.arange(eeg.RATE // bursts.LOOKS) + 1.0)[:, None] * (bursts.LOOKS / eeg.RATE)
    gain = (begins[:, None] + between * (factor - begins)[:, None]).astype(np.float32)
    brain *= gain.reshape(brain.shape)
    return after, silent
