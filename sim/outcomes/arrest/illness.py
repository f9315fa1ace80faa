"""Illness that worsens over a day or two, is noticed or not, and may stop the heart.

One number that nobody sees says how ill somebody is: illness sets in by chance, of one of three kinds, grows, and falls
again once it is treated, which is once somebody notices. Some arrests come out of the blue; in most, signs worsen hours
before (Schein, Chest 1990;98:1388). How often hearts stop is about what Kwon, J Am Heart Assoc 2018;7:e008678 reports
(419 of 52,131 admissions); everything else is chosen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Array
from sim.outcomes.arrest.channels import HOURS
from sim.randomness import to_normals, uniforms

ONSET, AGES = 0.0006, 15.0  # turns an hour at 65 years; years in which they double
FIRST, WORST = 0.3, 5.0  # depth at onset and at most
GROWTH = 0.09, 0.5  # of depth, 1/h, and log-SD
NOTICED, TREATED = 0.03, 0.06  # an hour and unit of depth beyond 1; by which depth falls, 1/h
SUDDEN, ILL = 1.2e-5, 0.0105  # arrests an hour, out of the blue at 65 years, and of the very ill
KINDS = 3  # septic, respiratory, cardiac


@dataclass(frozen=True)
class Illness:
    """How ill, 0-5; of which kind, 0-2; growth, 1/h; whether noticed and whether arrested; each (patients,)."""

    depth: Array
    kind: Array
    growth: Array
    noticed: Array
    arrested: Array


def begin(patients: int) -> Illness:
    """Return the state of people who are not ill."""
    none = np.zeros(patients)
    return Illness(none, none.astype(int), none, none > 0.0, none > 0.0)


def advance(age: Array, state: Illness, keys: Array, row: int | Array) -> Illness:
    """Return the state a row of the chart later; arguments as of `lived`."""
    state, chance = lived(age, state, keys, row)
    return replace(state, arrested=state.arrested | (uniforms(keys, "arrest", row, 1)[0] < chance))


def lived(age: Array, state: Illness, keys: Array, row: int | Array) -> tuple[Illness, Array]:
    """Return the state a row later, and how likely the heart stops by then, (patients,).

    Args:
        age: years, (patients,).
        state: at the beginning.
        keys: of chance, (patients,).
        row: of the chart, counted from admission, one or one a patient.
    """
    sets, which, pace, notices = uniforms(keys, "illness", row, 4)
    old = 2.0 ** ((age - 65.0) / AGES)
    well = state.depth == 0.0
    onset = well & (sets < -np.expm1(-HOURS * ONSET * old))
    kind = np.where(onset, np.floor(KINDS * which).astype(int), state.kind)
    growth = np.where(onset, GROWTH[0] * np.exp(GROWTH[1] * to_normals(pace)), state.growth)
    seen = notices < -np.expm1(-HOURS * NOTICED * np.maximum(state.depth - 1.0, 0.0))
    noticed = (state.noticed | seen) & ~onset
    later = np.where(well, 0.0, state.depth + HOURS * np.where(noticed, -TREATED, growth))
    depth = np.where(onset, FIRST, np.clip(later, 0.0, WORST))
    rate = SUDDEN * old + ILL / (1.0 + np.exp(-(depth - 3.6) / 0.35))
    state = Illness(depth, kind, growth, noticed, state.arrested)
    return state, np.where(state.arrested, 0.0, -np.expm1(-HOURS * rate))
