"""Samples without gaps, and rows without holes."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array


def held(values: Array, before: Array) -> Array:
    """Return (samples, patients) with each missing one (not finite) as the last there was, `before` (patients,)."""
    there = np.isfinite(values)
    if there.all():
        return values
    rows = np.maximum.accumulate(np.where(there, np.arange(len(values))[:, None], -1), axis=0)
    return np.where(rows >= 0, np.take_along_axis(values, np.maximum(rows, 0), axis=0), before)


def gathered(values: Array, there: Array) -> Array:
    """Return the values that are there, moved up within each patient: (most, patients), NaN below the last.

    Args:
        values, there: (rows, patients).
    """
    order = np.argsort(~there, axis=0, kind="stable")
    most = int(there.sum(0).max(initial=0))
    sorted_values = np.take_along_axis(np.where(there, values, np.nan), order, axis=0)
    return sorted_values[:most]


def last_known(values: Array) -> Array:
    """Return each patient's last value that is there, (patients,), NaN where none is; of (rows, patients)."""
    there = ~np.isnan(values)
    row = len(values) - 1 - there[::-1].argmax(0)
    return np.take_along_axis(values, row[None], axis=0)[0]
