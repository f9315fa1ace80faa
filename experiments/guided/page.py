"""The report and the picture of guided blocks, from their saved tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.documenting.markdown import table
from experiments.guided.needles import EXACT, NONE, Needles
from experiments.imaging.contract import SHIFTED
from experiments.reporting.figures import COLOURS, FAINT, REFERENCE, STYLE
from experiments.reporting.tables import digits_for, number, span
from sim.surgery.block import quality

ASSUMPTION = (
    "**This is an assumption, not a measurement.** Nobody was blocked: how much a block keeps away falls with the "
    "needle's distance by a declared curve, images are phantoms, and nothing here shows clinical accuracy. Differences "
    "are paired; intervals draw patients again, and say nothing of what is assumed."
)
UNPLACED = "unplaced_percent"
NEEDLE = ("off_mm", UNPLACED, "blocked_percent", "failed_percent")
FOLLOWED = (
    "remifentanil_ug_per_kg_min",
    "map_above_100_percent",
    "map_below_65_percent",
    "norepinephrine_ug_per_kg",
    "incision_highest_bis",
    "time_outside_40_60_percent",
    "propofol_mg_per_kg_h",
)
FARTHEST = 25.0  # mm that are drawn
BRIEFLY = "remifentanil_ug_per_kg_min", "map_above_100_percent", "incision_highest_bis"
PANELS = {
    "effect_remifentanil": "Remifentanil, effect site, ng/mL",
    "mean_arterial_pressure": "Mean arterial pressure, mmHg",
}


def long(ends: Needles) -> pd.DataFrame:
    """Return one row an arm that has needles, training and patient: how far one ended from the target, mm."""
    parts = [
        pd.DataFrame({"arm": arm, "training": training, "patient": np.arange(off.shape[1]), "off_mm": own})
        for arm, off in ends.items()
        if arm != NONE
        for training, own in enumerate(off)
    ]
    return pd.concat(parts, ignore_index=True)


def report(folder: Path) -> str:
    """Return the page of a folder of results."""
    effects = pd.read_csv(folder / "effects.csv")
    parts = ["# What a needle's error costs", ASSUMPTION, of_needles(effects)]
    parts += [f"**{agent}**\n\n{of_agent(effects, agent)}" for agent in dict.fromkeys(effects["agent"])]
    return "\n\n".join([*parts, "![Needles, blocks and what followed](block.png)", ""])


def of_needles(effects: pd.DataFrame) -> str:
    """Return where needles ended and what they blocked: the same whoever doses."""
    own = effects[effects["agent"] == effects["agent"].iloc[0]]
    return _table(own, _of_needles(own), gaps=False)


def _of_needles(rows: pd.DataFrame) -> list[str]:
    """Return what is told of needles: that there was none only where somebody who guides placed none."""
    guided = rows[(rows["measure"] == UNPLACED) & (rows["arm"] != NONE)]
    return [name for name in NEEDLE if name != UNPLACED or (guided["mean"] > 0.0).any()]


def of_agent(effects: pd.DataFrame, agent: str) -> str:
    """Return means of every arm of an agent, and below each its paired difference to an exact block."""
    own = effects[effects["agent"] == agent]
    return _table(own, FOLLOWED, gaps=True)


def briefly(effects: pd.DataFrame) -> str:
    """Return a row an arm: its needles, and by how much its agents' measures exceed those under an exact block.

    In the row of the exact block measures stand as they are.
    """
    agents = list(dict.fromkeys(effects["agent"]))
    by = {(row["agent"], row["measure"], row["arm"]): row for row in effects.to_dict("records")}
    digits = {name: digits_for(effects[effects["measure"] == name]["mean"]) for name in (*NEEDLE, *BRIEFLY)}
    needles = [name for name in _of_needles(effects) if name != "failed_percent"]
    shown = []
    for arm in dict.fromkeys(effects["arm"]):
        cells = [_cell(by[agents[0], name, arm], "", digits[name]) for name in needles]
        for agent in agents:
            found = [by[agent, name, arm] for name in BRIEFLY]
            cells += [_cell(row, "" if arm == EXACT else "exact_", digits[row["measure"]]) for row in found]
        shown.append((arm, *cells))
    titles = {
        name: f"{by[agents[0], name, EXACT]['label']}, {by[agents[0], name, EXACT]['unit']}"
        for name in digits
    }
    heads = [titles[name] for name in needles]
    heads += [f"{agent}: {titles[name]}, more than exact" for agent in agents for name in BRIEFLY]
    return table(["needle", *heads], shown, numbers=len(heads))


def _cell(row: Mapping[Any, Any], prefix: str, places: int) -> str:
    """Return a mean, or a paired difference, with its interval."""
    signed = bool(prefix)
    ends = span(row[f"{prefix}low"], row[f"{prefix}high"], places, signed)
    return f"{number(row[f'{prefix}mean'], places, signed)} {ends}".strip()


def _table(rows: pd.DataFrame, names: Sequence[str], gaps: bool) -> str:
    words = {row["measure"]: row for row in rows.to_dict("records")}
    digits = {name: digits_for(rows[rows["measure"] == name]["mean"]) for name in names}
    by = {(row["arm"], row["measure"]): row for row in rows.to_dict("records")}
    shown = []
    for arm in dict.fromkeys(rows["arm"]):
        cells = []
        for name, places in digits.items():
            row = by[arm, name]
            cell = number(row["mean"], places)
            if gaps and np.isfinite(row["exact_mean"]):
                ends = span(row["exact_low"], row["exact_high"], places, True)
                cell += f" ({number(row['exact_mean'], places, True)} {ends})"
            cells.append(cell if gaps else _cell(row, "", places))
        shown.append((arm, *cells))
    titles = [f"{words[name]['label']}, {words[name]['unit']}" for name in names]
    return table(["needle (less an exact one's)" if gaps else "needle", *titles], shown, numbers=len(titles))


def draw(folder: Path, half: float) -> Figure:
    """Draw the curve with the needles, courses around the incision, and what remifentanil an error costs."""
    ends, courses = pd.read_csv(folder / "needles.csv"), pd.read_csv(folder / "courses.csv")
    effects = pd.read_csv(folder / "effects.csv")
    agent = effects["agent"].iloc[0]
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(9.5, 6.4), layout="constrained")
        panels = figure.subplots(2, 2).ravel()
        _curve(panels[0], ends, half)
        own = effects[(effects["agent"] == agent) & (effects["measure"] == "remifentanil_ug_per_kg_min")]
        _differences(panels[1], own)
        for panel, (signal, title) in zip(panels[2:], PANELS.items(), strict=True):
            _course(panel, courses[courses["agent"] == agent], signal)
            panel.set_title(f"{title} ({agent})")
    return figure


def _shades(arms: list[str]) -> dict[str, str]:
    learners = list(dict.fromkeys(arm.rpartition(", ")[0] for arm in arms if arm not in (NONE, EXACT)))
    return {name: COLOURS[place % len(COLOURS)] for place, name in enumerate(learners)}


def _line(arm: str, shades: dict[str, str]) -> dict[str, Any]:
    """Return how an arm is drawn: learners by colour, dashed where they read another machine."""
    if arm in (NONE, EXACT):
        return {"color": FAINT if arm == NONE else REFERENCE, "ls": "-"}
    learner, _, where = arm.rpartition(", ")
    return {"color": shades[learner], "ls": "--" if where == SHIFTED else "-"}


def _curve(panel: Axes, ends: pd.DataFrame, half: float) -> None:
    along = np.linspace(0.0, FARTHEST, 200)
    panel.plot(along, quality(along, half), color=REFERENCE, lw=2.5, label="blocked (declared)")
    arms = [arm for arm in dict.fromkeys(ends["arm"]) if arm != EXACT]
    for arm in arms:
        off = np.sort(ends.loc[ends["arm"] == arm, "off_mm"])
        share = np.searchsorted(off, along, side="right") / len(off)
        panel.plot(along, share, lw=1.0, label=arm, **_line(arm, _shades(arms)))
    panel.set_title("Share blocked, and share of needles that ended nearer")
    panel.set_xlabel("mm from the target")
    panel.legend(fontsize=6, frameon=False)


def _differences(panel: Axes, rows: pd.DataFrame) -> None:
    shown = rows[rows["arm"] != EXACT]
    shades = _shades(list(shown["arm"]))
    for height, row in enumerate(shown.to_dict("records")):
        style = _line(row["arm"], shades)
        panel.plot([row["exact_low"], row["exact_high"]], [height] * 2, lw=1.6, **style)
        panel.plot(row["exact_mean"], height, "o", ms=4, color=style["color"])
    panel.axvline(0.0, color=FAINT, lw=0.6)
    panel.set_yticks(range(len(shown)), shown["arm"])
    panel.invert_yaxis()
    panel.set_title("Remifentanil more than with an exact block, µg/kg/min")


def _course(panel: Axes, courses: pd.DataFrame, signal: str) -> None:
    arms = list(dict.fromkeys(courses["arm"]))
    shades = _shades(arms)
    for arm in arms:
        own = courses[courses["arm"] == arm]
        if arm in (NONE, EXACT) or arm.endswith(f", {SHIFTED}"):
            panel.plot(own["minute"], own[signal], lw=1.2, label=arm, **_line(arm, shades))
    panel.axvline(0.0, color=FAINT, lw=0.6)
    panel.set_xlabel("minutes from the incision")
    panel.legend(fontsize=6, frameon=False)
