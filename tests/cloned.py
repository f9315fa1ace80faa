"""Weights of a cloned clinician, trained on a few simulated cases in seconds."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from agents.learned.cloned import FILE
from experiments.clinicians import habits, imitating
from predictors.learning.contract import Recipe
from tests.depth_folder import recorded_cases


@cache
def tensors(epochs: int = 2) -> dict[str, np.ndarray]:
    """Return what a network learns of ten simulated cases; eight of them choose the epoch."""
    cases = recorded_cases(10)
    taught, others = (habits.practice(cases.select(rows)) for rows in (np.arange(10), np.arange(2, 10)))
    return imitating.train(taught, others, Recipe(epochs))[0]


def weights(folder: Path) -> Path:
    """Write them as the training does; return the file."""
    save_file({name: np.ascontiguousarray(tensor) for name, tensor in tensors().items()}, str(folder / FILE))
    return folder / FILE
