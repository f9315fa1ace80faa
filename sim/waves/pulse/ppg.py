"""The photoplethysmogram of a finger: what vessels do that stimulation and drugs tighten and open.

A beat is three Gaussians (systolic, reflected, dicrotic). Nociception takes up to 45 % of the amplitude, lifts the
dicrotic notch and narrows the wave; people differ in amplitude (CV 0.6), notch and width, and in how they answer (CV
0.5). Resistance that rises for any other reason, a vasopressor's or that of blood loss, takes amplitude and lifts the
notch as well: what moves the finger without hurting.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from sim.arrays import Array
from sim.covariates import Covariates
from sim.randomness import truncated_normals
from sim.waves.drive import Drive
from sim.waves.pulse.beats import Beats, over
from sim.waves.pulse.chance import episodes, hiss
from sim.waves.pulse.shapes import bump, fraction

RATE, UNIT = 100, "a.u."  # 1 is the amplitude of a typical awake adult
LATE = 0.20, 93.0, 0.35  # s from R to the wave's foot at the finger, at which mmHg, and the power of its fall
# place and width in beats at 60/min, height
BUMPS = ((0.17, 0.085, 1.0), (0.34, 0.095, 0.42), (0.56, 0.110, 0.25))
TALLEST = 1.05  # of the sum of the bumps above its foot, at 70/min
ANSWER = 0.45  # of the amplitude, lost to full nociception by a typical person
HIGHEST = 2.6  # times a typical dicrotic bump: it stays below the systolic peak
LIFTED, NARROWED = 0.9, 0.18  # of the dicrotic bump's height and of all widths, by full nociception
# CV between people of amplitude, answer, dicrotic bump and widths; the last two: choices
APART = 0.6, 0.5, 0.3, 0.1
# mmHg·min/mL of a resting adult, and the power of the amplitude's fall with resistance
VESSELS = 93.0 / (70.0 * 75.0), 0.4
BREATH, EMPTY = (
    0.03,
    0.40,
)  # share of the amplitude that the ventilator moves: with all the blood, by each share lost
SWAY = 0.08  # of the baseline with the breath, share of the amplitude
SENSOR = 0.006
MOTION = 20, 0.06, 6  # s of a slot, probability of moving in one, s it lasts, awake
MOVED = 1.5  # a.u.


@dataclass(frozen=True)
class Traits:
    """Of a person's finger, (patients,): amplitude awake and at rest (a.u.), answer as a share of full amplitude, and
    factors on the height of the dicrotic bump and on all widths.
    """

    amplitude: Array
    answer: Array
    notch: Array
    width: Array

    @property
    def answering(self) -> Array:
        """The answer in times of a typical one."""
        return self.answer / ANSWER


def traits(person: Covariates, keys: Array) -> Traits:
    """Return the person's own. Amplitude and shape are log-normal; an answer is none to twice the typical one.

    Twice the normal distribution function of a normal number of variance v has mean 1 and, by Sheppard's formula, a
    variance of (2/pi) asin(v / (1 + v)).
    """
    drawn = truncated_normals(keys, "finger", len(APART))
    share = np.sin(0.5 * np.pi * APART[1] ** 2)
    answer = 2.0 * ndtr(drawn[1] * (share / (1.0 - share)) ** 0.5)
    amplitude, notch, width = (np.exp(log_sd(APART[which]) * drawn[which]) for which in (0, 2, 3))
    return Traits(amplitude, ANSWER * answer, notch, width)


def log_sd(variation: float) -> float:
    """Return the SD of the log of what is log-normal with this coefficient of variation."""
    return float(np.sqrt(np.log1p(variation**2)))


def samples(beats: Beats, own: Traits, artefacts: bool) -> Array:
    """Return a.u., (100 x seconds, patients), float32; with motion of the awake where artefacts are."""
    single, rows = np.float32, beats.rows
    rate = rows.heart_rate / 60.0
    late = LATE[0] * (LATE[1] / rows.mean_arterial_pressure) ** LATE[2]
    place = fraction(beats.phase_at(RATE) - over(late * rate, RATE))
    root = over(np.sqrt(rate).astype(single), RATE)
    felt = own.answering * rows.nociception
    width = over((own.width * np.sqrt(rate) * (1.0 - NARROWED * felt)).astype(single), RATE)
    lifted = np.minimum(own.notch * (1.0 + LIFTED * felt) / opened(rows), HIGHEST)
    notch = over(lifted.astype(single), RATE)
    wave = np.zeros_like(place)
    for number, (centre, spread, height) in enumerate(BUMPS):
        one = bump(place, single(centre) * root, single(spread) * width)
        wave += single(height / TALLEST) * (one * notch if number == 2 else one)
    breath = beats.breath_at(RATE)
    moved = (BREATH + EMPTY * (1.0 - rows.blood_volume)) * (2.0 * beats.asleep - 1.0)
    wave *= 1.0 + over(moved.astype(single), RATE) * breath
    wave += single(SWAY) * breath
    wave *= over(amplitude(beats, own).astype(single), RATE)
    wave += single(SENSOR) * hiss(beats.keys, "ppg noise", beats.seconds, RATE)
    if artefacts:
        moving = episodes(beats.keys, "motion", beats.seconds, *MOTION) * (beats.asleep[1:] < 0.5)
        shaken = np.concatenate([np.zeros_like(moving[:1]), moving * beats.wander[1:]])
        wave += (
            single(MOVED) * np.repeat(moving, RATE, axis=0).astype(single) * over(shaken, RATE).astype(single)
        )
    return wave


def amplitude(beats: Beats, own: Traits) -> Array:
    """Return the height of the systolic wave, a.u., (seconds + 1, patients)."""
    return own.amplitude * opened(beats.rows) * (1.0 - own.answer * beats.rows.nociception)


def opened(rows: Drive) -> Array:
    """Return how open vessels are: 1 at a resting adult's resistance."""
    resistance = rows.mean_arterial_pressure / (rows.heart_rate * rows.stroke_volume)
    return (VESSELS[0] / resistance) ** VESSELS[1]
