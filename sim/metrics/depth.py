"""Depth in maintenance: Varvel's measures, bands of the index, Global Score."""

from __future__ import annotations

import numpy as np

from sim.metrics.measure import Judged, Measure, Metric, Values
from sim.metrics.samples import absolute_error, count, median, percent, ratio
from sim.units import SECONDS_PER_HOUR

TABLE = {
    "mdpe_percent": Metric("MDPE", "%", None),
    "mdape_percent": Metric("MDAPE", "%", "lower"),
    "wobble_percent": Metric("Wobble", "%", "lower"),
    "divergence_percent_per_h": Metric("Divergence", "%/h", None),
    "global_score": Metric("Global Score", "", "lower"),
    "time_in_40_60_percent": Metric("Time in BIS 40–60", "%", "higher"),
    "time_outside_40_60_percent": Metric("Time outside BIS 40–60", "%", "lower"),
    "time_below_40_percent": Metric("Time below BIS 40", "%", "lower"),
    "time_above_60_percent": Metric("Time above BIS 60", "%", "lower"),
    "time_below_30_percent": Metric("Time below BIS 30", "%", "lower"),
    "time_within_5_bis_percent": Metric("Time within 5 BIS of target", "%", "higher"),
    "time_within_10_bis_percent": Metric("Time within 10 BIS of target", "%", "higher"),
    "hemmerling_excellent_percent": Metric("Time within 10 % of target", "%", "higher"),
    "hemmerling_good_percent": Metric("Time 10–20 % off target", "%", None),
    "hemmerling_poor_percent": Metric("Time 20–30 % off target", "%", "lower"),
    "hemmerling_inadequate_percent": Metric("Time over 30 % off target", "%", "lower"),
    "iae_bis_s": Metric("Integrated absolute error, maintenance", "BIS·s", "lower"),
}


def varvel(bis: np.ndarray, time: np.ndarray, target: float) -> Values:
    """Return MDPE, MDAPE, wobble (%) and divergence (%/h). Varvel, J Pharmacokinet Biopharm 1992;20:63."""
    error = 100.0 * (bis - target) / target
    size = np.abs(error)
    bias = median(error)
    counted = ~np.isnan(size)
    hours = np.broadcast_to(time[:, None] / SECONDS_PER_HOUR, size.shape)
    centre = ratio(np.sum(hours, axis=0, where=counted), count(counted))
    lever = np.where(counted, hours - centre, 0.0)
    slope = ratio(np.sum(lever * size, axis=0, where=counted), np.sum(lever**2, axis=0))
    return {
        "mdpe_percent": bias,
        "mdape_percent": median(size),
        "wobble_percent": median(np.abs(error - bias)),
        "divergence_percent_per_h": slope,
    }


def bands(bis: np.ndarray, target: float) -> Values:
    """Return the share of counted samples in bands of the index, %; 40–60 holds its edges.

    The four classes of Hemmerling, Can J Anaesth 2010;57:725, are disjoint and add up to 100.
    """
    counted = ~np.isnan(bis)
    off = np.abs(bis - target)
    excellent, good, poor = (off <= share * target for share in (0.1, 0.2, 0.3))
    inside = {
        "time_in_40_60_percent": (bis >= 40.0) & (bis <= 60.0),
        "time_outside_40_60_percent": (bis < 40.0) | (bis > 60.0),
        "time_below_40_percent": bis < 40.0,
        "time_above_60_percent": bis > 60.0,
        "time_below_30_percent": bis < 30.0,
        "time_within_5_bis_percent": off <= 5.0,
        "time_within_10_bis_percent": off <= 10.0,
        "hemmerling_excellent_percent": excellent,
        "hemmerling_good_percent": good & ~excellent,
        "hemmerling_poor_percent": poor & ~good,
        "hemmerling_inadequate_percent": counted & ~poor,
    }
    return {name: percent(band, counted) for name, band in inside.items()}


def global_score(mdape: np.ndarray, wobble: np.ndarray, fraction: np.ndarray) -> np.ndarray:
    """Return (MDAPE + wobble) / fraction of time in 40–60 (0–1). Liu, Anesthesiology 2006;104:686."""
    return (mdape + wobble) / fraction


def scored(case: Judged, index: np.ndarray) -> Values:
    """Return everything in `TABLE` of an index, true or measured, in maintenance.

    A case never in 40–60 counts as in range for one sample: its Global Score is huge, and not dropped.
    """
    bis, period = np.where(case.windows.maintenance, index, np.nan), case.windows.period
    values = varvel(bis, case.trace.time, case.target) | bands(bis, case.target)
    one_sample = 1.0 / np.maximum(count(~np.isnan(bis)), 1)
    fraction = np.maximum(values["time_in_40_60_percent"] / 100.0, one_sample)
    score = global_score(values["mdape_percent"], values["wobble_percent"], fraction)
    return values | {"global_score": score, "iae_bis_s": absolute_error(bis, case.target, period)}


def depth(case: Judged) -> Values:
    """Return how well the true index was kept on target in maintenance."""
    return scored(case, case.trace.bis)


DEPTH = Measure(TABLE, depth)
