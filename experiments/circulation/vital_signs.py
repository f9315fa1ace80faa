"""What pressure and heart rate did: by minute, by case, over time and together; recorded or simulated, one code.

Arrays are (samples, cases) on the 10 s grid, sample 0 the first with propofol, NaN where nothing was shown.
"""

from __future__ import annotations

import warnings
from itertools import pairwise

import numpy as np

from experiments.recorded.recordings import INTERVAL

PROBABILITIES = (0.05, 0.25, 0.5, 0.75, 0.95)
SLABS = (3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 45, 60, 90, 120)  # min, edges
RESPONSES = (
    (3, 4),
    (4, 5),
    (5, 6),
    (6, 8),
    (10, 15),
)  # min, in which the heart's answer to the tube is looked for
LAGS = {"10 s": 1, "1 min": 6, "5 min": 30, "10 min": 60}  # samples
MOVES = (1, 6, 24)  # samples, over which changes are looked at
MAINTENANCE = 90  # samples after the first propofol
LEAST_MOVE = 0.1  # mmHg or 1/min, which keeps logs finite
LEAST = 60  # samples, without which a case says nothing
LOW = 65.0  # mmHg

Summary = dict[str, np.ndarray]


def summary(
    pressure: np.ndarray, heart_rate: np.ndarray, awake_rate: np.ndarray, last: np.ndarray, age: np.ndarray
) -> Summary:
    """Return quantiles at `PROBABILITIES`, medians and slopes by name.

    Args:
        pressure, heart_rate: (samples, cases), mmHg and 1/min.
        awake_rate: (samples, cases), heart rate before the first propofol.
        last: (cases,), sample of the last propofol, which ends maintenance.
        age: (cases,), years.
    """
    sample = np.arange(len(pressure))[:, None]
    window = (sample >= MAINTENANCE) & (sample <= last)
    kept_pressure, kept_rate = (
        _enough(np.where(window, values, np.nan)) for values in (pressure, heart_rate)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # slices without a sample
        awake = np.nanmedian(awake_rate, axis=0)
        return {
            **_signal("pressure", pressure, kept_pressure, age),
            **_signal("heart_rate", heart_rate, kept_rate, age),
            "pressure_below_65_percent": _quantiles(_percent(kept_pressure < LOW, kept_pressure)),
            "heart_rate_awake": _quantiles(awake),
            "heart_rate_awake_by_age": _slope(age, awake),
            "heart_rate_risen_by": np.array([_risen(heart_rate, *minutes) for minutes in RESPONSES]),
            "together": _quantiles(_correlations(kept_pressure, kept_rate)),
            "moving_together": np.array(
                [
                    _quantiles(
                        _correlations(*(each[lag:] - each[:-lag] for each in (kept_pressure, kept_rate)))
                    )
                    for lag in MOVES
                ]
            ),
        }


def _signal(name: str, values: np.ndarray, kept: np.ndarray, age: np.ndarray) -> Summary:
    """Return what is said of either signal; `kept` is its maintenance."""
    spread = np.nanstd(kept, axis=0)
    centred = kept - np.nanmean(kept, axis=0)
    middle = np.nanmedian(kept, axis=0)
    return {
        f"{name}_by_minute": np.array(
            [
                _slab(values, begin, end)
                for begin, end in pairwise(SLABS)
                if end <= len(values) * INTERVAL / 60.0
            ]
        ),
        f"{name}_median": _quantiles(middle),
        f"{name}_sd": _quantiles(spread),
        f"{name}_autocorrelation": np.array(
            [
                np.nanmedian(np.nanmean(centred[lag:] * centred[:-lag], axis=0) / spread**2)
                for lag in LAGS.values()
            ]
        ),
        f"{name}_moves": np.array(
            [_quantiles(np.log(np.nanstd(kept[lag:] - kept[:-lag], axis=0) + LEAST_MOVE)) for lag in MOVES]
        ),
        f"{name}_by_age": _slope(age, middle),
    }


def _quantiles(values: np.ndarray) -> np.ndarray:
    return np.nanquantile(values, PROBABILITIES)


def _slab(values: np.ndarray, begin: float, end: float) -> np.ndarray:
    """Return the quantiles over samples and cases between two minutes."""
    return _quantiles(values[round(60.0 * begin / INTERVAL) : round(60.0 * end / INTERVAL)])


def _risen(rate: np.ndarray, begin: float, end: float) -> np.ndarray:
    """Return the quantiles of the highest rate between two minutes, above the median of minutes 1 to 3."""
    before = np.nanmedian(rate[6:18], axis=0)
    highest = np.nanmax(rate[round(60.0 * begin / INTERVAL) : round(60.0 * end / INTERVAL)], axis=0)
    return _quantiles(highest - before)


def _enough(values: np.ndarray) -> np.ndarray:
    return np.where(np.count_nonzero(np.isfinite(values), axis=0) >= LEAST, values, np.nan)


def _percent(inside: np.ndarray, values: np.ndarray) -> np.ndarray:
    shown = np.count_nonzero(np.isfinite(values), axis=0)
    return np.where(shown, 100.0 * np.count_nonzero(inside, axis=0) / np.maximum(shown, 1), np.nan)


def _slope(age: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the slope of the log over age, per year, (1,)."""
    known = np.isfinite(values)
    return np.polyfit(age[known], np.log(values[known]), 1)[:1]


def _correlations(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the correlation of two signals within each case, (cases,)."""
    both = np.isfinite(one) & np.isfinite(other)
    one, other = (np.where(both, values, np.nan) for values in (one, other))
    one, other = (values - np.nanmean(values, axis=0) for values in (one, other))
    return np.nansum(one * other, axis=0) / np.sqrt(np.nansum(one**2, axis=0) * np.nansum(other**2, axis=0))
