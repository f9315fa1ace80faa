"""The two steps of a Kalman filter over batches: time passes, a number is read.

The unknowns come first, patients last, and between them whatever else there is (members of a bank). Processes fade
independently, so time moves each unknown alone; readings are scalars.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.arrays import Array


class Corrected(NamedTuple):
    """After a reading: mean (unknowns, ..., patients), covariance (unknowns, unknowns, ..., patients), and its log
    likelihood less a constant, (..., patients), 0 where nothing was read.
    """

    mean: Array
    covariance: Array
    likelihood: Array


def later(mean: Array, covariance: Array, kept: Array, noise: Array) -> tuple[Array, Array]:
    """Return mean and covariance after time without a reading.

    Args:
        mean, covariance: see `Corrected`.
        kept: (unknowns, ...), the share of each unknown that is left.
        noise: (unknowns, ...), the variance that each has gained.
    """
    moved = covariance * (kept[:, None] * kept[None])
    for row in range(len(mean)):
        moved[row, row] += noise[row]
    return kept * mean, moved


def corrected(
    mean: Array,
    covariance: Array,
    slopes: Array,
    surprise: Array,
    variance: Array | float,
    valid: Array,
    gate: float = np.inf,
) -> Corrected:
    """Return the belief after a reading; an invalid one changes nothing.

    Args:
        mean, covariance: see `Corrected`.
        slopes: (unknowns, ..., patients), of the expected reading.
        surprise: (..., patients), read less expected.
        variance: of the reading's own error.
        valid: (patients,), bool.
        gate: standard deviations beyond which a surprise counts as if it were that large: what is further off is an
            artefact as often as news.
    """
    across = (covariance * slopes).sum(1)
    total = (across * slopes).sum(0) + variance
    gain = np.where(valid, across / total, 0.0)
    spread = np.sqrt(total)
    held = np.clip(np.where(valid, surprise, 0.0), -gate * spread, gate * spread)
    likelihood = np.where(valid, -0.5 * (held**2 / total + np.log(total)), 0.0)
    return Corrected(mean + gain * held, covariance - gain[:, None] * across[None], likelihood)
