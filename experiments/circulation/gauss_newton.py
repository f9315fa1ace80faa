"""A damped Gauss-Newton search for few parameters and an expensive simulation, by forward differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

STEP = 0.3  # of the differences
DAMPING = (0.3, 3.0, 30.0)  # tried in every iteration
FARTHEST = 2.0  # that a parameter moves in an iteration
LEAST_GAIN = 0.5  # of the sum of squares, for which it is worth going on

Residuals = Callable[[np.ndarray], np.ndarray]


def search(residuals: Residuals, parameters: int, iterations: int, say: Callable[[str], None]) -> np.ndarray:
    """Return where the sum of squares is least, from the origin on.

    Args:
        residuals: of parameters in units of their own steps, (parameters,).
        parameters: how many.
        iterations: at most; each asks for the residuals once a parameter and `len(DAMPING)` times more.
        say: called with a line after each.
    """
    best = np.zeros(parameters)
    here = residuals(best)
    say(f"start: {here @ here:.1f}")
    for iteration in range(iterations):
        moved = (residuals(best + STEP * unit) for unit in np.eye(parameters))
        slope = np.stack([(there - here) / STEP for there in moved], axis=1)
        tried = []
        for damping in DAMPING:
            step = -np.linalg.solve(slope.T @ slope + damping * np.eye(parameters), slope.T @ here)
            candidate = best + np.clip(step, -FARTHEST, FARTHEST)
            there = residuals(candidate)
            tried.append((float(there @ there), candidate, there))
        least, candidate, there = min(tried, key=lambda one: one[0])
        say(f"iteration {iteration + 1}: {least:.1f}")
        gain = here @ here - least
        if gain > 0.0:
            best, here = candidate, there
        if gain < LEAST_GAIN:
            break
    return best
