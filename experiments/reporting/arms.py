"""Arms in the report: how they did in the primary metric, and what became of every simulated case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from experiments.judging.arms.seeds import arm
from experiments.judging.verdicts import PRESSURE, PRIMARY, agents_of, by_metric
from experiments.reporting.tables import number, span

ASLEEP = "emergence_not_bis_80"
PRICE = {  # what may be paid for depth: heads of columns
    PRESSURE: "Time-weighted MAP below 65, mmHg",
    "map_below_65_percent": "MAP below 65, points of time",
    "emergence_to_bis_80_min": "Waking, min",
    "order_changes_per_h": "Changes of orders, 1/h",
}


def primary_rows(
    summary: pd.DataFrame, aggregates: pd.DataFrame, pairs: pd.DataFrame
) -> list[dict[str, Any]]:
    """Return the primary metric's statistics, one row an arm, as text.

    Args:
        summary: as `experiments.judging.statistics.summarise` makes it.
        aggregates, pairs: as `experiments.judging.arms` makes them.
    """
    agents, known = agents_of(summary), by_metric(summary)
    whole = {row["arm"]: row for row in aggregates.to_dict("records")}
    beside = pairs[(pairs["metric"] == PRIMARY) & (pairs["other"] == agents[0])]
    tests = dict(zip(beside["arm"], beside["p_holm"], strict=True))
    rows = []
    for agent in agents:
        row, own = known[PRIMARY, agent], whole[agent]
        seeds = int(own["seeds"])
        chance = [100.0 * row[name] for name in ("improvement", "improvement_low", "improvement_high")]
        rows.append(
            {
                "agent": agent,
                "n": row["n"],
                "seeds": f"{seeds} training seeds: {number(own['lowest'], 1)} to {number(own['highest'], 1)}"
                if seeds > 1
                else "",
                **{name: number(row[name], 1) for name in ("mean", "median")},
                **_with_interval("iqm", own),
                **_with_interval("worst", own),
                **_with_interval("gap", own),
                "difference": number(row["difference"], 1, sign=True),
                "difference_interval": span(row["difference_low"], row["difference_high"], 1, sign=True),
                "improvement": number(chance[0], 0),
                "improvement_interval": span(chance[1], chance[2], 0),
                "p": probability(tests.get(agent, np.nan)),
            }
        )
    return rows


def price(pairs: pd.DataFrame, reference: str) -> list[dict[str, Any]]:
    """Return what each arm wins and pays beside the reference: differences, and on which side of zero they lie.

    Args:
        pairs: as `experiments.judging.arms.pairs` makes them.
        reference: the arm all others are compared with.
    """
    beside = pairs[pairs["other"] == reference]
    known = {(row["arm"], row["metric"]): row for row in beside.to_dict("records")}
    rows = []
    for agent in dict.fromkeys(beside["arm"]):
        primary = known[agent, PRIMARY]
        cells = [_side(primary, "relative", ("relative_low", "relative_high"), 0, " %")]
        for metric in PRICE:
            row, digits = known[agent, metric], 2 if metric == PRESSURE else 1
            cells.append(_side(row, "difference", ("low", "high"), digits))
        rows.append({"agent": agent, "cells": cells})
    return rows


def _side(
    row: Mapping[Any, Any], name: str, ends: tuple[str, str], digits: int, unit: str = ""
) -> dict[str, str]:
    """Return a difference with its interval as text, and whether less of it is shown ("ahead"), more, or neither."""
    low, high = (row[end] for end in ends)
    side = "ahead" if high < 0.0 else "behind" if low > 0.0 else "undecided"
    text = number(row[name], digits, sign=True)
    return {
        "text": text + unit if text != "–" else text,
        "interval": span(low, high, digits, True),
        "side": side,
    }


def _with_interval(name: str, own: Mapping[Any, Any]) -> dict[str, str]:
    ends = span(own[f"{name}_low"], own[f"{name}_high"], 1)
    return {name: number(own[name], 1), f"{name}_interval": ends}


def probability(p: float) -> str:
    """Print a p value."""
    if not np.isfinite(p):
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def flow(summary: pd.DataFrame, patients: int) -> list[dict[str, Any]]:
    """Return what became of the cases of every arm: given to it, judged, without a value, not awake at the end.

    Args:
        summary: as `experiments.judging.statistics.summarise` makes it.
        patients: drawn, of whom every arm is given all.
    """
    known = by_metric(summary)
    rows = []
    for agent in agents_of(summary):
        row, asleep = known[PRIMARY, agent], known[ASLEEP, agent]
        share = asleep["mean"] if asleep["n"] else np.nan
        rows.append(
            {
                "agent": agent,
                "given": patients,
                "seeds": int(row["seeds"]),
                "judged": int(row["n"]),
                "without": patients - int(row["n"]),
                "asleep": number(share * asleep["n"], 0),
                "asleep_percent": number(100.0 * share, 1),
            }
        )
    return rows


def declared(agents: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return what arms say of themselves, one for all training seeds of an agent: that of the first."""
    return list({arm(one["name"]): {**one, "name": arm(one["name"])} for one in reversed(agents)}.values())[
        ::-1
    ]
