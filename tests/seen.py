"""Readings for tests of observers: an index, whether it is valid, and doses; nothing else."""

from __future__ import annotations

import numpy as np

from sim.interfaces import Readings


def seen(bis, valid=True, infused=(0.0, 0.0, 0.0), size: int = 4) -> Readings:
    """One reading of `size` patients; what is not named is zero, as observers of depth must not need it.

    Args:
        bis, valid: one for all, or one each.
        infused: mg, µg, µg in the last control period: one for all, or (3, size).
    """
    one = np.ones(size)
    nothing = dict.fromkeys(Readings.__dataclass_fields__, np.zeros(size)) | {"more": {}, "waves": {}}
    doses = np.asarray(infused, dtype=float)
    shown = {
        "bis": bis * one,
        "bis_valid": np.asarray(valid) & (one > 0.0),
        "infused": doses if doses.ndim == 2 else doses[:, None] * one,
    }
    return Readings(**(nothing | shown))
