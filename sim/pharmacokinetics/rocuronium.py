"""Rocuronium: how much of the muscles it blocks. It touches nothing else, but a silent muscle is not in the EEG."""

from __future__ import annotations

from functools import cache

import numpy as np

from sim.arrays import Array

V1, V2, V3 = 42.0, 40.0, 69.0  # mL/kg; De Haes 2002, as in AReS
CLEARANCE, Q2, Q3 = 3.2, 5.2, 0.9  # mL/kg/min
KE0 = 0.134  # 1/min; Couto, Br J Anaesth 2022
# µg/mL and steepness, twitch of the adductor pollicis: Plaud 1995, from memory, not checked at the source; the clinical
# windows of onset and recovery are kept with it (tests).
EC50, GAMMA = 0.82, 4.8
EFFECT = 3  # row of the effect site


def none(example: Array) -> Array:
    """Return the state without the drug, (4, patients): µg/mL in three compartments and at the effect site."""
    return np.zeros((4, *example.shape))


def step(state: Array, dose: Array, seconds: float) -> Array:
    """Return the state after `dose` (patients,), mg/kg, is injected at once and `seconds` have passed."""
    state = state.copy()
    state[0] += 1000.0 * dose / V1
    return _transition(seconds) @ state


def relaxed(state: Array) -> Array:
    """Return the share of the twitch that is gone, (patients,), 0 to 1."""
    power = (state[EFFECT] / EC50) ** GAMMA
    return power / (1.0 + power)


@cache
def _transition(seconds: float) -> np.ndarray:
    """Concentrations after some seconds from those before, (4, 4): every constant is by weight, so one for all."""
    from scipy.linalg import expm  # takes as long to load as all of ours, and few rooms are listened to

    rates = np.zeros((4, 4))
    for other, volume, flow in ((1, V2, Q2), (2, V3, Q3)):
        rates[0, other], rates[0, 0] = flow / V1, rates[0, 0] - flow / V1
        rates[other, 0], rates[other, other] = flow / volume, -flow / volume
    rates[0, 0] -= CLEARANCE / V1
    rates[EFFECT, 0], rates[EFFECT, EFFECT] = KE0, -KE0
    return expm(rates * seconds / 60.0)
