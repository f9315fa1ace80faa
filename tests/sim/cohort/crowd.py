"""Many cases of one seed, and when two crowds of patients are the same."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.arrays import map_arrays
from sim.randomness import case_keys

MANY = np.arange(4000)
KEYS = case_keys(1, MANY)


def same(one: Any, other: Any) -> None:
    map_arrays(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12), one, other)
