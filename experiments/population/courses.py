"""Quantities over something: index by effect site, all signals by minute after induction, by age, variograms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.population.recorded import CLEAN
from experiments.population.view import PER_MINUTE, View
from predictors.depth.phases import RUN_IN
from sim.metrics.samples import median

QUANTILES = (0.05, 0.5, 0.95)
SITES = (
    (1.25, 1.75),
    (1.75, 2.25),
    (2.25, 2.75),
    (2.75, 3.25),
    (3.25, 3.75),
    (3.75, 4.25),
    (4.25, 4.75),
    (4.75, 5.5),
)
MINUTES = (
    (0, 2),
    (2, 4),
    (4, 6),
    (6, 8),
    (8, 10),
    (10, 12),
    (12, 15),
    (15, 18),
    (18, 20),
    (20, 30),
    (30, 60),
    (60, 90),
)
AGES = ((18, 45), (45, 60), (60, 70), (70, 120))
BY_AGE = (
    "propofol_mg_per_kg_h",
    "remifentanil_ug_per_kg_min",
    "bis_median",
    "pressure_median",
    "heart_rate_median",
)
LAGS = (1, 2, 3, 6, 12, 18, 30, 60, 120, 180)  # samples
LOW = 65.0  # mmHg
STEP = 0.5  # of the histograms
RANGE = {
    "bis": (0.0, 100.0),
    "pressure": (20.0, 200.0),
    "heart_rate": (20.0, 220.0),
    "heart_rate_rise": (-120.0, 180.0),
}


@dataclass(frozen=True)
class Counts:
    """How often each case was seen at each value: (cases, bins). What is known of many cases is a sum over them."""

    values: np.ndarray
    low: float

    def quantiles(self, weight: np.ndarray | None = None) -> np.ndarray:
        """Return `QUANTILES` of all samples, each case counted `weight` times: (..., 3) for (..., cases)."""
        weight = np.ones(len(self.values)) if weight is None else weight
        total = np.cumsum(weight @ self.values, axis=-1)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = total / total[..., -1:]
        found = [self.low + STEP * (share < q).sum(axis=-1) for q in QUANTILES]
        return np.where(total[..., -1:] > 0.0, np.stack(found, axis=-1), np.nan)


def counts(values: np.ndarray, name: str) -> Counts:
    """Return how often each case has each value; values (samples, cases), NaN left out, the range held."""
    low, high = RANGE[name]
    bins = round((high - low) / STEP)
    seen = np.isfinite(values)
    place = np.clip((np.where(seen, values, low) - low) / STEP, 0, bins - 1).astype(int)
    number = np.zeros((values.shape[1], bins))
    np.add.at(number, (np.broadcast_to(np.arange(values.shape[1]), values.shape)[seen], place[seen]), 1.0)
    return Counts(number, low + 0.5 * STEP)


def by_effect_site(view: View) -> dict[str, Counts]:
    """Return the index in maintenance by the effect site that the pump displays, µg/mL: "1.75-2.25" -> counts."""
    bis = np.where(view.maintenance & view.known_start, view.cases["bis"], np.nan)
    return {
        f"{low:g}-{high:g}": counts(np.where((view.marsh >= low) & (view.marsh < high), bis, np.nan), "bis")
        for low, high in SITES
    }


def by_minute(view: View) -> dict[tuple[str, str], Counts]:
    """Return signals by minutes after the first propofol: (signal, "4-6") -> counts.

    `heart_rate_rise` is the heart rate above the median of the 5 min before the first propofol, or its first value.
    """
    signals = {name: np.where(view.known_start & view.inside, view.cases[name], np.nan) for name in CLEAN}
    rate = signals["heart_rate"]
    before = median(np.where((view.since >= -RUN_IN) & (view.since <= 0), rate, np.nan))
    signals["heart_rate_rise"] = rate - before
    found = {}
    for low, high in MINUTES:
        there = (view.since >= low * PER_MINUTE) & (view.since < high * PER_MINUTE)
        for name, values in signals.items():
            found[name, f"{low}-{high}"] = counts(np.where(there, values, np.nan), name)
    return found


def low_pressure(view: View) -> dict[str, float]:
    """Return by minutes after the first propofol the share (%) of pressures below 65 mmHg."""
    pressure = np.where(view.known_start & view.inside, view.cases["pressure"], np.nan)
    found = {}
    for low, high in MINUTES:
        there = pressure[
            (view.since >= low * PER_MINUTE) & (view.since < high * PER_MINUTE) & np.isfinite(pressure)
        ]
        found[f"{low}-{high}"] = 100.0 * float((there < LOW).mean()) if there.size else float("nan")
    return found


def by_age(table: pd.DataFrame) -> pd.DataFrame:
    """Return quantity, age group, cases and quantiles over cases, of a table of `quantities.by_case`."""
    rows = []
    for name in BY_AGE:
        for low, high in AGES:
            values = table.loc[(table["age"] >= low) & (table["age"] < high), name].dropna()
            found = values.quantile(list(QUANTILES)).to_numpy() if len(values) else np.full(3, np.nan)
            rows.append({"quantity": name, "group": f"{low}-{high}", "cases": len(values), **_named(found)})
    return pd.DataFrame(rows)


def variograms(view: View) -> pd.DataFrame:
    """Return signal, minutes apart, and quantiles over cases of the root of the semivariance in maintenance."""
    rows = []
    for name in CLEAN:
        values = view.maintained(name)
        for lag in LAGS:
            squares = 0.5 * (values[lag:] - values[:-lag]) ** 2
            enough = np.isfinite(squares).sum(axis=0) >= 2 * lag
            own = np.sqrt(np.nanmean(squares[:, enough], axis=0))
            rows.append({"signal": name, "minutes": lag / PER_MINUTE, **_named(_over_cases(own))})
    return pd.DataFrame(rows)


def courses(view: View) -> pd.DataFrame:
    """Return signal, group, samples and quantiles: index by effect site, and every signal by minute."""
    sites = {("bis by effect site", group): found for group, found in by_effect_site(view).items()}
    rows = [
        {"signal": signal, "group": group, "samples": int(found.values.sum()), **_named(found.quantiles())}
        for (signal, group), found in {**sites, **by_minute(view)}.items()
    ]
    table = pd.DataFrame(rows)
    low = low_pressure(view)
    table["below_65_percent"] = [
        low[group] if signal == "pressure" else float("nan")
        for signal, group in zip(table["signal"], table["group"], strict=True)
    ]
    return table


def _over_cases(values: np.ndarray) -> np.ndarray:
    return np.quantile(values, QUANTILES) if values.size else np.full(len(QUANTILES), np.nan)


def _named(values: np.ndarray) -> dict[str, float]:
    return {f"q{100 * q:g}": float(value) for q, value in zip(QUANTILES, values, strict=True)}
