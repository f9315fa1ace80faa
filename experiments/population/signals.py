"""How what monitors show moves and fails: the same quantities of index, pressure and heart rate, case by case."""

from __future__ import annotations

import numpy as np

from experiments.population.recorded import CLEAN
from experiments.population.view import PER_MINUTE, View, autocorrelation, deviation
from sim.metrics.samples import mean, median

LAGS = {"10s": 1, "1min": PER_MINUTE, "5min": 5 * PER_MINUTE}
LONGEST_WAIT = 60.0  # min for the first valid sample


def movement(view: View) -> dict[str, np.ndarray]:
    """Return, of each signal in maintenance: median, SD, autocorrelations, SD and kurtosis of 10 s differences,
    share of the time unchanged."""
    found = {}
    for name in CLEAN:
        values = view.maintained(name)
        change = np.diff(values, axis=0)
        found[f"{name}_median"] = median(values)
        found[f"{name}_sd"] = deviation(values)
        found |= {
            f"{name}_correlation_{lag}": autocorrelation(values, samples) for lag, samples in LAGS.items()
        }
        found[f"{name}_change_sd"] = deviation(change)
        centred = change - mean(change)
        found[f"{name}_change_kurtosis"] = mean(centred**4) / deviation(change) ** 4
        found[f"{name}_unchanged_percent"] = 100.0 * mean((change == 0.0).astype(float), np.isfinite(change))
    return found


def availability(view: View) -> dict[str, np.ndarray]:
    """Return, of each signal: share of maintenance without a valid value, gaps an hour, their mean length (min), share
    of what was shown that is artefact, and minutes from the first propofol to the first valid value."""
    found: dict[str, np.ndarray] = {}
    hours = np.maximum(view.maintenance.sum(axis=0) / (60.0 * PER_MINUTE), 1e-9)
    for name in CLEAN:
        valid, raw = np.isfinite(view.cases[name]), view.cases[f"raw_{name}"]
        ever = (valid & view.maintenance).any(axis=0)
        missing = view.maintenance & ~valid
        begun = missing & np.concatenate([missing[:1] & False, ~missing[:-1]])
        shown = view.maintenance & np.isfinite(raw)
        waited = (valid & (view.since >= 0)).argmax(axis=0)
        wait = view.since[waited, np.arange(view.cases.count)] / PER_MINUTE
        quantities = {
            "missing_percent": 100.0 * mean(missing.astype(float), view.maintenance),
            "gaps_per_hour": begun.sum(axis=0) / hours,
            "gap_min": missing.sum(axis=0)
            / PER_MINUTE
            / np.where(begun.any(axis=0), begun.sum(axis=0), np.nan),
            "artefact_percent": 100.0 * mean(missing.astype(float), shown),
            "first_shown_min": np.minimum(wait, LONGEST_WAIT),
        }
        found |= {f"{name}_{what}": np.where(ever, values, np.nan) for what, values in quantities.items()}
    return found
