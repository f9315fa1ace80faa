"""What a classifier is shown of ten minutes: numbers that describe five tracks, nothing that only bookkeeping knows.

Windows lie in maintenance, one after the other. A window counts if at least 50 of 60 samples of index, pressure and
heart rate were valid; gaps are bridged by a straight line and how many there were is not told. Doses are per kg;
people, time and what was before are not told. How values are rounded is (a monitor's display is part of a record).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.population.doses import DRUGS, JUMP, SMALL, log_steps
from experiments.population.recorded import CLEAN
from experiments.population.view import View, autocorrelation, correlation, deviation, mean
from predictors.learning.cases import Cases
from sim.units import mg_per_kg_h, ug_per_kg_min

WINDOW = 60  # samples, 10 min
VALID = 50  # samples of each monitor
LARGEST_SHARE = 6  # windows of a case, evenly spread over its maintenance
LAGS = (1, 2, 3, 6, 12, 24)
TRACKS = (*CLEAN, *DRUGS)
GROUPS = {"all": TRACKS, "index": ("bis",), "circulation": ("pressure", "heart_rate"), "doses": DRUGS}


@dataclass(frozen=True)
class Windows:
    """Ten-minute pieces of cases: signals {track: (60, windows)}, and whose they are, (windows,)."""

    signals: dict[str, np.ndarray]
    subject: np.ndarray
    case: np.ndarray


def windows(cases: Cases) -> Windows:
    """Return windows of maintenance, at most `LARGEST_SHARE` a case."""
    view = View(cases)
    each = [np.isfinite(cases[name]) for name in CLEAN]
    pieces: list[tuple[int, int]] = []
    for number in range(cases.count):
        inside = np.flatnonzero(view.maintenance[:, number])
        starts = range(inside[0], inside[-1] + 2 - WINDOW, WINDOW) if len(inside) else ()
        good = [
            first
            for first in starts
            if all(shown[first : first + WINDOW, number].sum() >= VALID for shown in each)
        ]
        spread = np.linspace(0, len(good) - 1, min(LARGEST_SHARE, len(good))).round().astype(int)
        pieces += [(good[place], number) for place in spread]
    start, case = np.array(pieces, dtype=int).reshape(-1, 2).T
    rows = start + np.arange(WINDOW)[:, None]
    signals = {name: _bridged(cases[name][rows, case]) for name in CLEAN}
    weight = cases.person.weight[case]
    signals["propofol"] = mg_per_kg_h(cases["propofol"][rows, case], weight)
    signals["remifentanil"] = ug_per_kg_min(cases["remifentanil"][rows, case], weight)
    return Windows(signals, cases.subject[case], cases.who[case])


def features(cut: Windows) -> pd.DataFrame:
    """Return what the classifier is shown, a row a window; a column is called `track: what` (`between: what`)."""
    found: dict[str, np.ndarray] = {}
    for track in CLEAN:
        found |= _named(track, _course(cut.signals[track]))
        found |= _named(track, _display(cut.signals[track]))
    for drug in DRUGS:
        found |= _named(drug, _course(cut.signals[drug]))
        found |= _named(drug, _pump(cut.signals[drug]))
    found |= _named("between", _between(cut.signals))
    return pd.DataFrame(found)


def columns_of(table: pd.DataFrame, tracks: tuple[str, ...]) -> list[str]:
    """Return the columns that describe these tracks; what lies between tracks goes with all of them only."""
    wanted = (*tracks, "between") if tracks == TRACKS else tracks
    return [name for name in table.columns if name.partition(":")[0] in wanted]


def _named(track: str, values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {f"{track}: {name}": value for name, value in values.items()}


def _course(values: np.ndarray) -> dict[str, np.ndarray]:
    """Level, spread, quantiles, differences, autocorrelations, trend: (60, windows) -> (windows,) each."""
    change, bend = np.diff(values, axis=0), np.diff(values, 2, axis=0)
    minutes = values.reshape(10, 6, -1).mean(axis=1)
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95], axis=0)
    ramp = np.arange(WINDOW)[:, None] - 0.5 * (WINDOW - 1)
    centred = change - change.mean(axis=0)
    found = {
        "mean": values.mean(axis=0),
        "median less mean": middle - values.mean(axis=0),
        "SD": values.std(axis=0),
        "5 %": low,
        "95 %": high,
        "range": np.ptp(values, axis=0),
        "SD of minutes": minutes.std(axis=0),
        "SD within minutes": values.reshape(10, 6, -1).std(axis=1).mean(axis=0),
        "trend": (ramp * values).sum(axis=0) / (ramp**2).sum(),
        "halves": values[30:].mean(axis=0) - values[:30].mean(axis=0),
        "SD of changes": change.std(axis=0),
        "mean size of changes": np.abs(change).mean(axis=0),
        "median size of changes": np.median(np.abs(change), axis=0),
        "largest rise": change.max(axis=0),
        "largest fall": change.min(axis=0),
        "kurtosis of changes": mean(centred**4) / np.maximum(change.var(axis=0), 1e-12) ** 2,
        "SD of bends": bend.std(axis=0),
        "bends over changes": bend.std(axis=0) / np.maximum(change.std(axis=0), 1e-9),
        "autocorrelation of changes": autocorrelation(change, 1),
        "autocorrelation of changes, 2": autocorrelation(change, 2),
        "changes by level": correlation(np.abs(change), values[:-1]),
    }
    return found | {f"autocorrelation {lag}": autocorrelation(values, lag) for lag in LAGS}


def _display(values: np.ndarray) -> dict[str, np.ndarray]:
    """How a monitor shows numbers: repeated, and rounded."""
    return {
        "unchanged": (np.diff(values, axis=0) == 0.0).mean(axis=0),
        "whole numbers": (np.abs(values - np.round(values)) < 1e-6).mean(axis=0),
        "tenths": (np.abs(10.0 * values - np.round(10.0 * values)) < 1e-3).mean(axis=0),
    }


def _pump(rate: np.ndarray) -> dict[str, np.ndarray]:
    """How a rate is led: jumps, holds, pauses, and the ripple between."""
    step = log_steps(rate)
    small = np.where((np.abs(step) < SMALL) & (step != 0.0), step, np.nan)
    turn = np.sign(np.diff(rate, axis=0))
    return {
        "unchanged": (turn == 0.0).mean(axis=0),
        "off": (rate == 0.0).mean(axis=0),
        "jumps": (np.abs(step) > JUMP).sum(axis=0).astype(float),
        "largest step up": np.nan_to_num(step).max(axis=0),
        "largest step down": np.nan_to_num(step).min(axis=0),
        "small steps": np.isfinite(small).mean(axis=0),
        "size of small steps": mean(np.abs(small)),
        "SD of small steps": deviation(small),
        "lag 1 of small steps": correlation(small[1:], small[:-1], least=10),
        "turns": (turn[1:] * turn[:-1] < 0.0).mean(axis=0),
        "falling": (turn < 0.0).mean(axis=0),
        "median size of steps": np.nan_to_num(
            np.nanmedian(np.where(np.isfinite(step), np.abs(step), 0.0), axis=0)
        ),
    }


def _between(signals: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What goes with what: levels and changes of every pair of tracks."""
    pairs = [(one, other) for i, one in enumerate(TRACKS) for other in TRACKS[i + 1 :]]
    found = {f"{one}, {other}": correlation(signals[one], signals[other]) for one, other in pairs}
    for one, other in (pairs[0], pairs[1], pairs[4]):
        changes = np.diff(signals[one], axis=0), np.diff(signals[other], axis=0)
        found[f"changes of {one}, {other}"] = correlation(changes[0], changes[1])
    return found


def _bridged(values: np.ndarray) -> np.ndarray:
    """Return values with gaps bridged by straight lines, the ends held."""
    return pd.DataFrame(values).interpolate(limit_direction="both").to_numpy()
