"""What disturbs the electrodes: blinks, electrosurgery, pops, the mains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array
from sim.randomness import spins, uniforms
from sim.waves.drive import Drive
from sim.waves.eeg.muscles import awake
from sim.waves.eeg.spectrum import RATE

BLINKS, BLINK_LENGTH = 0.25, 0.3  # a second awake; s
BLINK_HEIGHT = 100.0, 150.0  # µV
SURGERY, SURGERY_LENGTH = (
    1.0 / 300.0,
    (2.0, 10.0),
)  # a second between incision and the last stitch (choice); s
SATURATED, HASH = 400.0, 40.0  # µV, limit of the amplifier; size of the hash
POPS, POP_HEIGHT, POP_FADES = 1.0 / 1200.0, 250.0, 0.4  # a second (choice); µV; s
MAINS, MAINS_HEIGHT = 50.0, 0.4  # Hz, µV
TIMES = np.arange(RATE) / RATE  # s


@dataclass(frozen=True)
class Artefacts:
    """What lasts, each (patients,): s of electrosurgery left; µV left of a pop."""

    surgery: Array
    pop: Array


def none(example: Array) -> Artefacts:
    """Return electrodes that nothing disturbs."""
    return Artefacts(0.0 * example, 0.0 * example)


def disturbed(
    state: Artefacts, eeg: Array, drive: Drive, keys: Array, second: Array
) -> tuple[Artefacts, Array]:
    """Return the state and a second of EEG, (128, patients), with what disturbs it.

    Args:
        drive: of that second, each (patients,).
        second: its number, (patients,).
    """
    u = uniforms(keys, "eeg artefacts", second, 8)
    eeg = eeg + (MAINS_HEIGHT * np.sin(2.0 * np.pi * MAINS * TIMES))[:, None]
    blinks = u[0] < BLINKS * awake(drive.bis)
    if blinks.any():
        low, high = BLINK_HEIGHT
        since = TIMES[:, None] - (1.0 - BLINK_LENGTH) * u[1]
        lid = np.sin(np.pi * np.clip(since / BLINK_LENGTH, 0.0, 1.0))
        eeg = eeg + blinks * (low + (high - low) * u[2]) * lid
    pop = state.pop + np.where(u[3] < POPS, POP_HEIGHT * np.sign(u[4] - 0.5), 0.0)
    if pop.any():
        eeg = eeg + pop * np.exp(-TIMES / POP_FADES)[:, None]
        pop = np.where(np.abs(pop) > 1.0, pop * np.exp(-1.0 / POP_FADES), 0.0)
    short, long = SURGERY_LENGTH
    begins = (u[5] < SURGERY * drive.operating) & (state.surgery <= 0.0)
    surgery = np.where(begins, np.ceil(short + (long - short) * u[6]), state.surgery)
    if (surgery > 0.0).any():
        noise = HASH * spins(keys, "eeg electrosurgery", second, RATE).real
        burning = np.clip(SATURATED * np.sign(u[7] - 0.5) + noise, -SATURATED, SATURATED)
        eeg = np.where(surgery > 0.0, burning, eeg)
    return Artefacts(np.maximum(surgery - 1.0, 0.0), pop), eeg
