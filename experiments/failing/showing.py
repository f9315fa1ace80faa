"""What a campaign shows: one row an agent and fault, a table for a page, and a picture."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from experiments.failing.kinds import NOTHING
from experiments.failing.rules import DEEPEST, HIGH, LOW, LOWEST
from experiments.judging.bootstrap import interval
from experiments.reporting.figures import BAND, COLOURS, FAINT, STYLE, WIDTH
from sim.theatre.trace import Trace

WORST = 40.0  # points more of time out of range, at which colours end
LABEL = "% of time outside BIS 40–60 that a fault adds,\nduring it and 10 min after; ×: a rule is broken"
LOUD = 20.0  # points, from which numbers in the picture are white


def summarise(cases: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """Return one row an agent and fault, of the rows of `experiments.failing.trials.judged`, in their order."""
    rows = []
    for (arm, fault), group in cases.groupby(["arm", "fault"], sort=False):
        rows.append({"arm": arm, "fault": fault, "kind": group["kind"].iloc[0], **_summary(group, seed)})
    return pd.DataFrame(rows)


def _summary(group: pd.DataFrame, seed: int) -> dict[str, Any]:
    more = interval((group["out_percent"] - group["out_percent_without"]).to_numpy(), seed=seed)
    broken = group["deep"] | group["low"]
    return {
        "patients": len(group),
        "out_percent": group["out_percent"].mean(),
        "out_percent_without": group["out_percent_without"].mean(),
        "more": more.estimate,
        "more_low": more.low,
        "more_high": more.high,
        "lowest_bis": group["lowest_bis"].min(),
        "highest_bis": group["highest_bis"].max(),
        "lowest_map": group["lowest_map"].min(),
        "worst_below_20_s": (group["below_20_s"] - group["below_20_s_without"]).max(),
        "worst_below_55_s": (group["below_55_s"] - group["below_55_s_without"]).max(),
        "conscious_s": (group["conscious_s"] - group["conscious_s_without"]).mean(),
        "too_deep": int(group["deep"].sum()),
        "too_low": int(group["low"].sum()),
        "alarmed_percent": 100.0 * group["alarm_s"].notna().mean(),
        "alarm_s": group["alarm_s"].median(),
        "held_percent": 100.0 * group["held_s"].notna().mean(),
        "held_s": group["held_s"].median(),
        "held_late": int(group["late"].sum()),
        "passes": not broken.any(),
    }


def markdown(summary: pd.DataFrame) -> str:
    """Return the summary as a table a fault, one row an agent, and how many faults each agent stands."""
    lines = [
        "| fault | agent | out, % (without) | more [95 %] | lowest BIS | MAP | cases too deep, too low | alarm, % (s) "
        "| held, % (s) | passes |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|:-:|",
    ]
    for _, rows in summary.groupby("fault", sort=False):
        lines += [_row(row) for row in rows.itertuples()]
    stood = summary[summary["fault"] != NOTHING].groupby("arm", sort=False)["passes"].agg(["sum", "count"])
    said = [f"{arm}: {row['sum']} of {row['count']}" for arm, row in stood.iterrows()]
    return "\n".join([*lines, "", f"Rules of depth and pressure passed: {'; '.join(said)}.", ""])


def _row(row: Any) -> str:
    more = f"{row.more:+.1f} [{row.more_low:+.1f}, {row.more_high:+.1f}]"
    cells = (
        f"`{row.fault}`",
        row.arm,
        f"{row.out_percent:.1f} ({row.out_percent_without:.1f})",
        more,
        f"{row.lowest_bis:.0f}",
        f"{row.lowest_map:.0f}",
        f"{row.too_deep}, {row.too_low}",
        _reached(row.alarmed_percent, row.alarm_s),
        _reached(row.held_percent, row.held_s),
        "yes" if row.passes else "**no**",
    )
    return f"| {' | '.join(cells)} |"


def _reached(percent: float, seconds: float) -> str:
    return f"{percent:.0f} ({seconds:.0f})" if percent else "–"


def across(summary: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Return headings and rows of a small table: faults down, agents across.

    A cell is the % of time out of range that the fault adds, in how many cases a rule is broken, and in how many % of
    them there was an alarm, after how many s in the median.
    """
    arms, rows = [*dict.fromkeys(summary["arm"])], []
    for fault, group in summary.groupby("fault", sort=False):
        found = {row.arm: row for row in group.itertuples()}
        rows.append([f"`{fault}`", *(_cell(found.get(arm)) for arm in arms)])
    return ["fault", *arms], rows


