"""What is in a recording but not in the brain: blinks, electrosurgery, electrode pops, drift, the hum of the mains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array
from sim.randomness import series, to_normals
from sim.signals.eeg import RATE
from sim.waves.eeg import anchors
from sim.waves.eeg.following import followed
from sim.waves.eeg.noise import normals
from sim.waves.eeg.people import Traits

RANGE = 400.0  # µV, at which the amplifier saturates
BLINKS = 0.25  # per second, awake
BLINK_SIZE, BLINK_LENGTH = (100.0, 150.0), 0.3  # µV; s
ELECTROSURGERY = 1.0 / 150.0  # per second, while the surgeon operates
ELECTROSURGERY_LENGTH = 2.0, 10.0  # s
HASH = 600.0, 53.0  # µV, Hz: what drives the amplifier into its limits
POPS = 1.0 / 900.0  # per second
POP_SIZE, POP_DECAY = (80.0, 300.0), 0.4  # µV; s
GONE = 0.5  # µV of a pop that nobody sees
DRIFT, DRIFTING = 5.0, 15.0  # µV (SD); s, time constant
LINE, LINE_SIZE = 50, 0.3  # Hz, whole; µV, of most people
LINE_OPERATING = 3.0  # times more while the surgeon's devices are plugged in


@dataclass(frozen=True)
class Artefacts:
    """What is carried, each (patients,): whole seconds left of electrosurgery, what is left of a pop (µV), drift."""

    burning: Array
    pop: Array
    drift: Array


def begin(patients: int) -> Artefacts:
    """Return a recording without any."""
    return Artefacts(*np.zeros((3, patients)))


def play(
    state: Artefacts, traits: Traits, keys: Array, seconds: Array, depth: Array, operating: Array
) -> tuple[Artefacts, Array, Array]:
    """Return the state, what is added to the EEG, (seconds, 128, patients), µV, and where only electrosurgery is heard.

    Args:
        seconds: numbers of the seconds, (seconds, patients).
        depth: in numbers of the anchors, (seconds, patients).
        operating: 0 or 1, (seconds, patients).
    """
    chance = series(keys, "eeg artefacts", seconds, 8)
    burning = _burning(state.burning, chance[:, 0], chance[:, 1], operating)
    more, drift = _drifting(state.drift, to_normals(chance[:, 2]))
    more += _line(traits, operating)
    awake = np.clip(anchors.SEDATED - depth, 0.0, 1.0)
    _blink(more, chance[:, 3] < BLINKS * awake, chance[:, 4], chance[:, 5])
    pop = _pop(more, state.pop, chance[:, 6], chance[:, 7])
    where = np.nonzero(burning > 0.0)
    if len(where[0]):
        more[where[0], :, where[1]] = _surgery(keys, seconds)[where[0], :, where[1]]
    return Artefacts(burning[-1], pop, drift), more, burning > 0.0


def _burning(left: Array, starts: Array, length: Array, operating: Array) -> Array:
    """Whole seconds left of electrosurgery, after each second began."""
    shortest, longest = ELECTROSURGERY_LENGTH
    lasting = np.floor(shortest + length * (longest - shortest + 1.0))
    begins = np.where((starts < ELECTROSURGERY) & (operating > 0.0), lasting, 0.0)
    after = np.empty_like(begins)
    for second, new in enumerate(begins):
        left = after[second] = np.maximum(np.maximum(left - 1.0, 0.0), new)
    return after


def _surgery(keys: Array, seconds: Array) -> Array:
    size, frequency = HASH
    time = (np.arange(RATE) / RATE).astype(np.float32)[:, None]
    noise = normals(keys, "eeg electrosurgery", seconds, RATE)
    return np.float32(size) * (np.sin(np.float32(2.0 * np.pi * frequency) * time) + noise)


def _drifting(before: Array, chance: Array) -> tuple[Array, Array]:
    """Straight lines between the whole seconds of an Ornstein-Uhlenbeck process."""
    kept = np.exp(-1.0 / DRIFTING)
    steps = DRIFT * np.sqrt(1.0 - kept**2) * chance / (1.0 - kept)
    ends = followed(before, steps, 1.0 - kept)
    begins = np.concatenate([before[None], ends[:-1]]).astype(np.float32)[:, None]
    through = ((np.arange(RATE) + 1.0) / RATE).astype(np.float32)[:, None]
    return begins + through * (ends.astype(np.float32)[:, None] - begins), ends[-1]


def _line(traits: Traits, operating: Array) -> Array:
    turn = 2.0 * np.pi * (LINE * np.arange(RATE) / RATE)[:, None]
    wave = LINE_SIZE * traits.line * np.sin(turn + 2.0 * np.pi * traits.phase)
    return wave.astype(np.float32) * np.where(operating, np.float32(LINE_OPERATING), np.float32(1.0))[:, None]


def _blink(more: Array, blinks: Array, when: Array, size: Array) -> None:
    where = np.nonzero(blinks)
    began = when[where][:, None] * (1.0 - BLINK_LENGTH)
    through = (np.arange(RATE) / RATE - began) / BLINK_LENGTH
    low, high = BLINK_SIZE
    shape = np.where((through > 0.0) & (through < 1.0), np.sin(np.pi * through), 0.0)
    more[where[0], :, where[1]] += (low + (high - low) * size[where][:, None]) * shape


def _pop(more: Array, left: Array, chance: Array, when: Array) -> Array:
    """Add the pops; return what is left of them at the end."""
    low, high = POP_SIZE
    pops = chance < POPS
    place = chance / POPS  # between 0 and 1 where there is one
    size = np.where(
        pops, np.where(place < 0.5, -1.0, 1.0) * (low + (high - low) * np.abs(2.0 * place - 1.0)), 0.0
    )
    began = np.empty_like(size)
    for second, new in enumerate(size):
        began[second] = left = np.where(np.abs(left) > GONE, left, 0.0)
        left = left * np.exp(-1.0 / POP_DECAY) + new * np.exp((when[second] - 1.0) / POP_DECAY)
    where = np.nonzero(pops | (began != 0.0))
    time = np.arange(RATE) / RATE
    since = time - when[where][:, None]
    fresh = np.where(since >= 0.0, np.exp(-np.maximum(since, 0.0) / POP_DECAY), 0.0)
    old = began[where][:, None] * np.exp(-time / POP_DECAY)
    more[where[0], :, where[1]] += size[where][:, None] * fresh + old
    return left
