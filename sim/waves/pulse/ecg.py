"""The electrocardiogram: five bumps a beat.

P, Q, R, S and T are those of McSharry, Clifford, Tarassenko & Smith, IEEE Trans Biomed Eng 2003;50:289 (ECGSYN): where
their model is integrated in closed form, each bump is a Gaussian of the angle, of height a b². Angles and widths move
with the rate as in their program, so that the T wave comes earlier in a faster heart, but by less than the beat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array
from sim.covariates import Covariates
from sim.randomness import truncated_normals
from sim.waves.pulse.beats import Beats, over
from sim.waves.pulse.chance import episodes, hiss
from sim.waves.pulse.shapes import bump, fraction

RATE, UNIT = 250, "mV"
ANGLES = -70.0, -15.0, 0.0, 15.0, 100.0  # degrees
HEIGHTS = 1.2, -5.0, 30.0, -7.5, 0.75  # a
WIDTHS = 0.25, 0.1, 0.1, 0.1, 0.4  # b, radians
FASTER = 0.25, 0.5, 0.0, 0.5, 0.25  # powers of the rate over 60/min that move the angles
HEIGHT = 1.1, 0.30  # of R in lead II: mV, log-SD
REPOLARISATION = 0.30  # log-SD of the T wave
SWAYING, BREATH_HEIGHT = 0.04, 0.05  # mV of the baseline, share of the height, with the breath
SENSOR, MUSCLE = 0.008, 0.025  # mV rms: the amplifier, and an awake body
COAGULATION = 10, 0.10, 4  # s of a slot, probability of electrosurgery in one, s it lasts
SPARKS = 0.8  # mV rms of it


@dataclass(frozen=True)
class Traits:
    """Of a person's electrocardiogram, (patients,): mV of R, and the T wave's height beside it as a factor."""

    height: Array
    repolarisation: Array


def traits(person: Covariates, keys: Array) -> Traits:
    """Return the person's own."""
    drawn = truncated_normals(keys, "electrocardiogram", 2)
    return Traits(HEIGHT[0] * np.exp(HEIGHT[1] * drawn[0]), np.exp(REPOLARISATION * drawn[1]))


def samples(beats: Beats, own: Traits, artefacts: bool) -> Array:
    """Return mV, (250 x seconds, patients), float32; with electrosurgery where artefacts are."""
    place = fraction(beats.phase_at(RATE))
    single = np.float32
    faster = over((beats.rows.heart_rate / 60.0).astype(single), RATE)
    root = np.sqrt(faster)
    quarter = np.sqrt(root)
    moved = {0.0: single(1.0), 0.25: quarter, 0.5: root}
    tallest = HEIGHTS[2] * WIDTHS[2] ** 2
    wave = np.zeros_like(place)
    for number, (angle, height, width, power) in enumerate(zip(ANGLES, HEIGHTS, WIDTHS, FASTER, strict=True)):
        size = height * width**2 / tallest * (own.repolarisation if number == 4 else 1.0)
        centre, spread = single(angle / 360.0) * moved[power], single(width / (2.0 * np.pi)) * root
        wave += single(size) * bump(place, centre, spread)
    breath = beats.breath_at(RATE)
    wave *= own.height.astype(single) * (1.0 + single(BREATH_HEIGHT) * breath)
    wave += single(SWAYING) * breath
    tense = MUSCLE * (1.0 - beats.asleep) * (1.0 - beats.rows.relaxed)
    loud = np.sqrt(SENSOR**2 + tense**2)
    if artefacts:
        coagulating = episodes(beats.keys, "electrosurgery", beats.seconds, *COAGULATION)
        loud[1:] += SPARKS * coagulating * beats.rows.operating[1:]
    # The seconds themselves, not lines between them: what sparks begins and ends at once.
    wave += np.repeat(loud[1:].astype(single), RATE, axis=0) * hiss(
        beats.keys, "ecg noise", beats.seconds, RATE
    )
    return wave
