"""Every quantity that simulated and recorded cases are compared by, one number a case, by the same code for both."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from experiments.population import depth, doses, signals
from experiments.population.view import View
from experiments.recorded.practice import Record, practice
from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL

PROBABILITIES = (0.05, 0.25, 0.5, 0.75, 0.95)
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


def by_case(cases: Cases) -> pd.DataFrame:
    """Return one row a case: who, subject, age and every quantity; NaN where a case says nothing about it."""
    view = View(cases)
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
    del found["induction_to_bis_60_min"]  # `asleep_min` counts those who never do
    for part in PARTS:
        found |= part(view)
    found["vasopressor"] = cases["vasopressor"][0]
    return pd.DataFrame(found)


def quantiles(table: pd.DataFrame) -> pd.DataFrame:
    """Return quantity, cases, and the quantiles over cases at `PROBABILITIES`."""
    rows = []
    for name in table.columns.difference(["who", "subject"], sort=False):
        values = table[name].dropna()
        found = values.quantile(list(PROBABILITIES)).to_numpy() if len(values) else np.full(5, np.nan)
        rows.append(
            {
                "quantity": name,
                "cases": len(values),
                **{f"q{p:g}": v for p, v in zip((5, 25, 50, 75, 95), found, strict=True)},
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
        "propofol_log_effect_site_sd": float(site["propofol_effect_site"].std()),
        "remifentanil_log_effect_site_sd": float(site["remifentanil_effect_site"].std()),
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
