"""Beats that come from where they should not: a few seconds of electrocardiogram around each, and how early it came.

Bumps as those of ECGSYN (McSharry, IEEE Trans Biomed Eng 2003;50:289), in time instead of angle. Classes are three of
AAMI EC57: normal, supraventricular ectopic, ventricular ectopic. What makes them hard is chosen: in people with bundle
branch block every normal beat is as wide as a ventricular one; every person's ventricular beat has a shape of its own;
some ectopic beats come late, some supraventricular ones are conducted aberrantly, some ventricular ones are fusions; in
atrial fibrillation no beat comes when expected; electrosurgery drowns some.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.signal import lfilter

from sim.arrays import Array
from sim.randomness import case_keys, series, to_normals, truncated_normals, uniforms

RATE = 128  # Hz
WINDOW = -0.25, 0.45  # s around the R wave
KINDS = ("normal", "supraventricular", "ventricular")
OFTEN = {"supraventricular": (0.015, 1.2), "ventricular": (0.025, 1.2)}
"""Share of beats, log-SD between people."""
MOST = 0.25  # share of beats
BLOCKED, FIBRILLATING, ABERRANT, UPRIGHT = 0.12, 0.08, 0.20, 0.65  # shares of people
FUSED, DROWNED = 0.10, 0.02  # shares of ventricular beats, of all beats
BUMPS = (
    (-0.16, 0.025, 0.12),
    (-0.03, 0.010, -0.08),
    (0.0, 0.011, 1.0),
    (0.03, 0.010, -0.2),
    (0.28, 0.055, 0.25),
)
"""P, Q, R, S, T: s from R, SD in s, height beside R."""
COMPLEX = (1, 2, 3)  # which of them are the QRS complex


@dataclass(frozen=True)
class Rhythm:
    """Beats of people: wave (samples, beats, people), mV; before, after: s to the beat before and after, (beats,
    people); kind, a place in `KINDS`, (beats, people).
    """

    wave: Array
    before: Array
    after: Array
    kind: Array


def rhythm(numbers: Array, beats: int, seed: int) -> Rhythm:
    """Return beats of people. Raises ValueError on fewer than two beats, or a negative seed."""
    if beats < 2:
        raise ValueError(f"beats: {beats} is not allowed; 2 or more")
    keys = case_keys(seed, numbers)
    kind = kinds(keys, beats)
    gaps = intervals(keys, kind)
    return Rhythm(waves(keys, kind[:beats], gaps[:beats]), gaps[:beats], gaps[1:], kind[:beats])


def kinds(keys: Array, beats: int) -> Array:
    """Return the kind of each beat and of one more, (beats + 1, people); no ectopic beat follows another."""
    own = truncated_normals(keys, "how often beats are ectopic", 2)
    shares = [
        np.minimum(share * np.exp(spread * z), MOST)
        for (share, spread), z in zip(OFTEN.values(), own, strict=True)
    ]
    chance = series(keys, "ectopic", np.arange(beats + 1), 1)[:, 0]
    found = (chance < shares[0]) * 1 + ((chance >= shares[0]) & (chance < shares[0] + shares[1])) * 2
    for beat in range(1, beats + 1):
        found[beat] = np.where(found[beat - 1] > 0, 0, found[beat])
    return found


def intervals(keys: Array, kind: Array) -> Array:
    """Return s from the beat before, (beats, people)."""
    own = truncated_normals(keys, "how fast the heart beats", 3)
    fibrillating = uniforms(keys, "fibrillating", 0, 1)[0] < FIBRILLATING
    z = to_normals(series(keys, "intervals", np.arange(len(kind)), 2))
    wandering = lfilter([np.sqrt(1.0 - 0.9**2)], [1.0, -0.9], z[:, 0], axis=0)
    usual = 0.85 * np.exp(0.15 * own[0]) * np.exp(np.where(fibrillating, 0.18 * z[:, 1], 0.05 * wandering))
    early = np.clip(0.68 + 0.10 * own[1] + 0.04 * z[:, 1], 0.4, 0.97)
    gaps = np.where(kind > 0, usual * early, usual)
    later = np.where(
        kind[:-1] == 2, 2.0 - early[:-1], 1.03
    )  # a pause that makes up for it, after a ventricular beat
    gaps[1:] = np.where(kind[:-1] > 0, usual[1:] * later, gaps[1:])
    return np.maximum(gaps, 0.28)


class Shape(NamedTuple):
    """Beats of one kind, each (people,): how much wider than usual the QRS complex is; height of all; height of each
    bump, P to T, beside the usual one.
    """

    wide: Array
    height: Array
    bumps: tuple[Array, ...]


def shapes(keys: Array) -> tuple[Shape, Shape, Shape]:
    """Return the shapes of everybody's beats, in the order of `KINDS`."""
    own = truncated_normals(keys, "shapes of beats", 9)
    shares = {"blocked": BLOCKED, "fibrillating": FIBRILLATING, "aberrant": ABERRANT, "upright": UPRIGHT}
    blocked, fibrillating, aberrant, upright = (
        uniforms(keys, name, 0, 1)[0] < share for name, share in shares.items()
    )
    one = np.ones(len(keys))
    p, q, s = np.where(fibrillating, 0.0, np.exp(0.3 * own[1])), np.exp(0.4 * own[2]), np.exp(0.6 * own[3])
    t = np.where(blocked, -1.0, 1.0) * (1.0 + 0.5 * own[4])
    wide = np.exp(0.12 * own[0]) * np.where(blocked, 1.9, 1.0)
    elsewhere = 0.5 * p * own[5]  # the P wave of a beat that begins in another place
    turned = np.where(upright, 1.0, -1.0) * np.exp(0.3 * own[6])
    return (
        Shape(wide, one, (p, q, one, s, t)),
        Shape(wide * np.where(aberrant, 1.8, 1.0), one, (elsewhere, q, one, s, t)),
        Shape(
            2.0 * np.exp(0.15 * own[7]),
            turned,
            (0.0 * one, 1.5 * np.exp(0.5 * own[7]), one, 1.5 * np.exp(0.5 * own[8]), -1.6 * one),
        ),
    )


