"""Every quantity that simulated and recorded cases are compared by, one number a case, by the same code for both."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from experiments.population import depth, doses, signals
from experiments.population.view import View
from experiments.recorded.practice import PROBABILITIES, Record, practice
from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL

PARTS = (
    depth.onset,
    depth.emergence,
    depth.sensitivity,
    depth.by_level,
    depth.with_dose,
    doses.handling,
    doses.concentrations,
    signals.movement,
    signals.availability,
)

_SIGNALS = {"bis": "index", "pressure": "MAP", "heart_rate": "heart rate"}
_MOVEMENT = {
    "median": "median",
    "sd": "within-case SD",
    "correlation_10s": "autocorrelation, 10 s",
    "correlation_1min": "autocorrelation, 1 min",
    "correlation_5min": "autocorrelation, 5 min",
    "change_sd": "SD of 10 s differences",
    "change_kurtosis": "kurtosis of 10 s differences",
    "unchanged_percent": "unchanged after 10 s, %",
    "missing_percent": "missing, %",
    "gaps_per_hour": "gaps an hour",
    "gap_min": "length of a gap, min",
    "artefact_percent": "artefacts of what was shown, %",
    "first_shown_min": "first valid value after the first propofol, min",
}
_HANDLING = {
    "jumps_per_hour": "rate jumps > 25 % an hour",
    "small_steps_lag1": "lag-1 correlation of small rate steps",
    "unchanged_percent": "rate unchanged after 10 s, %",
    "off_percent": "pump off in maintenance, %",
    "log_effect_site_sd": "SD of log effect site",
}
LABELS = {
    "age": "age, years",
    "propofol_mg_per_kg_h": "propofol, mg/kg/h",
    "remifentanil_ug_per_kg_min": "remifentanil, µg/kg/min",
    "bis_median": "index: median",
    "time_in_40_60_percent": "time in index 40–60, %",
    "time_below_40_percent": "time below index 40, %",
    "time_above_60_percent": "time above index 60, %",
    "map_below_65_percent": "time with MAP < 65 mmHg, %",
    "asleep_min": "first propofol to index < 60, min (30: never)",
    "asleep_effect_site": "propofol effect site then, µg/mL",
    "awake_index": "index before the first propofol",
    **{f"index_at_{minute}_min": f"index {minute} min after the first propofol" for minute in depth.MINUTES},
    "index_at_stop": "index when propofol stops",
    "stop_to_awake_min": "propofol stop to index > 80, min",
    "apparent_sensitivity": "apparent sensitivity, log",
    **{
        f"bis_change_sd_{low}_{high}": f"SD of 10 s differences, index {low}–{high}"
        for low, high in depth.LEVELS
    },
    "bis_effect_site_correlation": "correlation of index and effect site",
    "propofol_effect_site": "propofol effect site, median, µg/mL",
    "remifentanil_effect_site": "remifentanil effect site, median, ng/mL",
    **{f"{drug}_{what}": f"{drug}: {text}" for drug in doses.DRUGS for what, text in _HANDLING.items()},
    **{
        f"{name}_{what}": f"{title}: {text}"
        for name, title in _SIGNALS.items()
        for what, text in _MOVEMENT.items()
    },
    "vasopressor": "given a vasopressor (1) or not (0)",
    "apparent_sensitivity_log_sd": "apparent sensitivity, log-SD between cases, age taken out",
    "propofol_site_log_sd": "log effect site of propofol, SD between cases",
    "remifentanil_site_log_sd": "log effect site of remifentanil, SD between cases",
    "propofol_and_age": "propofol dose and age, Spearman",
    "remifentanil_and_age": "remifentanil dose and age, Spearman",
    "propofol_and_index": "propofol dose and median index, Spearman",
    "never_asleep_percent": "never below index 60 in 30 min, %",
    "vasopressor_percent": "given a vasopressor, %",
}


def by_case(cases: Cases) -> pd.DataFrame:
    """Return one row a case: who, subject, age and every quantity; NaN where a case says nothing about it."""
    return looked_at(View(cases))


def looked_at(view: View) -> pd.DataFrame:
    """Return the same of cases that are looked at already."""
    cases = view.cases
    done = practice(
        Record(
            INTERVAL,
            cases.person.weight,
            cases["bis"],
            cases["pressure"],
            cases["propofol"],
            cases["remifentanil"],
        )
    )
    found = {"who": cases.who, "subject": cases.subject, "age": cases.person.age, **done}
    for name in (
        "induction_to_bis_60_min",
        "map_median_mmhg",
    ):  # `asleep_min` counts who never is; `pressure_median`
        del found[name]
    for part in PARTS:
        found |= part(view)
    found["vasopressor"] = cases["vasopressor"][0]
    return pd.DataFrame(found)


def quantiles(table: pd.DataFrame) -> pd.DataFrame:
    """Return quantity, cases, and the quantiles over cases at `PROBABILITIES`."""
    rows = []
    for name in table.columns.difference(["who", "subject"], sort=False):
        values = table[name].dropna()
        found = (
            values.quantile(list(PROBABILITIES)).to_numpy()
            if len(values)
            else np.full(len(PROBABILITIES), np.nan)
        )
        rows.append(
            {
                "quantity": name,
                "cases": len(values),
                **{f"q{100.0 * p:g}": value for p, value in zip(PROBABILITIES, found, strict=True)},
            }
        )
    return pd.DataFrame(rows)


def across_cases(table: pd.DataFrame) -> dict[str, float]:
    """Return what only many cases together say: spreads, and which quantities go together (Spearman)."""
    log_sensitivity = corrected(table["apparent_sensitivity"], table["age"])
    with np.errstate(divide="ignore"):
        site = np.log(table[["propofol_effect_site", "remifentanil_effect_site"]].replace(0.0, np.nan))
    return {
        "apparent_sensitivity_log_sd": float(log_sensitivity.std()),
        "propofol_site_log_sd": float(site["propofol_effect_site"].std()),
        "remifentanil_site_log_sd": float(site["remifentanil_effect_site"].std()),
        "propofol_and_age": rank_correlation(table["propofol_mg_per_kg_h"], table["age"]),
        "remifentanil_and_age": rank_correlation(table["remifentanil_ug_per_kg_min"], table["age"]),
        "propofol_and_index": rank_correlation(table["propofol_mg_per_kg_h"], table["bis_median"]),
        "never_asleep_percent": 100.0 * float((table["asleep_min"].dropna() >= depth.LONGEST).mean()),
        "vasopressor_percent": 100.0 * float(table["vasopressor"].mean()),
    }


def corrected(values: pd.Series, age: pd.Series) -> pd.Series:
    """Return what a straight line in age leaves of the values."""
    known = values.dropna()
    if len(known) < 3:
        return known
    line = np.polynomial.Polynomial.fit(age[known.index], known, 1)
    return known - line(age[known.index].to_numpy())


def rank_correlation(one: pd.Series, other: pd.Series) -> float:
    """Return Spearman's correlation over cases that have both; NaN with fewer than three."""
    both = one.notna() & other.notna()
    return float(spearmanr(one[both], other[both]).statistic) if both.sum() > 2 else float("nan")
