"""Arms in the report: how they did in the primary metric, and what became of every simulated case."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from experiments.judging.arms.seeds import arm
from experiments.judging.verdicts import PRIMARY, agents_of, by_metric
from experiments.reporting.tables import number, span

ASLEEP = "emergence_not_bis_80"


def primary_rows(
    summary: pd.DataFrame, aggregates: pd.DataFrame, pairs: pd.DataFrame
) -> list[dict[str, Any]]:
    """Return the primary metric's statistics, one row an arm, as text.

    Args:
        summary: as `experiments.judging.statistics.summarise` makes it.
        aggregates, pairs: as `experiments.judging.arms` makes them.
    """
    agents, known = agents_of(summary), by_metric(summary)
    whole = aggregates.set_index("arm")
    tests = pairs[(pairs["metric"] == PRIMARY) & (pairs["other"] == agents[0])].set_index("arm")["p_holm"]
    rows = []
    for agent in agents:
        row, own = known[PRIMARY, agent], whole.loc[agent]
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
                "improvement_interval": span(*chance[1:], 0),
                "p": probability(tests.get(agent, np.nan)),
            }
        )
    return rows


def _with_interval(name: str, own: pd.Series) -> dict[str, str]:
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
