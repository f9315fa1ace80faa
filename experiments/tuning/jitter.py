"""How a monitor's recorded signal jitters, as the sizes of `sim.monitors.noise`: from ten-minute windows, by variogram.

What moves in less than a few minutes is taken for noise of the monitor, what moves slowly for the patient's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import nnls

from predictors.learning.watching import INTERVAL
from sim.monitors.noise import Noise, Sizes, heavy, tailed

WINDOW = 60  # samples
LAGS = np.array([1, 2, 3, 4, 6, 9, 12, 18, 24])
AVERAGED = (12.0, 14.0, 16.0, 18.0, 20.0)  # s, windows of the white part that are tried
WAVES = (15.0, 20.0, 25.0, 30.0, 40.0)  # s, likewise its time constants; what is slower is the patient
SLOW = 900.0  # s, what the patient does
TAILS = tuple(0.02 * step for step in range(8))
SHORTEST_SWELL, LONGEST_SWELL = 120.0, 3600.0  # s
REPLICAS = 2000  # simulated windows


@dataclass(frozen=True)
class Pieces:
    """Windows of a signal without a gap, (60, windows), and the case of each, (windows,)."""

    values: np.ndarray
    case: np.ndarray


def pieces(values: np.ndarray, wanted: np.ndarray) -> Pieces:
    """Cut (samples, cases) into whole windows, one after the other, where all samples are wanted and valid."""
    good = np.isfinite(values) & wanted
    cut, case = [], []
    for column in range(values.shape[1]):
        inside = np.flatnonzero(wanted[:, column])
        for start in range(inside[0], inside[-1] + 2 - WINDOW, WINDOW) if len(inside) else ():
            if good[start : start + WINDOW, column].all():
                cut.append(values[start : start + WINDOW, column])
                case.append(column)
    return Pieces(np.array(cut).reshape(-1, WINDOW).T, np.array(case, dtype=int))


def variogram(values: np.ndarray) -> np.ndarray:
    """Return half the mean square of differences at `LAGS`, (lags, windows)."""
    return np.array([0.5 * ((values[lag:] - values[:-lag]) ** 2).mean(axis=0) for lag in LAGS])


def sizes(windows: Pieces, step: float) -> Sizes:
    """Return the sizes of the noise in windows of a signal that is shown in steps of `step`.

    Raises:
        ValueError: too few windows, or cases with more than one, to tell cases from times.
    """
    rounding = step**2 / 12.0
    found = np.maximum(variogram(windows.values) - rounding, rounding)
    window, tau, (white, wave, slow) = _parts(np.median(found, axis=1))
    plain = Sizes(white, window, wave, tau, 0.0, 0.0, SLOW, 0.0)
    kurtosis = np.median(_kurtosis(windows.values))
    replicas = {tails: _replicas(replace(plain, tails=tails), slow, step) for tails in TAILS}
    tails = min(TAILS, key=lambda h: abs(np.median(_kurtosis(replicas[h])) - kurtosis))
    log_size = 0.5 * np.log(found[0])
    by_chance = float((0.5 * np.log(np.maximum(variogram(replicas[tails])[0] - rounding, rounding))).var())
    between, within, again = _components(log_size, windows.case)
    swell = max(within - by_chance, 1e-4)
    kept = min(max(again * within / swell, 1e-3), 0.999)  # of the swell, ten minutes later
    seconds = min(max(-WINDOW * INTERVAL / math.log(kept), SHORTEST_SWELL), LONGEST_SWELL)
    return replace(
        plain,
        tails=tails,
        case_log_sd=math.sqrt(between),
        swell_log_sd=math.sqrt(swell),
        swell_seconds=seconds,
    )


def growth(windows: Pieces, usual: float) -> float:
    """Return how much larger noise is, as a share, where the signal is larger by its usual value."""
    level = windows.values.mean(axis=0) / usual - 1.0
    log_size = 0.5 * np.log(np.maximum(variogram(windows.values)[0], 1e-3))
    return float(np.polyfit(level, log_size, 1)[0])


def _parts(found: np.ndarray) -> tuple[float, float, tuple[float, float, float]]:
    """Return window, time constant and SDs (white, wave, slow) whose variogram is nearest, relatively."""
    seconds = LAGS * INTERVAL
    fits = []
    for window in AVERAGED:
        for tau in WAVES:
            shapes = [
                np.minimum(seconds / window, 1.0),
                *(1.0 - np.exp(-seconds / each) for each in (tau, SLOW)),
            ]
            variances, left = nnls(np.stack(shapes, axis=1) / found[:, None], np.ones(len(found)))
            fits.append((left, window, tau, tuple(float(sd) for sd in np.sqrt(variances))))
    _, window, tau, (white, wave, slow) = min(fits)
    return window, tau, (white, wave, slow)


def _replicas(noise: Sizes, slow: float, step: float) -> np.ndarray:
    """Return simulated windows (60, windows) of such noise over a patient who drifts."""
    rng = np.random.default_rng(0)
    process = Noise(noise, INTERVAL)
    state = rng.normal(size=(len(process.weights) + 3, REPLICAS))
    drift, kept = slow * rng.normal(size=REPLICAS), math.exp(-INTERVAL / SLOW)
    tails = tailed(np.array([[noise.tails], [noise.tails], [0.0]]))
    values = np.empty((WINDOW, REPLICAS))
    for row in values:
        state = process.step(state, heavy(rng.normal(size=(3, REPLICAS)), *tails))
        drift = kept * drift + slow * math.sqrt(1.0 - kept**2) * rng.normal(size=REPLICAS)
        row[:] = np.round((process.value(state) + drift) / step) * step
    return values


def _kurtosis(values: np.ndarray) -> np.ndarray:
    change = np.diff(values, axis=0)
    change = change - change.mean(axis=0)
    return (change**4).mean(axis=0) / np.maximum(change.var(axis=0) ** 2, 1e-12)


def _components(log_size: np.ndarray, case: np.ndarray) -> tuple[float, float, float]:
    """Return the variance between cases, that within, and the correlation of neighbouring windows within a case."""
    _, owner, count = np.unique(case, return_inverse=True, return_counts=True)
    if (count > 1).sum() < 3:
        raise ValueError(
            f"data: {(count > 1).sum()} cases with two windows of ten minutes are not enough; 3 or more"
        )
    means = np.bincount(owner, log_size) / count
    off = log_size - means[owner]
    within = float((off**2).sum() / (count - 1).sum())
    several = count > 1
    between = max(float(means[several].var(ddof=1)) - within * float((1.0 / count[several]).mean()), 0.0)
    neighbours = case[1:] == case[:-1]
    # the mean of a case is taken from its own few windows, which lowers the correlation by about one in them
    lowered = float((1.0 / count[owner][1:][neighbours]).mean())
    product = float((off[1:] * off[:-1])[neighbours].mean())
    return between, within, product / within + lowered
