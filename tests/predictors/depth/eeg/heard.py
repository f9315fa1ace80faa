"""Cases whose EEG slows and grows with depth, made of filtered noise: simple enough to learn in a second."""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from predictors.depth.eeg.epochs import SECONDS
from predictors.depth.eeg.material import with_features
from predictors.learning.cases import Cases, Signal
from sim.covariates import Covariates
from sim.signals.eeg import RATE


def course(minutes: int, patients: int, random: np.random.Generator) -> np.ndarray:
    """True depth every 5 s, (steps, patients): straight lines between depths drawn by lot every 2 min."""
    knots = random.uniform(10.0, 98.0, (minutes // 2 + 2, patients))
    step = np.arange(1, minutes * 60 // SECONDS + 1) * SECONDS / 120.0
    low = step.astype(int)
    share = (step - low)[:, None]
    return (1.0 - share) * knots[low] + share * knots[low + 1]


def eeg(depth: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """EEG, (samples, patients), µV: slow noise that grows as the index falls, over white noise that does not."""
    gain = np.repeat(10.0 ** ((100.0 - depth) / 60.0), RATE * SECONDS, axis=0)
    noise = random.normal(size=(2, *gain.shape))
    slow = lfilter([0.1], [1.0, -0.95], noise[0], axis=0)
    return 3.0 * (gain * slow + noise[1])


def cases(patients: int = 6, minutes: int = 10, seed: int = 0, computed: bool = True) -> Cases:
    """Cases with their features, the same for a seed."""
    random = np.random.default_rng(seed)
    depth = course(minutes, patients, random)
    names = np.array([f"{seed} {number}" for number in range(patients)])
    person = Covariates.of(np.full(patients, 50.0), "F", 160.0, 60.0)
    signals = {"eeg": Signal(eeg(depth, random).astype(np.float32), 1.0 / RATE, "µV")}
    labels = {"truth": Signal(depth, float(SECONDS))}
    made = Cases(names, names, person, np.full(patients, 60.0 * minutes), signals, labels)
    return with_features(made) if computed else made
