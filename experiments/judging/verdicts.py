"""What may be said of an agent beside the reference, by rules written down before anything was simulated.

The primary metric decides who is ahead; hypotension must then not be worse by more than a margin. Both are read from
95 % intervals of mean paired differences, patient by patient, without correction for the number of agents.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

PRIMARY = "time_outside_40_60_percent"
PRESSURE = "map_below_65_twa_mmhg"
MARGIN = 0.1  # mmHg of time-weighted average below 65, up to which an agent is not behind (choice)

Difference = tuple[float, float, float]  # estimate and the ends of its interval
Statistics = Mapping[tuple[str, str], Mapping[Any, Any]]  # rows of a summary by metric and agent
Depth = Literal["ahead", "behind", "undecided"]
Pressure = Literal["less", "not behind", "more", "undecided"]


@dataclass(frozen=True)
class Verdict:
    """One agent against the reference: differences in % of time and mmHg."""

    agent: str
    depth: Depth
    pressure: Pressure
    depth_difference: Difference
    pressure_difference: Difference

    @property
    def sentence(self) -> str:
        """The verdict in words, without the agent's name."""
        depth = {
            "ahead": "is ahead of the reference in the primary metric",
            "behind": "is behind the reference in the primary metric",
            "undecided": "is neither shown ahead of nor behind the reference in the primary metric",
        }[self.depth]
        pressure = {
            "less": "it causes less hypotension",
            "not behind": "it is not behind in hypotension",
            "more": "it causes more hypotension",
            "undecided": "hypotension is undecided",
        }[self.pressure]
        joint = "and" if (self.depth == "ahead") == (self.pressure in ("less", "not behind")) else "but"
        return (
            f"{depth} ({_signed(self.depth_difference, 1, 'percentage points')}), {joint} {pressure} "
            f"({_signed(self.pressure_difference, 2, 'mmHg')})"
        )

    @property
    def passes(self) -> bool:
        """Ahead in the primary metric and not behind in hypotension."""
        return self.depth == "ahead" and self.pressure in ("less", "not behind")


def agents_of(summary: pd.DataFrame) -> list[str]:
    """Return the agents of a summary, the reference first."""
    return list(dict.fromkeys(summary["agent"]))


def by_metric(summary: pd.DataFrame) -> Statistics:
    """Return the rows of a summary by metric and agent."""
    return {(str(row["metric"]), str(row["agent"])): row for row in summary.to_dict("records")}


def verdicts(summary: pd.DataFrame) -> list[Verdict]:
    """Return a verdict on every agent but the reference, who stands first in the summary."""
    rows = by_metric(summary)

    def difference(metric: str, agent: str) -> Difference:
        row = rows[metric, agent]
        return row["difference"], row["difference_low"], row["difference_high"]

    found = []
    for agent in agents_of(summary)[1:]:
        depth, pressure = difference(PRIMARY, agent), difference(PRESSURE, agent)
        found.append(Verdict(agent, judge_depth(*depth[1:]), judge_pressure(*pressure[1:]), depth, pressure))
    return found


def conclusion(found: list[Verdict], reference: str) -> str:
    """Return the result in one sentence."""
    ahead = [verdict.agent for verdict in found if verdict.passes]
    if not ahead:
        return f"No agent is ahead of {reference} in time outside BIS 40–60 without being behind it in hypotension."
    names = f"{', '.join(ahead[:-1])} and {ahead[-1]} are" if len(ahead) > 1 else f"{ahead[0]} is"
    return f"{names} ahead of {reference} in time outside BIS 40–60 and not behind in hypotension."


def judge_depth(low: float, high: float) -> Depth:
    """Judge an interval of more time out of range; NaN (too few patients) decides nothing."""
    if high < 0.0:
        return "ahead"
    return "behind" if low > 0.0 else "undecided"


def judge_pressure(low: float, high: float) -> Pressure:
    """Judge an interval of more hypotension, mmHg: more than nothing counts only beyond the margin."""
    if high < 0.0:
        return "less"
    if high <= MARGIN:
        return "not behind"
    return "more" if low > 0.0 else "undecided"


def _signed(difference: Difference, digits: int, unit: str) -> str:
    if math.isnan(difference[0]):
        return "nobody can be judged"
    estimate, low, high = (f"{value:+.{digits}f}".replace("-", "−") for value in difference)
    if math.isnan(difference[1]):
        return f"{estimate} {unit}; too few patients for an interval"
    return f"{estimate} [{low}, {high}] {unit}"
