"""What hypotension is, when it begins, and what of the minutes to come is known: the labels of a recorded pressure."""

from __future__ import annotations

import numpy as np

from predictors.learning.cases import Cases, Signal
from predictors.learning.watching import INTERVAL
from sim.arrays import Array

LOW = 65.0  # mmHg, of the mean arterial pressure
LASTS = 6  # samples in a row, a minute, that make it hypotension (Lee S, Br J Anaesth 2021;126:808)
HORIZONS = (300, 600, 900)  # s
PRESSURE = "pressure"  # the label that all others are read from
BRIDGED = 3  # samples without a pressure over which the last one is taken to have held
KNOWN = 0.8  # share of the samples of a horizon that must be, whatever happens in it


def low_name(horizon: int) -> str:
    """Return the name of the probability that hypotension begins within a horizon, s."""
    return f"map_below_65_in_{horizon}s"


def pressure_name(horizon: int) -> str:
    """Return the name of the mean pressure of the minute that ends at a horizon, s."""
    return f"map_in_{horizon}s"


def bridged(pressure: Array) -> Array:
    """Return pressures (samples, ...) whose short gaps are filled with the last one; longer ones stay NaN."""
    sample = np.arange(len(pressure)).reshape(-1, *[1] * (pressure.ndim - 1))
    last = np.maximum.accumulate(np.where(np.isfinite(pressure), sample, -1), axis=0)
    held = np.take_along_axis(pressure, np.maximum(last, 0), axis=0)
    return np.where((last >= 0) & (sample - last <= BRIDGED), held, np.nan)


def onsets(pressure: Array) -> Array:
    """Return where a minute or more below 65 mmHg begins, bool, of pressures (samples, cases), NaN where unknown."""
    low = np.pad(bridged(pressure) < LOW, ((1, LASTS - 1), (0, 0)))
    begins = ~low[: len(pressure)]
    for later in range(1, LASTS + 1):
        begins &= low[later : later + len(pressure)]
    return begins


def until_next(onset: Array) -> Array:
    """Return samples from each sample to the next onset after it, (samples, cases); infinity where none comes."""
    place = np.where(onset, np.arange(float(len(onset)))[:, None], np.inf)
    coming = np.minimum.accumulate(place[::-1], axis=0)[::-1]
    after = np.concatenate([coming[1:], np.full_like(coming[:1], np.inf)])
    return after - np.arange(float(len(onset)))[:, None]


def labels(pressure: Array) -> dict[str, Array]:
    """Return what is to be predicted at each sample, (samples, cases) each: 0, 1 and mmHg, NaN where nobody knows.

    Args:
        pressure: (samples, cases), mmHg, cleaned; NaN where unknown.
    """
    known = np.isfinite(bridged(pressure))
    ahead, found = until_next(onsets(pressure)), {}
    for horizon in HORIZONS:
        steps = round(horizon / INTERVAL)
        happens = ahead <= steps
        watched = _coming(known.astype(float), steps + LASTS) >= KNOWN
        found[low_name(horizon)] = np.where(watched, 1.0 * happens, np.nan)
        found[pressure_name(horizon)] = _then(pressure, steps)
    return found


def with_labels(cases: Cases, pressure: Array) -> Cases:
    """Return cases with the labels of a cleaned pressure, (samples, cases), and that pressure itself."""
    found = {PRESSURE: pressure, **labels(pressure)}
    return cases.with_labels(**{name: Signal(values, INTERVAL) for name, values in found.items()})


def _coming(values: Array, steps: int) -> Array:
    """Return the mean of the next samples, (samples, cases), 0 taken beyond the end."""
    total = np.cumsum(np.pad(values, ((1, steps), (0, 0))), axis=0)
    return (total[steps + 1 :] - total[1 : len(values) + 1])[: len(values)] / steps


def _then(pressure: Array, steps: int) -> Array:
    """Return the mean of what is known of the minute that ends so many samples later; NaN where nothing is."""
    rows = len(pressure)
    minute = np.full((LASTS, *pressure.shape), np.nan)
    for back in range(LASTS):
        ahead = steps - back
        minute[back, : max(rows - ahead, 0)] = pressure[ahead:]
    count = np.isfinite(minute).sum(axis=0)
    return np.where(count > 0, np.nansum(minute, axis=0) / np.maximum(count, 1), np.nan)
