"""The result of an evaluation in a few lines of a terminal."""

from __future__ import annotations

import math

import pandas as pd
from rich import box
from rich.table import Table

from experiments.judging.verdicts import PRESSURE, PRIMARY, agents_of, by_metric, verdicts


def headline(summary: pd.DataFrame) -> Table:
    """Return the table for the terminal, one row per agent, the reference first."""
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("agent", no_wrap=True)
    for heading in ("time outside\nBIS 40–60, %", "paired\ndifference", "MAP below 65,\nmmHg"):
        table.add_column(heading, justify="right", no_wrap=True)
    found = {verdict.agent: verdict for verdict in verdicts(summary)}
    rows = by_metric(summary)
    for agent in agents_of(summary):
        verdict = found.get(agent)
        primary, pressure = rows[PRIMARY, agent], rows[PRESSURE, agent]["iqm"]
        table.add_row(
            agent,
            _shown(primary["iqm"], ".1f"),
            f"{verdict.depth} {_shown(primary['difference'], '+.1f')}" if verdict else "reference",
            f"{verdict.pressure if verdict else ''} {_shown(pressure, '.2f')}",
        )
    return table


def _shown(value: float, form: str) -> str:
    """Return a number, or a dash where nobody has one."""
    return "–" if math.isnan(value) else format(value, form)
