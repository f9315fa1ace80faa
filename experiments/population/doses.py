"""What pumps gave and how they were handled: quantities of the infusions, case by case."""

from __future__ import annotations

import numpy as np

from experiments.population.view import PER_MINUTE, View, correlation, deviation
from sim.metrics.samples import mean, median

DRUGS = ("propofol", "remifentanil")
JUMP, SMALL = np.log(1.25), np.log(1.1)  # log steps of a rate from 10 s to 10 s


def handling(view: View) -> dict[str, np.ndarray]:
    """Return, of each drug in maintenance: jumps of the rate (> 25 %) an hour, neighbouring ones counted once; the
    lag-1 correlation of small steps (< 10 %); shares of the time unchanged and off."""
    found = {}
    hours = np.maximum(view.maintenance.sum(axis=0) / (60.0 * PER_MINUTE), 1e-9)
    for drug in DRUGS:
        rate = np.where(view.maintenance, view.cases[drug], np.nan)
        step = log_steps(rate)
        jump = np.abs(step) > JUMP
        begun = jump & ~np.concatenate([jump[:1] & False, jump[:-1]])
        small = np.where((np.abs(step) < SMALL) & (step != 0.0), step, np.nan)
        change = np.diff(rate, axis=0)
        found[f"{drug}_jumps_per_hour"] = begun.sum(axis=0) / hours
        found[f"{drug}_small_steps_lag1"] = correlation(small[1:], small[:-1])
        found[f"{drug}_unchanged_percent"] = 100.0 * mean((change == 0.0).astype(float), np.isfinite(change))
        found[f"{drug}_off_percent"] = 100.0 * mean((rate == 0.0).astype(float), np.isfinite(rate))
    return found


def concentrations(view: View) -> dict[str, np.ndarray]:
    """Return the pumps' own effect sites in maintenance: median (µg/mL, ng/mL) and SD of the log over time."""
    found = {}
    for drug, effect in (("propofol", view.marsh), ("remifentanil", view.minto)):
        there = np.where(view.maintenance & (effect > 0.0), effect, np.nan)
        found[f"{drug}_effect_site"] = median(there)
        found[f"{drug}_log_effect_site_sd"] = deviation(np.log(there))
    return found


def log_steps(rate: np.ndarray) -> np.ndarray:
    """Return steps of the log rate from sample to sample; NaN where the pump is off on either side."""
    running = np.log(np.where(rate > 0.0, rate, np.nan))
    return np.diff(running, axis=0)
