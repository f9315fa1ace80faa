"""How policies of all seeds do on patients that nobody has learned from or was chosen by, beside other agents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from experiments.judging.statistics import paired_difference
from experiments.learning.choosing import Primary

POLICY = "foresight"


def table(values: Mapping[str, Primary]) -> pd.DataFrame:
    """Return means of what counts, a row an agent."""
    rows = [{"agent": name, **means(one)} for name, one in values.items()]
    return pd.DataFrame(rows)


def means(values: Primary) -> dict[str, float]:
    """Return the mean over patients of each column."""
    return {name: float(np.nanmean(column)) for name, column in values._asdict().items()}


def against(chosen: Primary, others: Mapping[str, Primary]) -> dict[str, dict[str, Any]]:
    """Return the paired difference in time outside to each of the others, its 95 % interval, and its share."""
    found = {}
    for name, other in others.items():
        difference = list(map(float, paired_difference(chosen.outside, other.outside)))
        theirs = float(np.nanmean(other.outside))
        found[name] = {"outside": theirs, "difference": difference, "percent": 100.0 * difference[0] / theirs}
    return found


def rows(chosen: Primary, others: Mapping[str, Primary]) -> list[str]:
    """Return the table of a card, Markdown."""
    shown = {POLICY: chosen, **others}
    differences = against(chosen, others)
    lines = [
        "| agent | outside 40-60, % | below | above | MAP < 65, % | turns/h | outside: policy less agent |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, values in shown.items():
        numbers = " | ".join(f"{value:.2f}" for value in means(values).values())
        last = ""
        if name in differences:
            middle, low, high = differences[name]["difference"]
            last = f"{middle:+.2f} [{low:+.2f}, {high:+.2f}]"
        lines.append(f"| {name} | {numbers} | {last} |")
    return lines


def spread(seeds: Sequence[Primary]) -> str:
    """Return how seeds differ, in words."""
    outside = [float(np.nanmean(one.outside)) for one in seeds]
    listed = ", ".join(f"{value:.2f}" for value in sorted(outside))
    sd = f"; SD {np.std(outside, ddof=1):.2f}" if len(outside) > 1 else ""
    return f"outside by seed, %: {listed} (mean {np.mean(outside):.2f}{sd})"
