"""What happens to the patients: surgeries by name.

An entry is a function (keys, horizon, bleeding_probability) -> Surgery, whose arguments are those of `plan`.
"""

from __future__ import annotations

import numpy as np

from sim.registry import Registry
from sim.surgery.profiles import Profile
from sim.surgery.timeline import (
    CLOSING,
    EMERGENCE,
    INCISION,
    INDUCTION,
    INTUBATION,
    MAINTENANCE,
    NEVER,
    PHASES,
    PREPARATION,
    Surgery,
    bleeding_at,
    phase_at,
    stimulus_at,
)

__all__ = [
    "CLOSING",
    "EMERGENCE",
    "INCISION",
    "INDUCTION",
    "INTUBATION",
    "MAINTENANCE",
    "NEVER",
    "PHASES",
    "PREPARATION",
    "SURGERIES",
    "Profile",
    "Surgery",
    "bleeding_at",
    "phase_at",
    "plan",
    "stimulus_at",
]

SURGERIES = Registry(
    "surgery",
    random="sim.surgery.drawn:random",
    none="sim.surgery.profiles:NONE",
    struys="sim.surgery.profiles:STRUYS",
    dumont="sim.surgery.profiles:DUMONT",
    step="sim.surgery.profiles:STEP",
    ionescu="sim.surgery.profiles:IONESCU",
)


def plan(name: str, keys: np.ndarray, horizon: float, bleeding_probability: float = 0.1) -> Surgery:
    """Return the surgeries of these cases.

    Args:
        name: of `SURGERIES`.
        keys: (patients,), one per case.
        horizon: s, the length of a case.
        bleeding_probability: of a bleed, in surgeries that leave it to chance.

    Raises:
        ValueError: unknown name, or a probability outside 0 to 1.
    """
    surgery = SURGERIES.get(name)
    if not 0.0 <= bleeding_probability <= 1.0:
        raise ValueError(f"bleeding_probability: {bleeding_probability} is not allowed; 0 to 1")
    return surgery(keys, horizon, bleeding_probability)
