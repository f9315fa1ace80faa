"""Simulated cases, some at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from predictors.learning.cases import Cases, join


def in_batches(
    make: Callable[[np.ndarray], Cases],
    count: int,
    size: int,
    progress: Callable[[int], None] | None = None,
) -> Cases:
    """Return cases 0, 1, ... up to `count`, which `make` makes of their numbers, at most `size` at a time.

    Args:
        progress: called with the number of cases finished.

    Raises:
        ValueError: no cases.
    """
    if count < 1:
        raise ValueError(f"patients: {count} is not allowed; 1 or more")
    parts = []
    for first in range(0, count, size):
        parts.append(make(np.arange(first, min(first + size, count))))
        if progress:
            progress(parts[-1].count)
    return join(parts)
