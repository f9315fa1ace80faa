"""What a forecaster thinks a plan will do, beside what it does when the same patients carry it out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from experiments.depth.judging import steps
from experiments.explaining import undisturbed
from experiments.explaining.dose_response import HOUR, STEADY, as_cases, falling, per_second, table
from experiments.explaining.undisturbed import Undisturbed
from experiments.sites import SITES
from predictors.depth.forecaster import PLANNED as MINUTES
from predictors.depth.forecaster import ForecasterObserver
from predictors.depth.forecasts import HORIZONS
from predictors.learning.watching import INTERVAL, readings
from sim.arrays import take
from sim.covariates import Covariates
from sim.pharmacokinetics import compartments as pk
from sim.randomness import case_keys, normals

PLANNED = np.arange(0.0, 25.0, 2.0)  # mg/kg/h of propofol for the next five minutes; the pump is at STEADY
UNCHANGED = PLANNED.tolist().index(STEADY[0])
PER_MINUTE = round(60.0 / INTERVAL)
NOISE_SD = 2.2  # index points, white, of what is shown (choice)


def effects(forecasters: Mapping[str, ForecasterObserver], count: int, seed: int) -> dict[str, np.ndarray]:
    """Return by source ("patients" or a forecaster) how plans change the index, (plans, horizons, patients).

    An hour of the same infusions lies behind everybody; changes are against the plan to go on like that.

    Args:
        forecasters: by name.
        count: simulated patients of the training sites, with the sites' own people.
        seed: of patients and of what the monitor adds.
    """
    parts: dict[str, list[np.ndarray]] = {}
    for site, share in undisturbed.shares(count).items():
        keys = case_keys(seed, np.arange(share))
        person = SITES.get(site).people(keys)
        patient = undisturbed.patients(site, person, keys)
        before = per_second(np.tile(np.array(STEADY)[:, None], (HOUR, 1, share)), person.weight)
        drugs, true = undisturbed.infuse(patient, pk.empty(patient.kinetics), before)
        plans = np.empty((len(PLANNED), 2, MINUTES, share))
        plans[:, 0] = PLANNED[:, None, None] * person.weight / 3600.0
        plans[:, 1] = STEADY[1] * person.weight / 60.0
        noise = NOISE_SD * normals(keys, "plans", 0, HOUR)
        seen = np.round(np.clip(undisturbed.shown(patient, true)[1:] + noise, 1.0, 98.0))
        index = {"patients": carried_out(patient, drugs, true, plans)}
        for name, observer in forecasters.items():
            index[name] = forecast(observer, person, before, seen, plans)
        for name, values in index.items():
            parts.setdefault(name, []).append(values - values[UNCHANGED])
    return {name: np.concatenate(found, axis=-1) for name, found in parts.items()}


def carried_out(patient: Undisturbed, drugs: np.ndarray, true: np.ndarray, plans: np.ndarray) -> np.ndarray:
    """Return the index shown at the horizons if plans are carried out, (plans, horizons, patients).

    Args:
        patient: (patients,).
        drugs: (4, 2, patients), in the body now.
        true: (samples, patients), true index until now.
        plans: (plans, 2, minutes, patients), mg/s and µg/s.
    """
    candidates, count = plans.shape[0], plans.shape[-1]
    who = np.tile(np.arange(count), candidates)
    rates = np.moveaxis(plans, 0, 2).reshape(2, plans.shape[2], candidates * count)
    rates = np.repeat(rates.swapaxes(0, 1), PER_MINUTE, axis=0)
    each = take(patient, who)
    _, later = undisturbed.infuse(each, drugs[..., who], rates)
    shown = undisturbed.shown(each, np.concatenate([true[:-1, who], later]))[len(true) - 1 :]
    return np.stack([shown[ahead].reshape(candidates, count) for ahead in map(steps, HORIZONS)], axis=1)


def forecast(
    observer: ForecasterObserver, person: Covariates, rates: np.ndarray, seen: np.ndarray, plans: np.ndarray
) -> np.ndarray:
    """Return the forecasts under plans after watching a case, (plans, horizons, patients).

    Args:
        observer: the forecaster.
        person: covariates, (patients,).
        rates: (samples, 2, patients), mg/s and µg/s so far.
        seen: (samples, patients), index shown so far.
        plans: (plans, 2, minutes, patients), mg/s and µg/s.
    """
    state = observer.initial(person)
    for *_, now in readings(as_cases(person, rates, seen)):
        state, _ = observer.update(state, now)
    return observer.forecast_each(state, plans)[:, 0]


def as_table(found: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Return the changes as rows: source, horizon (s), plan (mg/kg/h), bis (mean change), low, high."""
    return pd.concat(
        [
            table(source=source, horizon=horizon, plan=PLANNED, values=change[:, i])
            for source, change in found.items()
            for i, horizon in enumerate(HORIZONS)
        ],
        ignore_index=True,
    )


def summary(found: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Return one row a source: falling_share and largest_rise over plans of each patient, and ratios by horizon.

    A ratio is the slope, through zero, of predicted on true changes over patients and plans: 1 is right.
    """
    true = found["patients"]
    rows = []
    for source, change in found.items():
        ratio = (change * true).sum((0, 2)) / (true**2).sum((0, 2))
        named = {f"ratio_{horizon}s": float(value) for horizon, value in zip(HORIZONS, ratio, strict=True)}
        rows.append({"source": source, **falling(change), **named})
    return pd.DataFrame(rows)
