"""How a monitor's recorded signal jitters, as the sizes of `sim.monitors.noise`: from ten-minute windows, by variogram.

Noise is what recorded windows move beyond those of simulated patients seen without any.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np

from experiments.population.view import correlation
from predictors.learning.watching import INTERVAL
from sim.monitors.noise import Noise, Sizes
from sim.randomness import heavy, tailed

WINDOW = 60  # samples
LAGS = np.array([1, 2, 3, 4, 6, 9, 12, 18, 24])
AVERAGED = (12.0, 16.0, 20.0)  # s, windows of the white part that are tried
WAVES = (15.0, 25.0, 40.0)  # s, likewise time constants of the slower part; what is slower yet is the patient
WAVE_SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)  # of the change from one sample to the next, likewise
# Noise over what medians of windows say, which do not add up; likewise.
FACTORS = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2)
NEAR, ALIKE = 0.1, 0.05  # log of a variogram, and correlation, that count as one (choice)
STEADY = 900.0  # s of the swell, until it is known
TAILS = tuple(0.02 * step for step in range(11))
SHORTEST_SWELL, LONGEST_SWELL = 120.0, 3600.0  # s
LEAST = 0.05  # share of a variogram that is noise, where the patients already move more than recorded ones (choice)
SOME = 600  # windows that are tried on


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


def sizes(windows: Pieces, step: float, quiet: Pieces, stays: float = 0.0) -> Sizes:
    """Return the sizes of the noise in windows of a signal that is shown in steps of `step`.

    Args:
        windows: recorded.
        step: of what is shown.
        quiet: windows of simulated patients without any noise.
        stays: share of readings that show the last one again.

    Raises:
        ValueError: too few windows, or cases with more than one, to tell cases from times.
    """
    rounding = step**2 / 12.0
    recorded = np.maximum(variogram(windows.values)[0] - rounding, rounding)
    between, within, again = _components(0.5 * np.log(recorded), windows.case)

    def seen(noise: Sizes, every: int = 1) -> np.ndarray:
        return _replicas(noise, quiet.values[:, ::every], step, stays)

    quick = max(quiet.values.shape[1] // SOME, 1)
    looks = _looks(windows.values)
    own = float(np.median(variogram(quiet.values)[0]))
    small = max(float(np.median(recorded)) - own, LEAST * float(np.median(recorded)))

    def off(noise: Sizes) -> float:
        return float(((_looks(seen(noise, quick)) - looks) ** 2).sum())

    tried = itertools.product(AVERAGED, WAVES, WAVE_SHARES, FACTORS)
    plain = min((_noise(small, *parts) for parts in tried), key=off)
    kurtosis = np.median(_kurtosis(windows.values))
    replicas = {tails: seen(replace(plain, tails=tails)) for tails in TAILS}
    tails = min(TAILS, key=lambda h: abs(np.median(_kurtosis(replicas[h])) - kurtosis))
    plainly = np.maximum(variogram(replicas[tails])[0] - rounding, rounding)
    cases, times, _ = _components(0.5 * np.log(plainly), quiet.case)
    swell = max(within - times, 1e-4)
    kept = min(max(again * within / swell, 1e-3), 0.999)  # of the swell, ten minutes later
    seconds = min(max(-WINDOW * INTERVAL / math.log(kept), SHORTEST_SWELL), LONGEST_SWELL)
    return replace(
        plain,
        tails=tails,
        case_log_sd=math.sqrt(max(between - cases, 0.0)),
        swell_log_sd=math.sqrt(swell),
        swell_seconds=seconds,
    )


def growth(windows: Pieces, usual: float) -> float:
    """Return how much larger noise is, as a share, where the signal is larger by its usual value."""
    level = windows.values.mean(axis=0) / usual - 1.0
    log_size = 0.5 * np.log(np.maximum(variogram(windows.values)[0], 1e-3))
    return float(np.polyfit(level, log_size, 1)[0])


def _noise(small: float, window: float, tau: float, share: float, factor: float) -> Sizes:
    """Return a noise, even and without tails, whose variogram at the first lag is `factor` times this."""
    white = math.sqrt((1.0 - share) * factor * small / min(INTERVAL / window, 1.0))
    wave = math.sqrt(share * factor * small / -math.expm1(-INTERVAL / tau))
    return Sizes(white, window, wave, tau, 0.0, 0.0, STEADY, 0.0)


def _looks(values: np.ndarray) -> np.ndarray:
    """Return medians over windows of the log variogram, and of correlations of neighbouring changes, in tolerances."""
    change = np.diff(values, axis=0)
    logs = np.log(np.maximum(variogram(values), 1e-3)) / NEAR
    alike = np.stack([correlation(change[lag:], change[:-lag]) for lag in (1, 2)]) / ALIKE
    return np.nanmedian(np.concatenate([logs, alike]), axis=1)


def _replicas(noise: Sizes, quiet: np.ndarray, step: float, stays: float) -> np.ndarray:
    """Return quiet windows (60, windows) as seen through such noise."""
    rng, count = np.random.default_rng(0), quiet.shape[1]
    process = Noise(noise, INTERVAL)
    state = rng.normal(size=(len(process.weights) + 3, count))
    tails = tailed(np.array([[noise.tails], [noise.tails], [0.0]]))
    values = np.empty((WINDOW, count))
    for number, own in enumerate(quiet):
        state = process.step(state, heavy(rng.normal(size=(3, count)), *tails))
        shown = np.round((own + process.value(state)) / step) * step
        again = rng.uniform(size=count) < stays
        values[number] = np.where(again, values[number - 1], shown) if number else shown
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
