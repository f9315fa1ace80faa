"""What learns depth from EEG is shown of cases, and the true depth beside it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from predictors.depth.eeg import epochs
from predictors.depth.eeg.epochs import SECONDS, SILENT
from predictors.depth.eeg.features import NAMES, features
from predictors.depth.eeg.levels import level_of
from predictors.learning.cases import Cases, Signal
from sim.arrays import Array

TASK, QUESTION = "eeg_depth", "depth"
EEG, OPENIBIS, TRUTH = "eeg", "openibis", "truth"
LIMITS = (
    "One frontal channel at 128 Hz; the minute before counts, so a step in depth is seen late.",
    "Levels within 3 points of a border are a matter of luck; Pk and the error say more.",
    "Simulated EEG of adults under propofol and remifentanil: other hypnotics, ketamine, epilepsy or injured brains"
    " were never seen.",
)


class Examples(NamedTuple):
    """What is shown, (moments, ...), a tensor or what is indexed like one; true depth 0-100 and level, (moments,)."""

    inputs: Any
    depth: Tensor
    level: Tensor


def with_features(cases: Cases) -> Cases:
    """Return the cases with the features of their EEG as signals, so that many can learn from what is computed once."""
    computed = features(cases[EEG])
    signals = {name: Signal(values, float(SECONDS)) for name, values in zip(NAMES, computed, strict=True)}
    return cases.with_signals(**signals)


def features_of(cases: Cases) -> tuple[Array, Array]:
    """Return features (COUNT, steps, cases), gaps held, and steps since anything was heard, (steps, cases)."""
    if all(name in cases.signals for name in NAMES):
        values = np.stack([cases[name] for name in NAMES])
    else:
        values = features(cases[EEG])
    return epochs.held(values)


def minutes(cases: Cases) -> tuple[Array, Array]:
    """Return the last minute of features at every step, (COUNT, STEPS, steps, cases), and ages as `features_of`."""
    values, age = features_of(cases)
    return epochs.windows(values), age


def moments(cases: Cases, age: Array, every: int = 1) -> Array:
    """Return which steps can be learned from, (steps, cases) bool: something was heard, and the truth is known."""
    step = np.arange(len(age))[:, None]
    return (age < SILENT) & np.isfinite(cases.label(TRUTH)) & (step % every == every - 1)


def examples(cases: Cases, every: int = 1) -> Examples:
    """Return minutes of features (moments, STEPS, COUNT) with the true depth at their ends, of every so many steps."""
    shown, age = minutes(cases)
    chosen = moments(cases, age, every)
    inputs = np.moveaxis(shown, (0, 1), (-1, -2))[chosen]
    return Examples(torch.from_numpy(inputs), *targets(cases, chosen))


def targets(cases: Cases, chosen: Array) -> tuple[Tensor, Tensor]:
    """Return true depth and level at chosen steps (steps, cases), (moments,) each."""
    depth = cases.label(TRUTH)[chosen].astype(np.float32)
    return torch.from_numpy(depth), torch.from_numpy(level_of(depth).astype(np.int64))
