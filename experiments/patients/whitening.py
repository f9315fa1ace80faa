"""Errors of a course as independent ones: what wanders for minutes and what flickers is filtered out, exactly.

What is left between the shown index and that of a person's parameters is (a) the drift of log C50, an
Ornstein-Uhlenbeck process that moves the index by as much as its slope lets it, (b) quick noise, another one of about
a minute, (c) noise of single samples. A Kalman filter over the two processes turns errors into innovations; it is
linear, so slopes over parameters go through the same filter. (Kalman, J Basic Eng 1960;82:35.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from predictors.learning.watching import INTERVAL

OUTLIER = 4.0  # SDs, beyond which an error moves the filter no further


@dataclass(frozen=True)
class Noise:
    """Sizes (SD) and time constants (s).

    Attributes:
        drift, drift_seconds: of log C50.
        quick, quick_seconds: of the index.
        sample: of single samples of the index.
    """

    drift: float
    drift_seconds: float
    quick: float
    quick_seconds: float
    sample: float


def whiten(
    columns: np.ndarray, slope: np.ndarray, known: np.ndarray, noise: Noise
) -> tuple[np.ndarray, np.ndarray]:
    """Return innovations in SDs and the logs of those SDs; zero where nothing was shown.

    Args:
        columns: (samples, columns, cases); the first column holds errors, the others slopes over parameters.
        slope: (samples, cases), index points per unit of drift.
        known: (samples, cases) bool.
        noise: of all cases.

    Returns:
        Arrays as `columns` and as `slope`.
    """
    kept = np.exp(-INTERVAL / np.array([noise.drift_seconds, noise.quick_seconds]))
    drift, quick = np.zeros(columns.shape[1:]), np.zeros(columns.shape[1:])
    var_drift, both, var_quick = (
        np.ones(columns.shape[2]),
        np.zeros(columns.shape[2]),
        np.ones(columns.shape[2]),
    )
    white, log_sd = np.zeros(columns.shape), np.zeros(slope.shape)
    for sample, now in enumerate(columns):
        if sample:
            drift, quick = kept[0] * drift, kept[1] * quick
            var_drift = kept[0] ** 2 * var_drift + 1.0 - kept[0] ** 2
            var_quick = kept[1] ** 2 * var_quick + 1.0 - kept[1] ** 2
            both = kept[0] * kept[1] * both
        load = noise.drift * slope[sample]
        with_drift = load * var_drift + noise.quick * both
        with_quick = load * both + noise.quick * var_quick
        variance = load * with_drift + noise.quick * with_quick + noise.sample**2
        error = now - load * drift - noise.quick * quick
        seen = known[sample] / np.sqrt(variance)
        white[sample] = error * seen
        log_sd[sample] = np.where(known[sample], 0.5 * np.log(variance), 0.0)
        trust = known[sample] / variance * OUTLIER / np.maximum(np.abs(white[sample, 0]), OUTLIER)
        drift = drift + trust * with_drift * error
        quick = quick + trust * with_quick * error
        exact = known[sample] / variance
        var_drift = var_drift - exact * with_drift**2
        both = both - exact * with_drift * with_quick
        var_quick = var_quick - exact * with_quick**2
    return white, log_sd
