"""How people's EEG differs: size by age and by person, slope, alpha, muscle tone. Drawn once from the case's key."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array
from sim.covariates import Covariates
from sim.randomness import truncated_normals
from sim.waves.eeg import anchors

SHRINKING = (
    0.018  # per year: amplitudes 2.5 times smaller at 80 than at 28; Purdon, Br J Anaesth 2015;115:i46
)
FLATTENING = 0.01  # dB per e-fold of frequency and year: flatter in old people
TYPICAL_AGE = 40.0  # years, of the people whose spectra are the anchors
PIVOT = 6.0  # Hz, where slopes cross
# Standard deviations between people; with them bands spread as between the 13 recorded people, 2 to 3 dB, while the
# index of people of one depth, which a steep slope lowers and a gain does not, spreads by 2 to 7.
AMPLITUDE = 0.22  # ln
SLOPE = 0.3  # dB per e-fold of frequency
SLOW = 1.0  # dB, below 2 Hz
ALPHA = 2.5  # dB, under propofol
IDLING = 0.7  # ln, of the height of alpha awake: a few have very much
ALPHA_PEAK = 0.8  # Hz
MUSCLE = 4.0  # dB
SILENCE = 0.3  # ln, of what is left between bursts
LINE = 0.7  # ln


@dataclass(frozen=True)
class Traits:
    """What is a person's own.

    Attributes:
        spectrum: added to every anchor, (bins, patients), dB.
        idling, spindling: both alphas' shapes, (bins, patients).
        idles: factor of the height of alpha awake, (patients,).
        alpha: added to the height of alpha under propofol, dB.
        muscle: added to muscle tone, dB.
        silence, line: factors of what is left between bursts, and of the hum of the mains.
        phase: of the hum, 0-1.
    """

    spectrum: Array
    idling: Array
    spindling: Array
    idles: Array
    alpha: Array
    muscle: Array
    silence: Array
    line: Array
    phase: Array


def traits(person: Covariates, keys: Array) -> Traits:
    """Return everybody's own traits, arrays of (patients,) and (bins, patients)."""
    drawn = truncated_normals(keys, "eeg traits", 10, 2.5)
    size = AMPLITUDE * drawn[0] - SHRINKING * (person.age - TYPICAL_AGE)
    slope = SLOPE * drawn[1] + FLATTENING * (person.age - TYPICAL_AGE)
    above = np.log(np.maximum(anchors.FREQUENCIES, anchors.NODES[0]) / PIVOT)[:, None]
    slow = 1.0 / (1.0 + (anchors.FREQUENCIES[:, None] / 2.0) ** 2)
    spectrum = 20.0 / np.log(10.0) * size + slope * above + SLOW * drawn[2] * slow
    idling, spindling = (
        anchors.peak(at + ALPHA_PEAK * drawn[3], width).astype(np.float32)
        for at, width in (anchors.IDLING, anchors.SPINDLING)
    )
    return Traits(
        spectrum.astype(np.float32),
        idling,
        spindling,
        np.exp(IDLING * drawn[9]),
        ALPHA * drawn[4],
        MUSCLE * drawn[5],
        np.exp(SILENCE * drawn[6]),
        np.exp(LINE * drawn[7]),
        0.5 + drawn[8] / 5.0,
    )
