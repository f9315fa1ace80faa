"""What may be said of an agent beside the reference, by rules written down before anything was simulated.

The primary metric decides who is ahead; hypotension must then not be worse by more than a margin. Both are read from
95 % intervals of mean paired differences, patient by patient, without correction for the number of agents.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

PRIMARY = "time_in_40_60_percent"
PRESSURE = "map_below_65_twa_mmhg"
MARGIN = 0.1  # mmHg of time-weighted average below 65, up to which an agent is not behind (choice)

Depth = Literal["ahead", "behind", "undecided"]
Pressure = Literal["less", "not behind", "more", "undecided"]


@dataclass(frozen=True)
class Verdict:
    """One agent against the reference: differences are (estimate, low, high), % of time and mmHg."""

    agent: str
    depth: Depth
    pressure: Pressure
    depth_difference: tuple[float, float, float]
    pressure_difference: tuple[float, float, float]

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
            f"{depth} ({_signed(self.depth_difference, 1)} points of time), {joint} {pressure} "
            f"({_signed(self.pressure_difference, 2)} mmHg)"
        )

    @property
    def passes(self) -> bool:
        """Ahead in the primary metric and not behind in hypotension."""
        return self.depth == "ahead" and self.pressure in ("less", "not behind")


def verdicts(summary: pd.DataFrame) -> list[Verdict]:
    """Return a verdict on every agent but the reference, who stands first in the summary."""
    agents = list(dict.fromkeys(summary["agent"]))
    rows = summary.set_index(["metric", "agent"])[["difference", "difference_low", "difference_high"]]
    found = []
    for agent in agents[1:]:
        depth, pressure = (tuple(map(float, rows.loc[(metric, agent)])) for metric in (PRIMARY, PRESSURE))
        found.append(Verdict(agent, judge_depth(*depth[1:]), judge_pressure(*pressure[1:]), depth, pressure))  # type: ignore[arg-type]
    return found


def conclusion(found: list[Verdict], reference: str) -> str:
    """Return the result in one sentence."""
    ahead = [verdict.agent for verdict in found if verdict.passes]
    if not ahead:
        return (
            f"No agent is ahead of {reference} in time in BIS 40–60 without being behind it in hypotension."
        )
    names = f"{', '.join(ahead[:-1])} and {ahead[-1]} are" if len(ahead) > 1 else f"{ahead[0]} is"
    return f"{names} ahead of {reference} in time in BIS 40–60 and not behind in hypotension."


def judge_depth(low: float, high: float) -> Depth:
    """Judge an interval of more time in range; NaN (too few patients) decides nothing."""
    if low > 0.0:
        return "ahead"
    return "behind" if high < 0.0 else "undecided"


def judge_pressure(low: float, high: float) -> Pressure:
    """Judge an interval of more hypotension, mmHg: more than nothing counts only beyond the margin."""
    if high < 0.0:
        return "less"
    if high <= MARGIN:
        return "not behind"
    return "more" if low > 0.0 else "undecided"


def _signed(difference: tuple[float, float, float], digits: int) -> str:
    estimate, low, high = (f"{value:+.{digits}f}".replace("-", "−") for value in difference)
    return f"{estimate} [{low}, {high}]"
