"""Arterial pressure as a radial catheter shows it.

A beat is a systolic wave, its reflection, the incisura and an exponential run-off. The beat's mean is taken off the
template in closed form, so that the mean of the wave is the true mean pressure whatever its shape. Pulse pressure is
stroke volume over compliance (which falls with age) and swings with the ventilator, the more, the less blood there is
(pulse-pressure variation below 10 % when full, above 13 % when not: Michard, Anesthesiology 2005;103:419).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import erf

from sim.arrays import Array
from sim.covariates import Covariates
from sim.randomness import truncated_normals
from sim.waves.pulse.beats import Beats, over
from sim.waves.pulse.chance import episodes, hiss
from sim.waves.pulse.shapes import bump, fraction

RATE, UNIT = 100, "mmHg"
LATE = 0.14  # s from R to the wave's foot at the wrist
COMPLIANCE = 1.5, 0.20  # mL/mmHg at 40 years, log-SD
STIFFENING = 0.009  # a year
# place and width in beats at 60/min, height; the last one runs off through diastole
BUMPS = ((0.13, 0.052, 0.75), (0.24, 0.085, 0.62), (0.44, 0.065, 0.22), (0.55, 0.17, 0.33))
# Half the pulse-pressure variation: with all the blood, and what each share of it lost adds.
FULL, EMPTY = 0.035, 0.32
SPONTANEOUS = 0.015  # the same, breathing oneself, and the other way round
LIFT = 1.2, 12.0  # mmHg that a breath lifts everything by: with all the blood, and by each share lost
TALLEST = 1.02  # of the sum of the bumps above its foot, at 70/min
SENSOR = 0.25  # mmHg rms
FLUSH = 1200, 0.35, 3  # s of a slot, probability of a flush in one, s it lasts
BAG = 300.0  # mmHg


@dataclass(frozen=True)
class Traits:
    """Of a person's arteries, (patients,): mL/mmHg."""

    compliance: Array


def traits(person: Covariates, keys: Array) -> Traits:
    """Return the person's own."""
    stiff = np.exp(-STIFFENING * (np.asarray(person.age) - 40.0))
    return Traits(COMPLIANCE[0] * stiff * np.exp(COMPLIANCE[1] * truncated_normals(keys, "arteries", 1)[0]))


def samples(beats: Beats, own: Traits, artefacts: bool) -> Array:
    """Return mmHg, (100 x seconds, patients), float32; with flushes of the line where artefacts are."""
    single, rows = np.float32, beats.rows
    rate = rows.heart_rate / 60.0
    place = fraction(beats.phase_at(RATE) - over(LATE * rate, RATE))
    root = over(np.sqrt(rate).astype(single), RATE)
    shape = np.zeros_like(place)
    for centre, width, height in BUMPS:
        shape += single(height) * bump(place, single(centre) * root, single(width) * root)
    shape -= over(mean_of_bumps(np.sqrt(rate)).astype(single), RATE)
    lost = 1.0 - rows.blood_volume
    swing = (FULL + EMPTY * lost) * beats.asleep - SPONTANEOUS * (1.0 - beats.asleep)
    lift = (LIFT[0] + LIFT[1] * lost) * (2.0 * beats.asleep - 1.0)
    pulse = rows.stroke_volume / (own.compliance * TALLEST)
    breath = beats.breath_at(RATE)
    shape *= over(pulse.astype(single), RATE) * (1.0 + over(swing.astype(single), RATE) * breath)
    shape += over(rows.mean_arterial_pressure.astype(single), RATE)
    shape += over(lift.astype(single), RATE) * breath
    shape += single(SENSOR) * hiss(beats.keys, "pressure noise", beats.seconds, RATE)
    if artefacts:
        flushed = episodes(beats.keys, "flush", beats.seconds, *FLUSH)
        shape = np.where(np.repeat(flushed, RATE, axis=0) > 0.0, single(BAG), shape)
    return shape


def mean_of_bumps(root: Array) -> Array:
    """Return the mean over a beat of the template, by the root of the rate in beats/s: areas, cut off by the circle."""
    total = 0.0 * root
    for _, width, height in BUMPS:
        total += height * width * root * (2.0 * np.pi) ** 0.5 * erf(0.5 / (2.0**0.5 * width * root))
    return total
