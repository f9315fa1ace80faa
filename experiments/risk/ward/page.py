"""The report and the picture of the ward, from its saved tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.documenting.markdown import table
from experiments.reporting.figures import COLOURS, FAINT
from experiments.reporting.tables import digits_for, number, span
from experiments.risk.ward.judging import AS_IT_IS, SHARES, named
from sim.outcomes.ward.links import OUTCOMES, Links

ASSUMPTION = (
    "**This is an assumption, not a measurement.** No patient of the testbed has ever been injured by anybody: harm is "
    "computed from what was done, by the odds ratios below. They are associations that observational studies saw, and "
    "trials that moved pressure or depth on purpose saw little or nothing of them. A difference between agents is "
    "worth what the table is worth."
)
KINDS = {"table": "o", "share": "o", "interval": "|", "incidence": "|", "study": "D"}
LEAST = 0.02  # of the farthest that any assumption moves an agent: less is not drawn
WIDTHS = 0.62  # of the room of an assumption that agents share


def report(folder: Path, links: Links, reference: str) -> str:
    """Return the page of a folder of results: the table of links first, then what follows from it."""
    return "\n".join(
        [
            "# Expected harm",
            "",
            ASSUMPTION,
            "",
            of_links(links),
            "",
            of_outcomes(),
            "",
            f"Differences are to {reference}, patient by patient; intervals draw patients again, and say nothing of "
            "what is assumed.",
            "",
            of_agents(pd.read_csv(folder / "ward.csv")),
            "",
            of_shares(pd.read_csv(folder / "sensitivity.csv")),
            "",
            "![Differences under every assumption](sensitivity.png)",
            "",
        ]
    )


def of_links(links: Links) -> str:
    """Return the table of links."""
    rows = [
        (
            OUTCOMES[link.outcome].label,
            named(link),
            f"{link.odds_ratio:g} ({link.low:g}-{link.high:g})",
            f"{link.causal:g}" if link.done else "",
            "" if link.used else "in its turn",
            link.read,
            link.source,
        )
        for link in links
    ]
    header = ["outcome", "exposure", "odds ratio", "causal", "used", "read in", "source"]
    return table(header, rows)


def of_outcomes() -> str:
    """Return how often outcomes happen."""
    rows = [
        (one.label, f"{100 * one.incidence:g} % ({100 * one.low:g}-{100 * one.high:g})", one.source)
        for one in OUTCOMES.values()
    ]
    return table(["outcome", "incidence (range)", "source"], rows)


def of_agents(rows: pd.DataFrame) -> str:
    """Return what is expected of every agent, beside how it kept index and pressure."""
    agents = list(dict.fromkeys(rows["agent"]))
    shown = []
    for name, own in rows.groupby("quantity", sort=False):
        first = own.iloc[0]
        digits = max(digits_for(own["mean"]), 1 if name in OUTCOMES else 0)
        by = {row["agent"]: row for row in own.to_dict("records")}
        heading = f"{first['label']}, {first['unit']}"
        shown.append((heading, *(_cell(by[agent], digits) for agent in agents)))
    return table(["", *agents], shown, numbers=len(agents))


def _cell(row: dict[object, object], digits: int) -> str:
    mean, gap, low, high = (
        float(str(row[name])) for name in ("mean", "difference", "difference_low", "difference_high")
    )
    if not np.isfinite(gap):
        return number(mean, digits)
    return f"{number(mean, digits)}; {number(gap, digits, True)} {span(low, high, digits, True)}"


def of_shares(rows: pd.DataFrame) -> str:
    """Return the differences with none, half and all of the associations causal."""
    own = rows[rows["kind"] == "share"]
    agents = list(dict.fromkeys(own["agent"]))
    shown = []
    for outcome, label in ((name, one.label) for name, one in OUTCOMES.items()):
        for end in SHARES:
            chosen = own[(own["outcome"] == outcome) & (own["end"] == end)].set_index("agent")
            cells = [chosen.loc[agent] for agent in agents]
            shown.append(
                (
                    f"{label}, per 1000",
                    end,
                    *(
                        f"{number(c['difference'], 2, True)} {span(c['low'], c['high'], 2, True)}"
                        for c in cells
                    ),
                )
            )
    return table(["difference to the reference", "of what was done", *agents], shown, numbers=len(agents))


def draw(folder: Path) -> Figure:
    """Draw sensitivity.csv: a panel an outcome, a line an agent from one end of each assumption to the other."""
    rows = pd.read_csv(folder / "sensitivity.csv")
    agents = list(dict.fromkeys(rows["agent"]))
    figure = Figure(figsize=(11.0, 10.0), layout="constrained")
    sizes = [max(len(_order(rows[rows["outcome"] == name])), 1) for name in OUTCOMES]
    panels = figure.subplots(len(OUTCOMES), 1, height_ratios=sizes, squeeze=False)[:, 0]
    for axes, (name, outcome) in zip(panels, OUTCOMES.items(), strict=True):
        _tornado(axes, rows[rows["outcome"] == name], agents)
        axes.set_title(
            f"{outcome.label}: expected per 1000, difference to the reference", loc="left", fontsize=10
        )
    handles = [panels[0].plot([], [], color=COLOURS[i], linewidth=3)[0] for i in range(len(agents))]
    figure.legend(handles, agents, loc="outside upper center", ncols=min(len(agents), 4), frameon=False)
    return figure


def _order(rows: pd.DataFrame) -> list[tuple[str, str]]:
    """Return assumptions, (varied, end or ""): the table's first, then by how far they move any agent.

    Every other study is an assumption of its own.
    """
    base = rows[rows["kind"] == "table"].set_index("agent")["difference"]
    ends = rows["end"].where(rows["kind"] == "study", "")
    key = pd.MultiIndex.from_arrays([rows["varied"], ends])
    far = (rows["difference"] - rows["agent"].map(base)).abs().to_numpy()
    widest = pd.Series(far, index=key).groupby(level=[0, 1]).max().sort_values(ascending=False, kind="stable")
    return [(AS_IT_IS, ""), *(one for one in widest.index if widest[one] > LEAST * widest.max())]


def _tornado(axes: Axes, rows: pd.DataFrame, agents: list[str]) -> None:
    order = _order(rows)
    for place, (varied, end) in enumerate(order):
        own = rows[(rows["varied"] == varied) & ((rows["end"] == end) if end else True)]
        for i, agent in enumerate(agents):
            values = own[own["agent"] == agent]["difference"].to_numpy()
            y = place + WIDTHS * ((i + 0.5) / len(agents) - 0.5)
            axes.plot(
                [values.min(), values.max()], [y, y], color=COLOURS[i], linewidth=3, solid_capstyle="butt"
            )
            axes.plot(
                values, np.full(len(values), y), KINDS[own["kind"].iloc[0]], color=COLOURS[i], markersize=5
            )
    names = [f"{varied}: {end}" if end else varied for varied, end in order]
    axes.set_yticks(range(len(order)), names, fontsize=9)
    axes.invert_yaxis()
    axes.axvline(0.0, color=FAINT, linewidth=0.8)
    axes.grid(axis="x", color="0.92")
