"""How much people's kinetics differ: records measured, and the same records of people drawn under a spread.

A record says by how much its concentrations lie off the typical ones, the median over its samples of
log(measured / typical); what differs between records is the spread between people, plus little of the residual error.
So drawn records carry a residual too: independent, log-normal, of the size that follows from successive samples of the
measured ones (a robust SD of their differences over √2), which holds what is quick and leaves out what is slow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from experiments.judging.prediction_errors import median_errors
from experiments.recorded.plasma_samples import PlasmaSamples, plasma_at_samples
from sim.pharmacokinetics.compartments import Compartments
from sim.published import Correlations, Deviates, correlated

REPETITIONS = 10  # cohorts drawn for a reading
ROBUST = 0.6745  # median absolute value of a standard normal

Build = Callable[[Deviates], Compartments]  # log deviates (sessions,) -> that session's kinetics


class Reading(NamedTuple):
    """A spread between people: log-SDs and correlations of their deviates."""

    log_sd: Mapping[str, float]
    correlation: Correlations


def compare(samples: PlasmaSamples, build: Build, readings: Mapping[str, Reading]) -> pd.DataFrame:
    """Return the spread that was measured, and those of the same records drawn under each reading.

    Returns:
        A row a source ("measured" first): records, log_sd between records, MDAPE (%, median of records), residual
        (log-SD from one sample to the next).
    """
    typical = plasma_at_samples(build({}), samples)
    error = log_error(samples.measured, typical)
    rows = {"measured": spread(error, samples.record)}
    residual = successive_sd(error)
    for name, reading in readings.items():
        rng = np.random.default_rng(0)
        cohorts = [
            spread(log_error(drawn(samples, build, reading, residual, rng), typical), samples.record)
            for _ in range(REPETITIONS)
        ]
        rows[name] = {key: float(np.mean([cohort[key] for cohort in cohorts])) for key in cohorts[0]}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("source").reset_index()


def spread(error: np.ndarray, record: np.ndarray) -> dict[str, float]:
    """Return how far records lie from each other and from the typical, from log errors (samples, sessions)."""
    bias = median_errors(error, record)
    percent = median_errors(100.0 * np.expm1(error), record)
    return {
        "records": len(bias),
        "log_sd": float(bias["MDPE"].std()),
        "MDAPE": float(percent["MDAPE"].median()),
        "residual": successive_sd(error),
    }


def log_error(measured: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return log(measured / predicted), NaN where either is missing or zero."""
    known = (measured > 0.0) & (predicted > 0.0)
    return np.where(known, np.log(np.where(known, measured, 1.0) / np.where(known, predicted, 1.0)), np.nan)


def successive_sd(error: np.ndarray) -> float:
    """Return the SD of what differs from one sample of a session to the next, robust against what does not fit."""
    steps = [np.diff(column[np.isfinite(column)]) for column in error.T]
    return float(np.median(np.abs(np.concatenate(steps))) / ROBUST / np.sqrt(2.0))


def drawn(
    samples: PlasmaSamples, build: Build, reading: Reading, residual: float, rng: np.random.Generator
) -> np.ndarray:
    """Return what would have been measured in other people, (events, sessions): one person a record."""
    records, person = np.unique(samples.record, return_inverse=True)
    names = sorted(reading.log_sd)
    z = correlated(names, reading.correlation, rng.standard_normal((len(names), len(records))))
    eta = {name: reading.log_sd[name] * row[person] for name, row in zip(names, z, strict=True)}
    noise = np.exp(residual * rng.standard_normal(samples.measured.shape))
    return np.where(np.isfinite(samples.measured), plasma_at_samples(build(eta), samples) * noise, np.nan)
