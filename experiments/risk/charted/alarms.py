"""What alarms are worth: on a balanced set as published, and at the prevalence that there is; how early, how many.

A stay is announced if the probability passes a threshold before the event. Balanced, as case-control selection makes
it: every control's stay is cut off at the hour at which some case's event came, and controls weigh as much as cases.
Natural: whole stays as they come. Stays whose event comes after the chart ends, but within the horizon, are neither
cases nor controls. Thresholds are chosen on every second stay, to reach what was published or to sound no oftener than
`RATE`, and judged on the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from experiments.judging.bootstrap import NOTHING, Interval, resampled

STANDS = 6  # hours that an alarm stands for; only then may the next one sound
THRESHOLDS = 200  # tried
RATE = 0.1  # alarms a patient-day that can be borne
PUBLISHED, BORNE = "to reach the published pair", f"{RATE:g} alarms a patient-day"


def time_name(outcome: str) -> str:
    """Return the label that holds when an outcome came, h; infinite where it did not."""
    return f"{outcome}_h"


class Stay(NamedTuple):
    """Of stays: probability (rows, stays), NaN once over; h at which the event came (infinite: never); h between rows.

    The first row is `every` h after admission.
    """

    said: np.ndarray
    came: np.ndarray
    every: float = 1.0

    def select(self, chosen: np.ndarray) -> Stay:
        """Return some of the stays."""
        return Stay(self.said[:, chosen], self.came[chosen], self.every)


class Sums(NamedTuple):
    """Of stays, (stays,) each: whether a case, announced; a control, alarmed before the hour it is cut off, alarmed at
    all; hours at risk, alarms, and h from the first alarm to the event (NaN without).
    """

    case: np.ndarray
    hit: np.ndarray
    control: np.ndarray
    early: np.ndarray
    false: np.ndarray
    hours: np.ndarray
    alarms: np.ndarray
    lead: np.ndarray


def tally(stay: Stay, threshold: float, seed: int) -> Sums:
    """Return what a threshold does to every stay."""
    hour = stay.every * np.arange(1.0, len(stay.said) + 1.0)[:, None]
    last = float(hour[-1, 0])
    before = np.isfinite(stay.said) & (hour < stay.came)
    case = (stay.came <= last) & before.any(axis=0)
    over = before & (stay.said >= threshold)
    cut = np.random.default_rng(seed).choice(np.append(stay.came[case], last), len(case))
    control = ~np.isfinite(stay.came)
    first = np.where(over.any(axis=0), hour[over.argmax(axis=0), 0], np.nan)
    return Sums(
        case,
        case & over.any(axis=0),
        control,
        control & (over & (hour < cut)).any(axis=0),
        control & over.any(axis=0),
        stay.every * before.sum(axis=0),
        sounded(over, round(STANDS / stay.every)).sum(axis=0).astype(float),
        np.where(case, stay.came - first, np.nan),
    )


def sounded(over: np.ndarray, stands: int) -> np.ndarray:
    """Return when alarms sound, (rows, stays): at most one in the rows that an alarm stands for."""
    found, free = np.zeros_like(over), np.zeros(over.shape[1], dtype=int)
    for row in range(len(over)):
        found[row] = over[row] & (free <= row)
        free = np.where(found[row], row + stands, free)
    return found


def tried(stay: Stay) -> np.ndarray:
    """Return the thresholds that are tried, (thresholds,), rising."""
    said = stay.said[np.isfinite(stay.said)]
    return np.unique(np.quantile(said, 1.0 - np.geomspace(0.5, 1e-5, THRESHOLDS)))


def reaching(stay: Stay, aim: tuple[float, float], seed: int) -> float:
    """Return the threshold whose balanced PPV and sensitivity exceed both of an aim by most."""
    best, kept = -np.inf, float("nan")
    for threshold in tried(stay):
        sums = tally(stay, threshold, seed)
        found = balanced(*(np.array([one.sum()]) for one in (sums.hit, sums.case, sums.early, sums.control)))
        sensitivity = sums.hit.sum() / max(sums.case.sum(), 1)
        if (value := min(np.nan_to_num(found)[0] - aim[0], sensitivity - aim[1])) > best:
            best, kept = value, float(threshold)
    return kept


def bearable(stay: Stay, seed: int) -> float:
    """Return the least threshold with no more than `RATE` alarms a patient-day; one without any, if none has as few."""
    for threshold in tried(stay):
        sums = tally(stay, threshold, seed)
        if 24.0 * sums.alarms.sum() <= RATE * sums.hours.sum():
            return float(threshold)
    return float(np.nextafter(np.nanmax(stay.said), np.inf))


def balanced(hit: np.ndarray, case: np.ndarray, early: np.ndarray, control: np.ndarray) -> np.ndarray:
    """Return the PPV if cases and controls were as many, of sums (draws,)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found, alarmed = hit / case, early / control
        return found / (found + alarmed)


