"""The table of agents who are shown an index of the EEG, from the small file that was kept of them."""

from __future__ import annotations

from typing import Any

from experiments.documenting import measured
from experiments.documenting.markdown import table
from experiments.documenting.results import with_origin
from experiments.judging.verdicts import PRESSURE
from experiments.reporting.tables import number, span

METRICS = {
    "time_in_40_60_percent": "time in BIS 40–60, %",
    "time_below_40_percent": "time below 40, %",
    PRESSURE: "MAP below 65, mmHg",
}


def sources() -> str:
    """Return what an index of the EEG costs each agent beside the usual one."""
    rows = measured.read("sources")
    known = {(row["agent"], row["metric"]): row for row in rows.to_dict("records")}
    shown = [
        (agent, *(text for metric in METRICS for text in _pair(known[agent, metric])))
        for agent in dict.fromkeys(rows["agent"])
    ]
    titles = (part for title in METRICS.values() for part in (f"{title}: surface / EEG", "difference"))
    return with_origin("sources", table(["agent", *titles], shown, numbers=2 * len(METRICS)))


def _pair(row: dict[Any, Any]) -> tuple[str, str]:
    both = f"{number(row['surface'], 1)} / {number(row['eeg'], 1)}"
    return both, f"{number(row['difference'], 1, True)} {span(row['low'], row['high'], 1, True)}"
