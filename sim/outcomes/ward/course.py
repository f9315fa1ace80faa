"""What happens to whom: events by lot, and creatinine from before the operation until two days later.

A design: whoever has an injury rises, within two days, to what AKIN (Mehta, Crit Care 2007;11:R31) calls one; whoever
has none stays below. Lots belong to patients, so that whoever is injured after less would be after more, and people of
two agents differ by what was done alone. Outcomes of one patient are drawn apart, each from its own risk.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim.outcomes.kidney import RATIO, RISE
from sim.outcomes.ward.people import creatinine
from sim.randomness import normals, uniforms

HOURS = np.array([0.0, 6.0, 12.0, 24.0, 36.0, 48.0])  # after the operation; 0 is what was before it
CONSTANT = 16.0  # h, in which an injured kidney's creatinine rises (choice)
BEYOND, BEYOND_LOG_SD = (
    0.5,
    1.3,
)  # median excess over what is called injury, share of it, and its spread (choice)
STILL, STILL_SD = -0.06, 0.07  # change within two days without injury, share, and its SD (choice)
CLOSE = 0.9  # of what is called injury, which nobody without one passes
STAGES = (2.0, 3.0)  # times the value before, above which AKIN's stages 2 and 3 begin


def events(keys: np.ndarray, risks: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return who has what, bool (patients,), by outcome.

    Args:
        keys: (patients,), of `sim.randomness.case_keys`.
        risks: outcome -> probability, (patients,).
    """
    return {name: uniforms(keys, f"ward {name}", 0, 1)[0] < value for name, value in risks.items()}


def course(keys: np.ndarray, female: np.ndarray, injured: np.ndarray) -> np.ndarray:
    """Return creatinine at `HOURS`, (hours, patients), mg/dL.

    Args:
        keys: (patients,).
        female: (patients,), 1 or 0.
        injured: (patients,), bool.
    """
    before = creatinine(keys, female)
    z = normals(keys, "creatinine after", 0, 2)
    bar = needed(before)
    risen = bar * (1.0 + BEYOND * np.exp(BEYOND_LOG_SD * z[0]))
    still = np.minimum(before * (STILL + STILL_SD * z[1]), CLOSE * bar)
    settled = -np.expm1(-HOURS / CONSTANT) / -np.expm1(-HOURS[-1] / CONSTANT)
    return before + settled[:, None] * np.where(injured, risen, np.maximum(still, -0.5 * before))


def needed(before: np.ndarray) -> np.ndarray:
    """Return the rise of creatinine, mg/dL, from which AKIN speaks of injury."""
    return np.minimum(RISE, (RATIO - 1.0) * before)


def stage(creatinine: np.ndarray) -> np.ndarray:
    """Return AKIN's stage, (patients,), 0 to 3, of creatinine, (hours, patients), the first before the operation."""
    before, highest = creatinine[0], creatinine.max(axis=0)
    injured = highest - before >= needed(before)
    return injured.astype(int) + sum((injured & (highest > times * before)).astype(int) for times in STAGES)
