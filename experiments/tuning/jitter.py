"""How a monitor's recorded signal jitters, as the sizes of `sim.monitors.noise`: from ten-minute windows.

A window is taken for noise on a patient who drifts: a random walk, evenly, or by fits and starts and of another size in
every window, as simulated patients do. A damped Gauss-Newton search finds the sizes under which such windows look like
recorded ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from experiments.circulation.gauss_newton import search
from experiments.population.view import correlation
from predictors.learning.watching import INTERVAL
from sim.monitors.noise import INNOVATIONS, Noise, Sizes
from sim.randomness import heavy, tailed

WINDOW = 60  # samples
LAGS = np.array([1, 2, 3, 4, 6, 9, 12, 18, 24])
AVERAGED = (10.0, 12.0, 16.0, 20.0)  # s, windows of the white part that are tried
QUICKEST_WAVE, SLOWEST_WAVE = 12.0, 90.0  # s, time constants; what is slower yet is the patient
ITERATIONS = 20
# What counts as one in the search (choice): logs of a variogram and of its spread, correlations, log of a kurtosis.
NEAR, ALIKE, PEAKED = 0.05, 0.025, 0.1
STEADY = 900.0  # s of the swell, until it is known
HEAVIEST = 0.2  # tails
UNEVEN = 0.3  # tails of a patient's steps; 0, .2 and .4 fit recorded pressure worse (choice)
# Where the search begins, and the step that counts as one (choice): logs of SDs over the usual change of the signal, of
# s, SDs of logs, tails.
START = {
    "walk": (math.log(0.5), 0.3),
    "walk_log_sd": (0.5, 0.15),
    "white": (math.log(0.7), 0.3),
    "wave": (math.log(0.7), 0.3),
    "wave_seconds": (math.log(30.0), 0.2),
    "size": (0.3, 0.1),
    "colour": (0.4, 0.2),
    "tails": (0.05, 0.03),
}
SHORTEST_SWELL, LONGEST_SWELL = 120.0, 3600.0  # s
SOME = 1500  # windows that are simulated
ROUGH = 0.05  # of the variance that rounding leaves where nothing else moves


@dataclass(frozen=True)
class Pieces:
    """Windows of a signal without a gap, (60, windows), and the case of each, (windows,)."""

    values: np.ndarray
    case: np.ndarray


@dataclass(frozen=True)
class Display:
    """How a value is shown: in steps, and shares of readings that show the last one again: usually, and after such."""

    step: float
    stays: float = 0.0
    again: float = 0.0


@dataclass(frozen=True)
class Walk:
    """How a patient drifts within ten minutes: median over windows of the SD of 10 s steps, SD of its log, tails."""

    step: float
    log_sd: float
    tails: float


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


def sizes(windows: Pieces, display: Display, evenly: bool = False) -> Sizes:
    """Return the sizes of the noise in recorded windows of a signal.

    Args:
        windows: recorded.
        display: that shows them.
        evenly: whether patients drift in all windows alike.

    Raises:
        ValueError: too few windows, or cases with more than one, to tell cases from times.
    """
    size = _components(_log_size(windows.values, display), windows.case)
    colour = _components(_colour(windows.values), windows.case)
    found, walk = min(
        (_searched(windows.values, display, window, evenly) for window in AVERAGED),
        key=lambda tried: tried[1],
    )[0]
    even = replace(found, case_log_sd=0.0, case_colour=0.0)
    level = _replicas(even, replace(walk, log_sd=0.0), display)
    by_chance = float(_log_size(level, display).var()), float(_colour(level).var())
    (case, swell), (case_colour, swell_colour) = (
        _shared(total, part, chance)
        for total, part, chance in zip(
            (found.case_log_sd, found.case_colour), (size, colour), by_chance, strict=True
        )
    )
    kept = min(max(size[2] * size[1] / max(swell**2, 1e-4), 1e-3), 0.999)  # of the swell, ten minutes later
    seconds = min(max(-WINDOW * INTERVAL / math.log(kept), SHORTEST_SWELL), LONGEST_SWELL)
    return replace(
        found,
        case_log_sd=case,
        swell_log_sd=swell,
        swell_seconds=seconds,
        case_colour=case_colour,
        swell_colour=swell_colour,
    )


def growth(windows: Pieces, usual: float) -> float:
    """Return how much larger noise is, as a share, where the signal is larger by its usual value."""
    level = windows.values.mean(axis=0) / usual - 1.0
    log_size = 0.5 * np.log(np.maximum(variogram(windows.values)[0], 1e-3))
    return float(np.polyfit(level, log_size, 1)[0])


def together(one: Pieces, other: Pieces) -> tuple[float, float]:
    """Return mean and SD over windows of Fisher's z of the correlation of two signals' changes, in whole numbers.

    Rounding is taken out, and so is the spread that windows of this length have by chance.
    """
    change = [np.diff(each.values, axis=0) for each in (one, other)]
    centred = [each - each.mean(axis=0) for each in change]
    variance = [(each**2).mean(axis=0) for each in centred]
    real = [np.maximum(each - 1.0 / 6.0, ROUGH * each) for each in variance]
    moving = (variance[0] > 0.0) & (variance[1] > 0.0)
    shared = (centred[0] * centred[1]).mean(axis=0)[moving]
    z = np.arctanh(np.clip(shared / np.sqrt(real[0] * real[1])[moving], -0.95, 0.95))
    low, middle, high = np.quantile(z, [0.25, 0.5, 0.75])
    spread = ((high - low) / 1.349) ** 2 - 1.0 / (WINDOW - 4)
    return float(middle), math.sqrt(max(spread, 0.0))


def _searched(
    values: np.ndarray, display: Display, window: float, evenly: bool
) -> tuple[tuple[Sizes, Walk], float]:
    """Return the noise, all its differences being between cases, and the walk that look most like recorded windows."""
    looks = _looks(values, display)
    usual = float(np.sqrt(np.median(variogram(values)[0])))
    start, steps = np.array(list(START.values())).T

    def made(moved: np.ndarray) -> tuple[Sizes, Walk]:
        tried = dict(zip(START, start + steps * moved, strict=True))
        noise = Sizes(
            white=usual * math.exp(tried["white"]),
            window=window,
            wave=usual * math.exp(tried["wave"]),
            wave_seconds=min(max(math.exp(tried["wave_seconds"]), QUICKEST_WAVE), SLOWEST_WAVE),
            case_log_sd=abs(tried["size"]),
            swell_log_sd=0.0,
            swell_seconds=STEADY,
            case_colour=abs(tried["colour"]),
            swell_colour=0.0,
            tails=min(max(tried["tails"], 0.0), HEAVIEST),
        )
        uneven = (0.0, 0.0) if evenly else (abs(tried["walk_log_sd"]), UNEVEN)
        return noise, Walk(usual * math.exp(tried["walk"]), *uneven)

    def off(moved: np.ndarray) -> np.ndarray:
        return _looks(_replicas(*made(moved), display), display) - looks

    best = search(off, len(steps), ITERATIONS, lambda line: None)
    return made(best), float((off(best) ** 2).sum())


def _looks(values: np.ndarray, display: Display) -> np.ndarray:
    """Return what windows look like, in tolerances: medians and SDs of variograms and correlations, tails."""
    change = np.diff(values, axis=0)
    logs = 0.5 * np.log(np.maximum(variogram(values), _rounding(display)))
    alike = np.stack([correlation(change[lag:], change[:-lag]) for lag in (1, 2)])
    spread = np.nanstd(logs[[0, 4, -1]], axis=1) / NEAR, np.nanstd(alike, axis=1) / ALIKE
    peaked = np.nanmedian(np.log(_kurtosis(change))) / PEAKED
    middles = np.nanmedian(np.concatenate([logs / NEAR, alike / ALIKE]), axis=1)
    return np.concatenate([middles, *spread, [peaked]])


def _replicas(noise: Sizes, walk: Walk, display: Display) -> np.ndarray:
    """Return windows (60, `SOME`) of people who walk so, seen through such noise."""
    rng = np.random.default_rng(0)
    process = Noise(noise, INTERVAL)
    state = rng.normal(size=(process.rows, SOME))
    pace = walk.step * np.exp(walk.log_sd * rng.normal(size=SOME))
    values, own, repeated = np.empty((WINDOW, SOME)), np.zeros(SOME), np.zeros(SOME, dtype=bool)
    for number in range(WINDOW):
        state = process.step(state, heavy(rng.normal(size=(INNOVATIONS, SOME)), *process.tails))
        own = own + pace * heavy(rng.normal(size=SOME), *tailed(np.array(walk.tails)))
        shown = np.round((own + process.value(state)) / display.step) * display.step
        likely = np.where(repeated, display.again, display.stays * (1.0 - display.again))
        repeated = (rng.uniform(size=SOME) < likely) & (number > 0)
        values[number] = np.where(repeated, values[number - 1], shown)
    return values


def _rounding(display: Display) -> float:
    return ROUGH * display.step**2


def _log_size(values: np.ndarray, display: Display) -> np.ndarray:
    """Return the log of the SD of changes, (windows,)."""
    return 0.5 * np.log(np.maximum(variogram(values)[0], _rounding(display)))


def _colour(values: np.ndarray) -> np.ndarray:
    """Return Fisher's z of the correlation of neighbouring changes, (windows,); 0 where nothing changes."""
    change = np.diff(values, axis=0)
    return np.arctanh(np.clip(np.nan_to_num(correlation(change[1:], change[:-1])), -0.95, 0.95))


