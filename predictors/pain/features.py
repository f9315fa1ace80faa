"""What a window of the pulse is told by: 24 figures of its beats' shape and of how their rate and height vary.

Variability as the Task Force has it (Circulation 1996;93:1043), of intervals between pulses. Bands are read from
Fourier sums over the beats themselves, each weighted by its length: nothing is resampled.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim.arrays import Array
from sim.signals.pulse.features import BeatFeatures

SLOW, BREATH = (0.04, 0.15), (0.15, 0.40)  # Hz
FREQUENCIES = np.arange(12, 120) / 300.0  # Hz: as fine as a window of 5 min can tell
QUICK = 0.02  # s: successive intervals that differ by more (pNN20)
APART = 0.3  # share of the median by which an interval may differ: others are missed or invented beats
FEWEST = 8  # beats
TINY = 1e-8  # of powers, below all that is measured

NAMES = (
    "amplitude", "width", "notch", "upstroke", "width_share", "upstroke_share",
    "amplitude_spread", "width_spread", "notch_spread", "upstroke_spread",
    "amplitude_steps", "amplitude_slow", "amplitude_breath", "coupling",
    "heart_rate", "interval_spread", "sdnn", "rmssd", "pnn20", "sd_ratio",
    "slow", "breath", "breath_share", "breathing",
)  # fmt: skip


def describe(beats: BeatFeatures) -> Array:
    """Return the features of beats, (24, patients), in the order of `NAMES`; NaN where there are too few beats.

    Powers, SDs and amplitudes are logarithms; times are s, heart rate is 1/min, frequencies are Hz.

    Args:
        beats: of a window, each (most, patients), NaN where there is none; `time` in s from anywhere.
    """
    middle = median(beats.interval)
    good = (
        np.isfinite(beats.interval)
        & (beats.amplitude > 0.0)
        & (np.abs(beats.interval / middle - 1.0) < APART)
    )
    interval, width, notch, upstroke, time = (
        np.where(good, values, np.nan)
        for values in (beats.interval, beats.width, beats.notch, beats.upstroke, beats.time)
    )
    height = np.log(np.where(good, beats.amplitude, np.nan))
    shape = {"amplitude": height, "width": width, "notch": notch, "upstroke": upstroke}
    found = {name: median(values) for name, values in shape.items()}
    found |= {f"{name}_spread": spread(values) for name, values in shape.items()}
    found["width_share"], found["upstroke_share"] = median(width / interval), median(upstroke / interval)
    found |= _variability(time, interval, height)
    enough = good.sum(axis=0) >= FEWEST
    return np.stack([np.where(enough, found[name], np.nan) for name in NAMES])


def _variability(time: Array, interval: Array, height: Array) -> Mapping[str, Array]:
    """Return what varies from beat to beat, of (most, patients) each with NaN where there is no beat."""
    steps, jumps = (np.diff(values, axis=0) for values in (interval, height))
    sdnn, rmssd = deviation(interval), rms(steps)
    powers, heights = (power(time, interval, values) for values in (interval, height))
    slow, breath = (band(powers, *edges) for edges in (SLOW, BREATH))
    inside = BREATH[0] <= FREQUENCIES
    quick = np.where(np.isnan(steps), np.nan, np.abs(steps) > QUICK)
    first, second = 0.5 * rmssd**2, np.maximum(2.0 * sdnn**2 - 0.5 * rmssd**2, TINY)
    return {
        "heart_rate": 60.0 / median(interval),
        "interval_spread": spread(interval),
        "sdnn": _log(sdnn**2),
        "rmssd": _log(rmssd**2),
        "pnn20": mean(quick),
        "sd_ratio": _log(first) - _log(second),
        "slow": _log(slow),
        "breath": _log(breath),
        "breath_share": breath / (slow + breath + TINY),
        "breathing": FREQUENCIES[inside][powers[inside].argmax(axis=0)],
        "amplitude_steps": _log(rms(jumps) ** 2),
        "amplitude_slow": _log(band(heights, *SLOW)),
        "amplitude_breath": _log(band(heights, *BREATH)),
        "coupling": correlation(interval, height),
    }


def power(time: Array, interval: Array, values: Array) -> Array:
    """Return the power of what beats carry at `FREQUENCIES`, unit²/Hz, (frequencies, patients).

    Args:
        time, interval: s, (most, patients).
        values: of each beat, taken to hold for its interval.
    """
    there = np.isfinite(interval) & np.isfinite(values)
    held = np.where(there, interval, 0.0)
    total = np.maximum(held.sum(axis=0), TINY)
    centre = np.where(there, values * held, 0.0).sum(axis=0) / total
    mass = np.where(there, (values - centre) * held, 0.0)
    turn = -2j * np.pi * np.where(there, time, 0.0)
    step = np.exp(turn * (FREQUENCIES[1] - FREQUENCIES[0]))
    now, sums = np.exp(turn * FREQUENCIES[0]), []
    for _ in FREQUENCIES:  # one product instead of one exponential each
        sums.append((mass * now).sum(axis=0))
        now = now * step
    return 2.0 * np.abs(np.stack(sums)) ** 2 / total


def band(powers: Array, low: float, high: float) -> Array:
    """Return the power between two frequencies, unit², (patients,)."""
    inside = (low <= FREQUENCIES) & (high > FREQUENCIES)
    return powers[inside].sum(axis=0) * (FREQUENCIES[1] - FREQUENCIES[0])


def mean(values: Array) -> Array:
    """Return the mean of what is there of (rows, patients), (patients,); NaN where nothing is."""
    there = np.isfinite(values)
    return np.where(there, values, 0.0).sum(axis=0) / np.where(there.any(axis=0), there.sum(axis=0), np.nan)


def deviation(values: Array) -> Array:
    """Return the SD of what is there, (patients,)."""
    return np.sqrt(mean((values - mean(values)) ** 2))


def rms(values: Array) -> Array:
    """Return the root mean square of what is there, (patients,)."""
    return np.sqrt(mean(values**2))


def correlation(first: Array, second: Array) -> Array:
    """Return the correlation of two series, (patients,); 0 where one of them does not vary."""
    both = np.isfinite(first) & np.isfinite(second)
    a, b = (np.where(both, values, np.nan) for values in (first, second))
    product = deviation(a) * deviation(b)
    return mean((a - mean(a)) * (b - mean(b))) / np.maximum(product, TINY)


def median(values: Array) -> Array:
    """Return the median of what is there, (patients,)."""
    return quantile(values, 0.5)


def spread(values: Array) -> Array:
    """Return the distance between the quartiles of what is there, (patients,)."""
    return quantile(values, 0.75) - quantile(values, 0.25)


def quantile(values: Array, share: float) -> Array:
    """Return a quantile of what is there of (rows, patients), (patients,), between neighbours by a straight line."""
    if len(values) == 0:
        return np.full(values.shape[1], np.nan)
    ordered = np.sort(values, axis=0)  # what is not there comes last
    place = share * np.maximum(np.isfinite(ordered).sum(axis=0) - 1, 0)
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, len(values) - 1)
    below, above = (np.take_along_axis(ordered, row[None], axis=0)[0] for row in (low, high))
    rest = place - low
    return np.where(rest > 0.0, below + rest * (above - below), below)


def _log(values: Array) -> Array:
    return np.log(np.maximum(values, TINY))
