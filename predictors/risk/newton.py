"""Logistic regression by Newton's method, its slopes pulled towards zero."""

from __future__ import annotations

import numpy as np

STEPS = 25  # of Newton's method at most
CLOSE = 1e-6  # a step that is no step


def logistic(inputs: np.ndarray, happens: np.ndarray, pull: float) -> np.ndarray:
    """Return the coefficients, (features,), of log odds.

    Args:
        inputs: (samples, features); the first is 1 everywhere, and is not pulled.
        happens: (samples,), 0 or 1.
        pull: towards zero, beside the mean loss.
    """
    weight = pull * len(inputs) * np.eye(inputs.shape[1])
    weight[0, 0] = 0.0
    found = np.zeros(inputs.shape[1])
    for _ in range(STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(inputs @ found, -30.0, 30.0)))
        slope = inputs.T @ (chance - happens) + weight @ found
        bend = (inputs.T * (chance * (1.0 - chance))) @ inputs + weight
        change = np.linalg.solve(bend, slope)
        found = found - change
        if np.abs(change).max() < CLOSE:
            break
    return found
