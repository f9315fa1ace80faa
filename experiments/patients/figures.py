"""Figures of the index by which recorded and replayed cases are compared, and what a difference of each is worth."""

from __future__ import annotations

import numpy as np

from experiments.patients.courses import Group
from experiments.population.depth import ASLEEP, AWAKE, implied
from experiments.population.view import PER_MINUTE, deviation
from experiments.recorded.practice import BEGINS, PROBABILITIES
from predictors.learning.watching import INTERVAL
from sim.metrics.samples import mean, median
from sim.pharmacodynamics import SURFACES
from sim.pharmacokinetics import PROPOFOL
from sim.pharmacokinetics import compartments as pk

AFTER_START = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0, 45.0)  # min
AFTER_STOP = (0.0, 4.0, 8.0, 12.0, 16.0)  # min
LAGS = (1, 6, 30)  # samples
# Differences that weigh alike (choice): of quantiles of the index, of log minutes, of SDs within a case ...
POINTS, EARLY_POINTS, LOG_MINUTES, SPREAD_POINTS = 3.0, 5.0, 0.15, 0.5
CORRELATION, LOG_SD, LOG_PER_YEAR = 0.04, 0.01, 0.001


def by_case(material: list[Group], shown: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Return every figure of every case, (cases,): index at moments, times, spread and memory of maintenance."""
    parts = [_by_case(group, bis) for group, bis in zip(material, shown, strict=True)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _by_case(group: Group, bis: np.ndarray) -> dict[str, np.ndarray]:
    found = {}
    for minutes in AFTER_START:
        sample = group.first + round(minutes * PER_MINUTE)
        found[f"start + {minutes:g}"] = np.where(sample < group.last, _around(bis, sample), np.nan)
    for minutes in AFTER_STOP:
        found[f"stop + {minutes:g}"] = _around(bis, group.last + round(minutes * PER_MINUTE) - 1)
    sample = np.arange(len(bis))[:, None]
    with np.errstate(invalid="ignore"):
        asleep, awake = (sample > group.first) & (bis < ASLEEP), (sample > group.last) & (bis > AWAKE)
    found["asleep"] = _first(asleep, group.first)
    found["awake"] = _first(awake, group.last)
    inside = (group.since >= BEGINS) & (sample <= group.last)
    maintained = np.where(inside, bis, np.nan)
    found["median"], found["sd"] = median(maintained), deviation(maintained)
    centred = maintained - mean(maintained)
    for lag in LAGS:
        found[f"memory {lag}"] = mean(centred[lag:] * centred[:-lag]) / found["sd"] ** 2
    found["sensitivity"] = _sensitivity(group, found["median"], inside)
    found["age"] = group.person.age
    return found


def summary(figures: dict[str, np.ndarray]) -> dict[str, float]:
    """Return what is compared, by name, each divided by what a difference is worth."""
    out = {}
    for name, values in figures.items():
        if name.startswith(("start", "stop")):
            worth = EARLY_POINTS if name == "start + 1" else POINTS
            for probability, value in zip(PROBABILITIES, np.nanquantile(values, PROBABILITIES), strict=True):
                out[f"{name} {probability}"] = value / worth
        elif name in ("asleep", "awake"):
            for probability, value in zip(PROBABILITIES, np.nanquantile(values, PROBABILITIES), strict=True):
                out[f"{name} {probability}"] = np.log(value) / LOG_MINUTES
    out["sd"] = np.nanmedian(figures["sd"]) / SPREAD_POINTS
    for lag in LAGS[1:]:
        out[f"memory {lag}"] = np.nanmedian(figures[f"memory {lag}"]) / CORRELATION
    out["sensitivity"], ageing = sensitivity_spread(figures)
    out["sensitivity"], out["ageing"] = out["sensitivity"] / LOG_SD, ageing / LOG_PER_YEAR
    return out


def sensitivity_spread(figures: dict[str, np.ndarray]) -> tuple[float, float]:
    """Return the age-corrected log-SD of apparent sensitivity and its slope per year."""
    values, years = figures["sensitivity"], figures["age"]
    known = np.isfinite(values)
    line = np.polyfit(years[known], values[known], 1)
    return float((values[known] - np.polyval(line, years[known])).std()), float(line[0])


def _sensitivity(group: Group, index: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Return log of the typical effect site (Eleveld) over the one that the median index implies, (cases,)."""
    typical = pk.effect_sites(PROPOFOL.get("eleveld")(group.person), group.propofol, INTERVAL)
    given = median(np.where(inside, typical, np.nan))
    return np.log(given / implied(SURFACES.get("eleveld")(group.person), index))


def _around(bis: np.ndarray, sample: np.ndarray) -> np.ndarray:
    """Return the mean over half a minute around a sample, (cases,); NaN beyond the end."""
    near = [
        np.take_along_axis(bis, np.clip(sample + by, 0, len(bis) - 1)[None], axis=0)[0] for by in (-1, 0, 1)
    ]
    return np.where(sample < len(bis), mean(np.stack(near)), np.nan)


def _first(happens: np.ndarray, since: np.ndarray) -> np.ndarray:
    """Return minutes from a sample to the first time something happens; NaN if it never does."""
    return np.where(happens.any(axis=0), (happens.argmax(axis=0) - since) / PER_MINUTE, np.nan)
