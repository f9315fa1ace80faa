"""Warnings that the index will leave 40-60: how many exits are announced, how early, at what price in false alarms.

What an exit is, `predictors.depth.exits` says: the 30 s mean leaves the range for a minute after a minute inside. An
alarm may sound only while the mean is inside; it stands for the five minutes that follow, and only then may the next
one sound.

This is the second definition. The first (half a minute outside; the chance of being out as the score) was scored on
test cases, where the forecaster announced fewer exits than persistence and trend; both were then chosen again.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from experiments.judging.bootstrap import Interval, resampled
from experiments.judging.scores import NOTHING, by_subject
from predictors.depth.exits import NAME, WITHIN, exits, until_exit
from predictors.depth.forecasts import expected_name, forecast_horizons, forecast_quantiles, quantile_name
from predictors.depth.memory.keeping import HIGH, LOW
from predictors.depth.phases import phases
from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL

STANDS, IN_TIME = (
    round(WITHIN / INTERVAL),
    12,
)  # samples an alarm stands for, and samples before an exit from which it is in time
FALSE_PER_HOUR = (1.0, 2.0, 4.0)  # at which methods are compared
SURE = 180  # s, at which a forecaster's quantiles tell that it has any
SHARES = np.geomspace(0.98, 0.0003, 150)  # of the time in range above the thresholds tried


def excess(said: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return by how much the index is expected to be out of range, index points, at the worst of the horizons.

    The mean over the forecast's quantiles; one of some fifteen scores tried on validation subjects.
    """
    worst = []
    for horizon in forecast_horizons([said]):
        quantiles = forecast_quantiles(said, horizon)
        values = np.stack([said[quantile_name(horizon, quantile)] for quantile in quantiles])
        worst.append((np.maximum(LOW - values, 0.0) + np.maximum(values - HIGH, 0.0)).mean(axis=0))
    return np.max(worst, axis=0)


def nearness(said: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return how near the expected index is to being out of range, mean of the horizons; above 0 it is outside."""
    expected = np.stack([said[expected_name(horizon)] for horizon in forecast_horizons([said])])
    return np.mean(np.maximum(LOW - expected, expected - HIGH), axis=0)


def alarming(said: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return how alarming what somebody says is: a probability of leaving, a forecast with quantiles, or without."""
    if NAME in said:
        return said[NAME]
    return excess(said) if quantile_name(SURE, 0.1) in said else nearness(said)


def sounded(signal: np.ndarray, may: np.ndarray, threshold: float | np.ndarray) -> np.ndarray:
    """Return when alarms sound, bool, (samples, cases): at most one in the time an alarm stands for.

    Of several thresholds at once, (thresholds, 1), it is (samples, thresholds, cases).
    """
    alarms, free = [], np.zeros(1, dtype=int)
    for sample, (values, allowed) in enumerate(zip(signal, may, strict=True)):
        sounds = allowed & (values >= threshold) & (free <= sample)
        free = np.where(sounds, sample + STANDS, free)
        alarms.append(sounds)
    return np.array(alarms)


def tally(alarms: np.ndarray, leaves: np.ndarray, ahead: np.ndarray) -> np.ndarray:
    """Return sums per case, (cases, 5): alarms, true ones, exits, true ones in time, lead of the true ones (s).

    A true alarm is followed by an exit within the time it stands for; no two alarms announce the same exit.
    """
    true = alarms & (ahead <= STANDS)
    early = true & (ahead >= IN_TIME)
    columns = [alarms, true, leaves, early, np.where(true, INTERVAL * ahead, 0.0)]
    return np.stack([np.sum(column, axis=0, dtype=float) for column in columns], axis=-1)


def moments(cases: Cases, level: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return when alarms may sound, the samples to the next exit, and where exits are; (samples, cases) each.

    Args:
        cases: judged.
        level: (samples, cases), present 30 s mean.
    """
    counted = (phases(cases) >= 0) & np.isfinite(level)
    leaves = exits(level, counted)
    return counted & (level >= LOW) & (level <= HIGH), until_exit(leaves), leaves


def table(cases: Cases, level: np.ndarray, signals: Mapping[str, np.ndarray], seed: int = 0) -> pd.DataFrame:
    """Return one row per method and false-alarm rate, thresholds set so that rates are alike.

    Args:
        cases: judged.
        level: (samples, cases), present 30 s mean.
        signals: method -> (samples, cases), higher is more alarming.
        seed: of the bootstrap over subjects.

    Returns:
        Columns predictor, false_per_hour (aimed at), threshold, false_per_hour_found, exits, sensitivity,
        sensitivity_low, _high, in_time (announced 2 to 5 min before), in_time_low, _high, ppv, ppv_low, _high, lead_s.
    """
    may, ahead, leaves = moments(cases, level)
    hours = float(may.sum()) * INTERVAL / 3600.0
    rows = []
    for label, signal in signals.items():
        signal = np.where(np.isfinite(signal), signal, -np.inf)
        known = signal[may & np.isfinite(signal)]
        if not len(known):
            continue
        thresholds = np.quantile(known, 1.0 - SHARES)
        alarms = sounded(signal, may, thresholds[:, None])
        sums = np.stack([tally(alarms[:, row], leaves, ahead) for row in range(len(thresholds))])
        rates = (sums[..., 0] - sums[..., 1]).sum(axis=1) / hours
        for aimed in FALSE_PER_HOUR:
            best = int(np.abs(rates - aimed).argmin())
            found = _row(by_subject(sums[best], cases.subject), float(rates[best]), seed)
            rows.append({"predictor": label, "false_per_hour": aimed, "threshold": thresholds[best], **found})
    return pd.DataFrame(rows)


def _row(sums: np.ndarray, rate: float, seed: int) -> dict[str, float]:
    """Describe one method at one threshold; sums (subjects, 5)."""
    alarms, true, leaves, _, lead = sums.sum(axis=0)
    parts = {
        "sensitivity": _ratio(sums[:, 1], sums[:, 2], seed),
        "in_time": _ratio(sums[:, 3], sums[:, 2], seed),
        "ppv": _ratio(sums[:, 1], sums[:, 0], seed),
    }
    row = {"false_per_hour_found": rate, "alarms": alarms, "exits": leaves}
    for name, value in parts.items():
        row |= {name: value.estimate, f"{name}_low": value.low, f"{name}_high": value.high}
    return row | {"lead_s": lead / true if true else float("nan")}


def _ratio(part: np.ndarray, whole: np.ndarray, seed: int) -> Interval:
    """Return Σpart / Σwhole with its interval over subjects."""
    if whole.sum() == 0.0 or len(whole) < 2:
        return NOTHING
    with np.errstate(invalid="ignore", divide="ignore"):
        ends = resampled(lambda counts: (counts @ part) / (counts @ whole), len(whole), seed)
    return Interval(float(part.sum() / whole.sum()), *ends)
