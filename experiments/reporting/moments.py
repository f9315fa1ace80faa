"""What agents do around moments that the team announces: means of all patients, aligned on the moment."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.reporting.figures import BAND, FAINT, INK, STYLE, WIDTH, colours
from sim.surgery.announcing import NOTICE

MOMENTS = {"intubation": "Laryngoscopy", "incision": "Incision"}
INDEX = {"intubation": (20.0, 100.0), "incision": (30.0, 70.0)}  # BIS that is drawn
ENOUGH = 0.8  # of the patients must have an offset for it to be drawn: others would change the mean
PANELS = (  # title, signals (solid, dashed)
    ("BIS", ("bis",)),
    (
        "Effect sites: propofol, µg/mL;\nremifentanil, ng/mL (dashed)",
        ("effect_propofol", "effect_remifentanil"),
    ),
    ("Propofol, mg/kg/h", ("propofol",)),
    ("Remifentanil, µg/kg/min", ("remifentanil",)),
)
DASHED = (0, (2.5, 1.2))
ROW, HEAD, FOOT, GAP = 1.0, 0.62, 0.36, 0.45  # in


def around(moments: pd.DataFrame, agents: Sequence[str], moment: str) -> Figure:
    """Draw means and 95 % intervals over patients from 5 min before a moment to 5 min after: one row an agent.

    Args:
        moments: rows of `experiments.loop.moments.pooled`.
        agents: who is drawn, the reference first.
        moment: of `MOMENTS`.
    """
    shades, own = colours(agents), moments[moments["moment"] == moment]
    own = own[own["patients"] >= ENOUGH * own.groupby("agent")["patients"].transform("max")]
    height = HEAD + FOOT + (ROW + GAP) * len(agents) - GAP
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, height))
        panels = figure.subplots(
            len(agents), len(PANELS), squeeze=False, sharex=True, sharey="col",
            gridspec_kw={"hspace": GAP / ROW, "wspace": 0.2, "left": 0.03, "right": 0.99,
                         "top": 1.0 - HEAD / height, "bottom": FOOT / height},
        )  # fmt: skip
        for row, agent in zip(panels, agents, strict=True):
            rows = own[own["agent"] == agent]
            for panel, (_, signals) in zip(row, PANELS, strict=True):
                _mark(panel)
                for signal, style in zip(signals, ("-", DASHED), strict=False):
                    _course(panel, rows[rows["signal"] == signal], shades[agent], style)
            row[0].axhspan(40.0, 60.0, color=BAND, lw=0, zorder=0)
            row[0].text(0.0, 1.07, agent, transform=row[0].transAxes, color=shades[agent], fontweight="bold")
        for panel, (title, _) in zip(panels[0], PANELS, strict=True):
            panel.text(0.0, 1.28, title, transform=panel.transAxes, va="bottom")
        panels[0, 0].set(ylim=INDEX[moment])
        for panel in panels[0, 1:]:
            panel.set_ylim(bottom=0.0)
        for panel in panels[-1]:
            panel.set_xlabel("min")
            panel.set_xlim(-5.0, 5.0)
            panel.set_xticks((-5, -3, 0, 5), ("−5", "−3", MOMENTS[moment].lower(), "5"))
    return figure


def _mark(panel: Axes) -> None:
    """The time between announcement and moment, and the moment."""
    panel.axvspan(-NOTICE / 60.0, 0.0, color="#f1f1f1", lw=0, zorder=0)
    panel.axvline(0.0, color=FAINT, lw=0.7)


def _course(panel: Axes, rows: pd.DataFrame, colour: str, style: object) -> None:
    minutes = rows["offset_s"] / 60.0
    panel.fill_between(minutes, rows["low"], rows["high"], color=colour, alpha=0.3, lw=0)
    panel.plot(minutes, rows["mean"], color=colour, lw=1.3, ls=style, solid_capstyle="butt")
    panel.tick_params(labelcolor=INK)
