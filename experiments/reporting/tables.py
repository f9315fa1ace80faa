"""Tables and words of the report: numbers turned into cells, the configuration into sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from experiments.judging.bootstrap import Interval
from experiments.judging.verdicts import Statistics, agents_of, by_metric
from sim.cohort import COHORTS, brought
from sim.faults.spelling import strike
from sim.metrics import metric_table
from sim.plants import PLANTS

# Rows of the second table: statistic is "iqm", "mean" for what most patients never
# meet, or "median" where a few patients are beyond all bounds.
SECONDARY: dict[str, tuple[tuple[str, str], ...]] = {
    "Depth, maintenance": (
        ("time_outside_40_60_percent", "iqm"),
        ("measured_time_outside_40_60_percent", "iqm"),
        ("time_below_40_percent", "iqm"),
        ("time_above_60_percent", "iqm"),
        ("mdape_percent", "iqm"),
        ("measured_mdape_percent", "iqm"),
        ("wobble_percent", "iqm"),
        ("global_score", "median"),
    ),
    "Induction": (
        ("induction_to_bis_60_min", "iqm"),
        ("induction_below_40_s", "iqm"),
    ),
    "Blood pressure": (
        ("map_below_65_twa_mmhg", "iqm"),
        ("map_below_65_percent", "iqm"),
        ("map_below_65_longest_min", "iqm"),
        ("map_below_55_percent", "mean"),
    ),
    "Harm": (
        ("awareness_s", "mean"),
        ("awareness_spell", "mean"),
        ("bis_below_20_s", "mean"),
        ("bis_below_20", "mean"),
        ("map_below_55_s", "mean"),
        ("map_below_55_spell", "mean"),
        ("limit_cycle", "mean"),
    ),
    "Emergence": (
        ("closing_overshoot_bis", "mean"),
        ("closing_awareness_s", "mean"),
        ("emergence_to_bis_80_min", "iqm"),
        ("emergence_not_bis_80", "mean"),
        ("emergence_to_conscious_min", "iqm"),
        ("emergence_not_conscious", "mean"),
        ("emergence_map_below_65_percent", "mean"),
    ),
    "Announced moments": (
        ("incision_propofol_before", "mean"),
        ("incision_remifentanil_before", "mean"),
        ("incision_highest_bis", "mean"),
        ("intubation_highest_bis", "mean"),
    ),
    "Drugs and work": (
        ("propofol_mg_per_kg_h", "iqm"),
        ("remifentanil_ug_per_kg_min", "iqm"),
        ("norepinephrine_ug_per_kg", "mean"),
        ("order_changes_per_h", "iqm"),
    ),
}


class Cell(NamedTuple):
    """An estimate with its interval, the paired difference to the reference, and how few patients have it."""

    estimate: str
    interval: str
    difference: str
    difference_interval: str
    patients: str


class Column(NamedTuple):
    """A metric as the head of a column; `statistic` says which mean."""

    label: str
    unit: str
    statistic: str


class Group(NamedTuple):
    """Metrics that are read together: their columns, and the cells of every arm."""

    columns: list[Column]
    rows: list[tuple[str, list[Cell]]]


def number(value: float, digits: int, sign: bool = False) -> str:
    """Print a number with a true minus; a dash where there is none."""
    if not np.isfinite(value):
        return "–"
    rounded = round(float(value), digits) + 0.0  # no minus before a zero
    return f"{rounded:{'+' if sign else ''}.{digits}f}".replace("-", "−")


def digits_for(values: Any) -> int:
    """Return decimals that leave a middling number of a row three digits."""
    sizes = np.abs(np.asarray(values, dtype=float))
    sizes = sizes[sizes > 0.0]
    size = np.median(sizes) if sizes.size else 1.0
    return 0 if size >= 100.0 else 1 if size >= 10.0 else 2 if size >= 1.0 else 3


def span(low: float, high: float, digits: int, sign: bool = False) -> str:
    """Print an interval."""
    return f"[{number(low, digits, sign)}, {number(high, digits, sign)}]" if np.isfinite(low + high) else ""


def secondary(summary: pd.DataFrame, everybody: int) -> dict[str, Group]:
    """Return the other tables, group by group: every arm's estimates, intervals and paired differences.

    Args:
        summary: as `experiments.judging.statistics.summarise` makes it.
        everybody: number of patients.
    """
    table, agents = by_metric(summary), agents_of(summary)
    groups = {}
    for group, asked in SECONDARY.items():
        columns = [_column(table, agents, metric, statistic, everybody) for metric, statistic in asked]
        rows = zip(agents, zip(*(cells for _, cells in columns), strict=True), strict=True)
        groups[group] = Group([head for head, _ in columns], [(agent, list(cells)) for agent, cells in rows])
    return groups


def _column(
    table: Statistics, agents: list[str], metric: str, statistic: str, everybody: int
) -> tuple[Column, list[Cell]]:
    words, scale = metric_table()[metric], 1.0
    label, unit = words.label, words.unit
    if unit == "0/1":
        unit, scale = "% of cases", 100.0
    estimates = {agent: _estimate(table, metric, agent, statistic) for agent in agents}
    digits = digits_for([scale * estimate.estimate for estimate in estimates.values()])
    cells = []
    for agent, estimate in estimates.items():
        row = table[metric, agent]
        gap, low, high = (scale * row[name] for name in ("difference", "difference_low", "difference_high"))
        shown = np.isfinite(gap) and statistic != "median"
        cells.append(
            Cell(
                number(scale * estimate.estimate, digits),
                span(scale * estimate.low, scale * estimate.high, digits),
                number(gap, digits, True) if shown else "",
                span(low, high, digits, True) if shown else "",
                f"{row['n']} of {everybody} patients" if row["n"] < everybody else "",
            )
        )
    return Column(label, unit, "" if statistic == "iqm" else statistic), cells


def _estimate(table: Statistics, metric: str, agent: str, statistic: str) -> Interval:
    row = table[metric, agent]
    if statistic == "iqm":
        return Interval(row["iqm"], row["iqm_low"], row["iqm_high"])
    if statistic == "median":
        return Interval(row["median"], np.nan, np.nan)
    return Interval(row["mean"], row["mean_low"], row["mean_high"])


def everything(summary: pd.DataFrame) -> list[dict[str, Any]]:
    """Return all metrics, called as the summary calls them: median and quartiles of every agent."""
    table, agents = by_metric(summary), agents_of(summary)
    rows = []
    for metric in dict.fromkeys(summary["metric"]):
        digits = digits_for([table[metric, agent]["median"] for agent in agents])
        cells = [_quartiles(table[metric, agent], digits) for agent in agents]
        words = table[metric, agents[0]]
        unit = words["unit"] if isinstance(words["unit"], str) else ""  # an empty cell of the file
        rows.append({"label": words["label"], "unit": unit, "cells": cells})
    return rows


def _quartiles(row: Mapping[Any, Any], digits: int) -> str:
    low, middle, high = (number(row[name], digits) for name in ("q25", "median", "q75"))
    return f"{middle} ({low}–{high})" if row["n"] else "–"


def cohort_words(name: str) -> str:
    """Say who the patients are, to go on with in a sentence."""
    if name.endswith(".csv"):
        return f"people listed in {name}"
    words = COHORTS.describe(name).rstrip(".")
    return words[:1].lower() + words[1:]


def model_rows(config: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return part by part how the patient is made and what the pumps assume."""
    own = brought(config["cohort"])
    models = {**config["models"], **own}
    drawn = models["variability"] and not own
    spread = ", individual" if drawn else ", of the covariates alone"
    if (factor := models.get("spread", 1.0)) != 1.0:
        spread += f" (spread × {factor:g})"
    unseen = "seen through the monitors only"
    return [
        (
            "Propofol kinetics",
            models["propofol"] + spread,
            f"{config['assumed_propofol']}, of the covariates alone",
        ),
        (
            "Remifentanil kinetics",
            models["remifentanil"] + spread,
            f"{config['assumed_remifentanil']}, of the covariates alone",
        ),
        ("Norepinephrine kinetics", models["norepinephrine"] + spread, "given as a rate"),
        ("BIS under both drugs", models["bis"] + spread, unseen),
        ("Circulation", models["circulation"] + spread, unseen),
    ]


def plant_words(name: str | None) -> str:
    """Say which plant the patients are of, and what it is for; nothing where options alone say it."""
    if not name:
        return ""
    plant = PLANTS.get(name)
    use = (
        "kept for tests: nothing has learned or been tuned on it"
        if plant.use == "test"
        else "a training plant"
    )
    return f"Plant {name} ({use}): {plant.description.rstrip('.')}."


def fault_words(names: list[str]) -> str:
    """Say what goes wrong."""
    return "; ".join(f"{name} ({strike(name).fault.description})" for name in names) or "none"


def people(who: pd.DataFrame) -> str:
    """Describe the patients, one row each: medians and ranges."""
    women = 100.0 * (who["sex"] == "F").mean()
    parts = [
        f"{label} {who[name].median():.0f} ({who[name].min():.0f}–{who[name].max():.0f}) {unit}"
        for name, label, unit in (
            ("age", "age", "years"),
            ("height", "height", "cm"),
            ("weight", "weight", "kg"),
        )
    ]
    return f"{women:.0f} % women; " + ", ".join(parts)
