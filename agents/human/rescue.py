"""When clinicians inject ephedrine or phenylephrine, which of them, and how much.

Recorded cases say only how much of each a patient got in all; so the rate of boluses is a function of the pressure in
mind whose parameters make those totals most likely (`experiments.clinicians.rescues`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from scipy.special import expit

from sim.interfaces import EPHEDRINE, PHENYLEPHRINE

CONTENT = 80.0  # mmHg, from which lower pressures invite a bolus (choice)
FURTHEST = 40.0  # mmHg below it, from which on nothing invites more (choice)
WAITS = 150.0  # s, for the last bolus to act (choice)
SMALL = (5.0, 50.0)  # mg of ephedrine, µg of phenylephrine, as is usual; a large bolus is twice that (choice)
HIGHEST_LOG_RATE = 2.0  # of boluses a minute; nobody is quicker than 7 (choice)
LARGE = 0.6  # share of boluses that are (choice)
MEAN = tuple(dose * (1.0 + LARGE) for dose in SMALL)


@dataclass(frozen=True)
class Rescue:
    """How clinicians treat hypotension.

    Attributes:
        always: log of boluses a minute at a pressure of `CONTENT`.
        low: its rise per 10 mmHg below.
        unknown: its rise while no pressure has been seen.
        spread: its SD between clinicians.
        phenylephrine: log-odds of phenylephrine against ephedrine at a heart rate of 70/min.
        fast_heart: their rise per 10/min.
    """

    always: float
    low: float
    unknown: float
    spread: float
    phenylephrine: float
    fast_heart: float

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Rescue:
        """Return what a table says. Raises KeyError or ValueError at what is missing or no number."""
        return cls(*(float(content[field.name]) for field in fields(cls)))

    def per_minute(self, pressure: np.ndarray, own: np.ndarray) -> np.ndarray:
        """Return boluses a minute at pressures in mind, mmHg (NaN: none), by clinicians of this inclination."""
        log = self.always + own + self.low * shortfall(pressure) + self.unknown * np.isnan(pressure)
        return np.exp(np.minimum(log, HIGHEST_LOG_RATE))

    def injected(
        self,
        mind: np.ndarray,
        own: np.ndarray,
        last: np.ndarray,
        time: np.ndarray,
        seconds: np.ndarray,
        chance: np.ndarray,
    ) -> tuple[np.ndarray | None, np.ndarray]:
        """Return what is injected now, None if nobody gets any, and when each was last given a bolus.

        Args:
            mind, own, seconds, chance: see `boluses`.
            last: (patients,), s, of the last bolus; minus infinity before any. The next waits until it has acted.
            time: (patients,), s, now.
        """
        doses = self.boluses(mind, own, np.where(time >= last + WAITS, seconds, 0.0), chance)
        if not doses.any():
            return None, last
        return doses, np.where(doses.any(axis=0), time, last)

    def boluses(
        self, mind: np.ndarray, own: np.ndarray, seconds: np.ndarray, chance: np.ndarray
    ) -> np.ndarray:
        """Return what is injected now, (2, patients), mg of ephedrine and µg of phenylephrine; mostly nothing.

        Args:
            mind: (3, patients), index, pressure and heart rate in mind.
            own: (patients,), the clinicians' inclination, added to the log of the rate.
            seconds: (patients,), since the last decision.
            chance: (3, patients), 0 to 1: whether, which, how much.
        """
        given, which, size = chance
        now = given < -np.expm1(-self.per_minute(mind[1], own) * seconds / 60.0)
        doses = np.zeros((2, len(now)))
        if not now.any():
            return doses
        excess = np.nan_to_num(mind[2], nan=70.0) - 70.0
        other = which < expit(self.phenylephrine + self.fast_heart * excess / 10.0)
        factor = np.where(size < LARGE, 2.0, 1.0)
        doses[EPHEDRINE] = np.where(now & ~other, SMALL[EPHEDRINE] * factor, 0.0)
        doses[PHENYLEPHRINE] = np.where(now & other, SMALL[PHENYLEPHRINE] * factor, 0.0)
        return doses


def shortfall(pressure: np.ndarray) -> np.ndarray:
    """Return how far pressures are below `CONTENT`, in tens of mmHg; 0 where none is known (NaN)."""
    return np.fmin(np.fmax(CONTENT - pressure, 0.0), FURTHEST) / 10.0