def waves(keys: Array, kind: Array, gaps: Array) -> Array:
    """Return mV around each beat, (samples, beats, people), float32."""
    chance = series(keys, "fused or drowned", np.arange(len(kind)), 2)
    normal, early, ectopic = (drawn(shape, gaps) for shape in shapes(keys))
    share = np.where(chance[:, 0] < FUSED, 0.5, 1.0)
    wave = np.where(kind == 2, share * ectopic + (1.0 - share) * normal, np.where(kind == 1, early, normal))
    scale = 1.1 * np.exp(0.3 * truncated_normals(keys, "size of beats", 1)[0])
    wave = wave * scale * (1.0 + 0.05 * (chance[:, 1] - 0.5))
    samples = np.arange(len(wave) * len(kind))
    noise = to_normals(series(keys, "hiss", samples, 1)[:, 0]).reshape(wave.shape)
    loud = np.where(chance[:, 1] < DROWNED, 0.5, 0.03)
    sway = 0.05 * np.sin(2.0 * np.pi * 0.25 * np.cumsum(gaps, axis=0))
    return (wave + loud * noise + sway).astype(np.float32)


def drawn(shape: Shape, gaps: Array) -> Array:
    """Return beats of unit R, (samples, beats, people); P and T come the closer, the sooner the beat before was."""
    time = np.arange(round(WINDOW[0] * RATE), round(WINDOW[1] * RATE))[:, None, None] / RATE
    near = np.sqrt(np.clip(gaps, 0.5, 1.2) / 0.85)
    wave = np.zeros((len(time), *gaps.shape))
    for number, (place, spread, size) in enumerate(BUMPS):
        wide = shape.wide if number in COMPLEX else 1.0
        centre = place * (shape.wide if number in COMPLEX else near)
        wave += size * shape.bumps[number] * np.exp(-0.5 * ((time - centre) / (spread * wide)) ** 2)
    return shape.height * wave