def row(stay: Stay, threshold: float, seed: int) -> dict[str, Any]:
    """Return what alarms of a threshold are worth."""
    sums = tally(stay, threshold, seed)
    sure = {
        "ppv_balanced": _over(sums, lambda a: balanced(a["hit"], a["case"], a["early"], a["control"]), seed),
        "sensitivity": _over(sums, lambda a: a["hit"] / a["case"], seed),
        "ppv_natural": _over(sums, lambda a: a["hit"] / (a["hit"] + a["false"]), seed),
        "alarms_per_day": _over(sums, lambda a: 24.0 * a["alarms"] / a["hours"], seed),
    }
    found: dict[str, Any] = {
        "threshold": threshold,
        "stays": len(stay.came),
        "events": int(sums.case.sum()),
        "prevalence": float(sums.case.mean()),
    }
    for name, value in sure.items():
        found |= {name: value.estimate, f"{name}_low": value.low, f"{name}_high": value.high}
    lead = sums.lead[np.isfinite(sums.lead)]
    ends = np.quantile(lead, [0.25, 0.5, 0.75]) if len(lead) else [np.nan] * 3
    return found | dict(zip(("lead_h_25", "lead_h", "lead_h_75"), map(float, ends), strict=True))


def table(
    stays: Mapping[tuple[str, str], Stay], aims: Mapping[str, tuple[float, float]], seed: int
) -> pd.DataFrame:
    """Return a row an outcome, predictor and choice of threshold, with what is published beside it.

    Args:
        stays: (outcome, predictor) -> what was said and came.
        aims: outcome -> published PPV and sensitivity, where they are known.
        seed: of cut-offs and draws.

    Raises:
        ValueError: no stay, or all, have an event.
    """
    rows = []
    for (outcome, predictor), stay in stays.items():
        half = np.arange(len(stay.came)) % 2 == 0
        for part in (half, ~half):
            events = int(tally(stay.select(part), np.inf, seed).case.sum())
            if not 0 < events < part.sum():
                raise ValueError(
                    f"{outcome}: {events} of {part.sum()} stays have it; some must, and some not"
                )
        choices, printed = {BORNE: bearable(stay.select(half), seed)}, {}
        if (aim := aims.get(outcome)) is not None:
            choices = {PUBLISHED: reaching(stay.select(half), aim, seed), **choices}
            printed = {"published_ppv": aim[0], "published_sensitivity": aim[1]}
        for choice, threshold in choices.items():
            who = {"outcome": outcome, "predictor": predictor, "choice": choice}
            rows.append({**who, **row(stay.select(~half), threshold, seed), **printed})
    return pd.DataFrame(rows)


def _over(sums: Sums, statistic: Any, seed: int) -> Interval:
    """Return a statistic of sums with its interval over stays."""
    values = {name: np.nan_to_num(getattr(sums, name).astype(float)) for name in Sums._fields}

    def of(counts: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore", divide="ignore"):
            return statistic({name: counts @ one for name, one in values.items()})

    count = len(sums.case)
    estimate = float(of(np.ones((1, count)))[0])
    return NOTHING if np.isnan(estimate) else Interval(estimate, *resampled(of, count, seed))
