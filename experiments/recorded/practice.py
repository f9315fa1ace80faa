"""How anaesthetists worked, case by case: depth, pressure and doses of maintenance, recorded or simulated.

Maintenance lasts from 15 min after the first propofol to the last. Both kinds of cases are judged by what the
monitors showed, with the same code.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.metrics.samples import mean, median
from sim.units import SECONDS_PER_MINUTE, mg_per_kg_h, ug_per_kg_min

# When a case says something (choice).
BEGINS = 900.0  # s of maintenance after the first propofol
LEAST = 600.0  # s of a signal, without which a case says nothing about it
AWAKE = 80.0  # BIS before the first propofol, from which an induction counts as one
BEFORE = 300.0  # s before the first propofol in which that is looked for

QUANTITIES = {
    "bis_median": "Median BIS",
    "time_in_40_60_percent": "Time in BIS 40–60, %",
    "time_below_40_percent": "Time below BIS 40, %",
    "time_above_60_percent": "Time above BIS 60, %",
    "induction_to_bis_60_min": "First propofol to BIS < 60, min",
    "map_median_mmhg": "Median MAP, mmHg",
    "map_below_65_percent": "Time with MAP < 65 mmHg, %",
    "propofol_mg_per_kg_h": "Propofol, mg/kg/h",
    "remifentanil_ug_per_kg_min": "Remifentanil, µg/kg/min",
}
PROBABILITIES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Record:
    """Cases as monitors and pumps showed them: (samples, cases), BIS and mmHg with NaN where none, mg/s, µg/s."""

    interval: float
    weight: np.ndarray
    bis: np.ndarray
    pressure: np.ndarray
    propofol: np.ndarray
    remifentanil: np.ndarray


def practice(record: Record) -> dict[str, np.ndarray]:
    """Return every quantity of `QUANTITIES`, (cases,); NaN where a case says nothing about it."""
    sample = np.arange(len(record.bis))[:, None]
    given = record.propofol > 0.0
    first = given.argmax(axis=0)
    last = len(given) - 1 - given[::-1].argmax(axis=0)
    window = (sample >= first + BEGINS / record.interval) & (sample <= last) & given.any(axis=0)
    return {
        **_depth(np.where(window, record.bis, np.nan), record.interval),
        "induction_to_bis_60_min": _induction(record, sample, first),
        **_pressure(np.where(window, record.pressure, np.nan), record.interval),
        "propofol_mg_per_kg_h": mg_per_kg_h(mean(record.propofol, window), record.weight),
        "remifentanil_ug_per_kg_min": ug_per_kg_min(mean(record.remifentanil, window), record.weight),
    }


def quantiles(values: np.ndarray) -> np.ndarray:
    """Return the quantiles of a quantity at `PROBABILITIES`, NaN left out; NaN if nothing is left."""
    kept = values[~np.isnan(values)]
    return np.quantile(kept, PROBABILITIES) if kept.size else np.full(len(PROBABILITIES), np.nan)


def distance(simulated: np.ndarray, recorded: np.ndarray) -> float:
    """Return the mean difference between two sets of quantiles, as a share of the recorded 5-95 % range."""
    return float(np.mean(np.abs(simulated - recorded)) / (recorded[-1] - recorded[0]))


def _depth(bis: np.ndarray, interval: float) -> dict[str, np.ndarray]:
    bands = {
        "time_in_40_60_percent": (bis >= 40.0) & (bis <= 60.0),
        "time_below_40_percent": bis < 40.0,
        "time_above_60_percent": bis > 60.0,
    }
    shares = {name: _percent(inside, bis, interval) for name, inside in bands.items()}
    return {"bis_median": _median(bis, interval), **shares}


def _pressure(pressure: np.ndarray, interval: float) -> dict[str, np.ndarray]:
    return {
        "map_median_mmhg": _median(pressure, interval),
        "map_below_65_percent": _percent(pressure < 65.0, pressure, interval),
    }


def _induction(record: Record, sample: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return minutes from the first propofol to the first index below 60 of those seen awake before it."""
    before = (sample <= first) & (sample >= first - BEFORE / record.interval)
    awake = (before & (record.bis > AWAKE)).any(axis=0) & ~(before & (record.bis < 60.0)).any(axis=0)
    asleep = (sample > first) & (record.bis < 60.0)
    minutes = (asleep.argmax(axis=0) - first) * record.interval / SECONDS_PER_MINUTE
    return np.where(awake & asleep.any(axis=0), minutes, np.nan)


def _enough(signal: np.ndarray, interval: float) -> np.ndarray:
    return np.count_nonzero(~np.isnan(signal), axis=0) * interval >= LEAST


def _percent(inside: np.ndarray, signal: np.ndarray, interval: float) -> np.ndarray:
    counted = np.count_nonzero(~np.isnan(signal), axis=0)
    share = 100.0 * np.count_nonzero(inside, axis=0) / np.maximum(counted, 1)
    return np.where(_enough(signal, interval), share, np.nan)


def _median(signal: np.ndarray, interval: float) -> np.ndarray:
    return np.where(_enough(signal, interval), median(signal), np.nan)