def _kurtosis(change: np.ndarray) -> np.ndarray:
    centred = change - change.mean(axis=0)
    return (centred**4).mean(axis=0) / np.maximum(centred.var(axis=0) ** 2, 1e-12) + 1e-6


def _shared(total: float, part: tuple[float, float, float], by_chance: float) -> tuple[float, float]:
    """Return the SDs between and within cases of a total SD, by the components of its trace, less what is chance."""
    between, within, _ = part
    within = max(within - by_chance, 0.0)
    share = between / max(between + within, 1e-9)
    return total * math.sqrt(share), total * math.sqrt(1.0 - share)


def _components(values: np.ndarray, case: np.ndarray) -> tuple[float, float, float]:
    """Return the variance between cases, that within, and the correlation of neighbouring windows within a case."""
    _, owner, count = np.unique(case, return_inverse=True, return_counts=True)
    if (count > 1).sum() < 3:
        raise ValueError(
            f"data: {(count > 1).sum()} cases with two windows of ten minutes are not enough; 3 or more"
        )
    means = np.bincount(owner, values) / count
    off = values - means[owner]
    within = float((off**2).sum() / (count - 1).sum())
    several = count > 1
    between = max(float(means[several].var(ddof=1)) - within * float((1.0 / count[several]).mean()), 0.0)
    neighbours = case[1:] == case[:-1]
    # the mean of a case is taken from its own few windows, which lowers the correlation by about one in them
    lowered = float((1.0 / count[owner][1:][neighbours]).mean())
    product = float((off[1:] * off[:-1])[neighbours].mean())
    return between, within, product / max(within, 1e-9) + lowered