def _cell(row: Any) -> str:
    if row is None:
        return ""
    broken = f", **{row.too_deep + row.too_low} broken**" if row.too_deep + row.too_low else ""
    alarm = f", alarm {row.alarmed_percent:.0f} % ({row.alarm_s:.0f} s)" if row.alarmed_percent else ""
    return f"{row.more:+.1f}{broken}{alarm}"


def picture(summary: pd.DataFrame) -> Figure:
    """Draw how much more of the time is out of range, faults down and agents across; x: a rule is broken."""
    met = summary[summary["fault"] != NOTHING]
    arms, faults = [*dict.fromkeys(met["arm"])], [*dict.fromkeys(met["fault"])]
    table = met.set_index(["fault", "arm"])
    more = np.array([[table.loc[(fault, arm), "more"] for arm in arms] for fault in faults])
    passes = np.array([[table.loc[(fault, arm), "passes"] for arm in arms] for fault in faults])
    with matplotlib.rc_context(STYLE):
        size = 4.2 + 0.95 * len(arms), 1.6 + 0.2 * len(faults)
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.add_subplot()
        norm = TwoSlopeNorm(0.0, -WORST, WORST)
        image = axes.imshow(more, norm=norm, cmap="RdBu_r", aspect="auto")
        for row, column in np.ndindex(more.shape):
            broken = "" if passes[row, column] else " ×"
            colour = "white" if abs(more[row, column]) > LOUD else "black"
            axes.text(
                column,
                row,
                f"{more[row, column]:+.0f}{broken}",
                ha="center",
                va="center",
                color=colour,
                size=7,
            )
        axes.set_xticks(range(len(arms)), [arm.replace("+", "\n+") for arm in arms], rotation=0)
        axes.set_yticks(range(len(faults)), faults)
        axes.tick_params(length=0)
        axes.xaxis.tick_top()
        bar = figure.colorbar(image, ax=axes, location="bottom", aspect=60, pad=0.01)
        bar.set_label(LABEL)
        bar.outline.set_edgecolor(FAINT)  # type: ignore[operator]
    return figure


def courses(cases: Sequence[tuple[str, Trace]]) -> Figure:
    """Draw cases, each with its title: true index and mean pressure, and the bounds that rules set."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 0.6 + 1.25 * len(cases)), layout="constrained")
        panels = figure.subplots(len(cases), 2, sharex="col", squeeze=False)
        for row, (title, trace) in zip(panels, cases, strict=True):
            minutes = trace.time / 60.0
            drawn = (
                (trace.bis, COLOURS[0], DEEPEST, 100.0),
                (trace.mean_arterial_pressure, COLOURS[1], LOWEST, 160.0),
            )
            for axes, (signal, colour, bound, top) in zip(row, drawn, strict=True):
                axes.plot(minutes, signal, color=colour, linewidth=1.0)
                axes.axhline(bound, color=FAINT, linewidth=0.6, linestyle="--")
                axes.set_ylim(0.0, top)
            row[0].axhspan(LOW, HIGH, color=BAND, zorder=0)
            row[0].set_title(textwrap.fill(title, 150))
        for axes, label in zip(
            panels[-1], ("true BIS; minutes", "mean pressure, mmHg; minutes"), strict=True
        ):
            axes.set_xlabel(label)
    return figure
