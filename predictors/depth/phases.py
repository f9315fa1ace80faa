"""A case of total intravenous anesthesia in time: where it begins and ends, its phases, and which samples count."""

from __future__ import annotations

import numpy as np

from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL

RUN_IN = 30  # samples kept before the first propofol
INDUCTION_SAMPLES = 60  # phases as in public successors of Lee 2018: 600 s, to the last propofol, after it
RECOVERY_SAMPLES = 181  # 1,810 s after the last infusion, Lee 2018
BEFORE, INDUCTION, MAINTENANCE, RECOVERY = -1, 0, 1, 2
PHASES = ("induction", "maintenance", "recovery")


def first_propofol(cases: Cases) -> np.ndarray:
    """Return the sample of the first propofol, (cases,)."""
    return (cases["propofol"] > 0.0).argmax(axis=0)


def last_propofol(cases: Cases) -> np.ndarray:
    """Return the sample of the last propofol, (cases,)."""
    given = cases["propofol"] > 0.0
    return len(given) - 1 - given[::-1].argmax(axis=0)


def phases(cases: Cases) -> np.ndarray:
    """Return (samples, cases): index into `PHASES`, -1 before the first propofol and after the end."""
    first, last = first_propofol(cases), last_propofol(cases)
    sample = np.arange(len(cases["propofol"]))[:, None]
    phase = np.where(sample < first + INDUCTION_SAMPLES, INDUCTION, MAINTENANCE)
    phase = np.where(sample > last, RECOVERY, phase)
    return np.where((sample >= first) & (sample < cases.samples(INTERVAL)), phase, BEFORE)


def scored(cases: Cases) -> np.ndarray:
    """Return (samples, cases) bool: from the first propofol on, where the index was shown."""
    return (phases(cases) >= 0) & np.isfinite(cases["bis"])


def trimmed(cases: Cases, recovery: int = RECOVERY_SAMPLES) -> Cases:
    """Return cases from `RUN_IN` before the first propofol to `recovery` samples after the last.

    Everybody has propofol at some time; doses beyond the end of a record do not count.
    """
    samples = cases.samples(INTERVAL)
    recorded = np.arange(len(cases["propofol"]))[:, None] < samples
    given = (cases["propofol"] > 0.0) & recorded
    last = len(given) - 1 - given[::-1].argmax(axis=0)
    begin = np.maximum(given.argmax(axis=0) - RUN_IN, 0)
    return cases.cut(begin * INTERVAL, np.minimum(samples, last + recovery + 1) * INTERVAL)
