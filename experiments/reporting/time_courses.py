"""Figures over time: fans of a whole cohort, and single cases in full. Drawn from tables alone."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.reporting.figures import BAND, FAINT, INK, LEVELS, REFERENCE, STYLE, WIDTH, colours
from sim.surgery import PHASES
from sim.units import mg_per_kg_h, ug_per_kg_min

LOW_PRESSURE = 65.0  # mmHg
ROW, HEAD, FOOT = 1.45, 0.5, 0.38  # in, of the fans
SETTLED = 10.0  # min, after which a dose decides how high its axis goes
EFFECT_SITES = "Effect sites: propofol, µg/mL (solid), remifentanil, ng/mL (dashed)"
SHOWN_PHASES = {  # name on the figure, and which side of it the line is
    "intubation": ("tube", "left"),
    "incision": ("incision", "left"),
    "closing": ("closing", "right"),
    "emergence": ("end", "left"),
}


def fans(traces: pd.DataFrame, weights: pd.Series, agents: Sequence[str]) -> Figure:
    """Draw medians, quartiles and 5-95 % over time: one row an agent; index, pressure and both drugs.

    Args:
        traces: once a minute, patient by patient.
        weights: kg, by patient.
        agents: the reference first.
    """
    shades = colours(agents)
    titles = ("BIS", "Mean arterial pressure, mmHg", "Propofol, mg/kg/h", "Remifentanil, µg/kg/min")
    height = HEAD + FOOT + ROW * len(agents)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, height))
        edges = {"left": 0.03, "right": 0.99, "top": 1.0 - HEAD / height, "bottom": FOOT / height}
        panels = figure.subplots(
            len(agents), 4, squeeze=False, sharex=True, sharey="col",
            gridspec_kw={"hspace": 0.36, "wspace": 0.2, **edges},
        )  # fmt: skip
        highest: list[list[float]] = []
        for row, agent in zip(panels, agents, strict=True):
            own = traces[traces["agent"] == agent]
            minutes, signals = _signals(own, weights)
            row[0].axhspan(40.0, 60.0, color=BAND, lw=0)
            row[1].axhline(LOW_PRESSURE, color=FAINT, lw=0.7)
            highest.append(
                [_fan(p, minutes, values, shades[agent]) for p, values in zip(row, signals, strict=True)]
            )
            row[0].plot(
                minutes, _medians(own["measured_bis"], len(minutes)), color=INK, lw=0.8, ls=(0, (2, 1.5))
            )
            row[0].text(0.0, 1.06, agent, transform=row[0].transAxes, color=shades[agent], fontweight="bold")
        for panel, title in zip(panels[0], titles, strict=True):
            panel.text(0.0, 1.24, title, transform=panel.transAxes)
        panels[0, 0].set(ylim=(0.0, 100.0), yticks=(0, 20, 40, 60, 80, 100))
        for column, bottom in ((1, 30.0), (2, 0.0), (3, 0.0)):
            panels[0, column].set_ylim(bottom, 1.12 * max(row[column] for row in highest) or 1.0)
        for panel in panels[-1]:
            _minutes(panel, minutes[-1])
    return figure


def worst(cases: pd.DataFrame, courses: pd.DataFrame, reference: pd.DataFrame, colour: str) -> Figure:
    """Draw an agent's worst cases in full, one a column, with the reference's index in the same patients.

    Args:
        cases: rows of these cases, worst first, with metrics and covariates.
        courses: their traces at every control period.
        reference: the reference's traces of the same patients once a minute; no rows if it is the agent itself.
        colour: of the agent.
    """
    titles = (
        "BIS",
        "Mean arterial pressure, mmHg",
        "Propofol, mg/kg/h",
        "Remifentanil, µg/kg/min",
        EFFECT_SITES,
    )
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 6.6))
        panels = figure.subplots(
            5, len(cases), squeeze=False, sharex=True, sharey="row",
            gridspec_kw={"height_ratios": (1.7, 1.2, 0.9, 0.9, 0.9), "hspace": 0.42, "wspace": 0.08,
                         "left": 0.03, "right": 0.985, "top": 0.885, "bottom": 0.055},
        )  # fmt: skip
        for column, (_, case) in zip(panels.T, cases.iterrows(), strict=True):
            own = courses[courses["patient"] == case["patient"]]
            _depth(column[0], case, own, reference[reference["patient"] == case["patient"]], colour)
            _circulation_and_doses(column[1:], case, own, colour)
        for panel, title in zip(panels[:, 0], titles, strict=True):
            panel.text(0.0, 1.14 if panel is panels[0, 0] else 1.06, title, transform=panel.transAxes)
        panels[0, 0].set(ylim=(0.0, 100.0), yticks=(0, 20, 40, 60, 80, 100))
        for row, highest in zip(panels[2:4], _highest_rates(cases, courses), strict=True):
            row[0].set_ylim(0.0, highest)
        panels[1, 0].set_ylim(30.0, min(180.0, 1.05 * float(courses["mean_arterial_pressure"].max())))
        panels[4, 0].set_ylim(bottom=0.0)
        for panel in panels[-1]:
            _minutes(panel, float(courses["time_s"].max()) / 60.0)
    return figure


def _depth(panel: Axes, case: pd.Series, own: pd.DataFrame, reference: pd.DataFrame, colour: str) -> None:
    """True and measured index, the reference's in the same patient, stimulation, and who this is."""
    minutes = own["time_s"] / 60.0
    panel.axhspan(40.0, 60.0, color=BAND, lw=0)
    panel.fill_between(minutes, 0.0, own["stimulus"], color="#d9d9d9", lw=0)
    panel.plot(minutes, own["measured_bis"], color=colour, lw=0.5, alpha=0.45)
    panel.plot(reference["time_s"] / 60.0, reference["bis"], color=REFERENCE, lw=0.9, ls=(0, (1.5, 1)))
    panel.plot(minutes, own["bis"], color=colour, lw=1.3)
    for phase, (name, side) in SHOWN_PHASES.items():
        begun = own["phase"] >= PHASES.index(phase)
        if begun.any():
            minute = float(minutes[begun].iloc[0])
            panel.axvline(minute, color=FAINT, lw=0.5)
            panel.text(minute, 101.5, name, fontsize=6.5, color="#6b6b6b", ha=side)
    who = f"{case['sex']}, {case['age']:.0f} y, {case['height']:.0f} cm, {case['weight']:.0f} kg"
    outside, low = case["time_outside_40_60_percent"], case["map_below_65_percent"]
    how = f"{outside:.0f} % outside BIS 40–60; MAP < 65 for {low:.0f} %"
    panel.text(0.0, 1.44, f"Patient {case['patient']}", transform=panel.transAxes, fontweight="bold")
    panel.text(1.0, 1.44, who, transform=panel.transAxes, ha="right")
    panel.text(1.0, 1.28, how, transform=panel.transAxes, ha="right")


def _circulation_and_doses(panels: np.ndarray, case: pd.Series, own: pd.DataFrame, colour: str) -> None:
    """Pressure, both rates and both effect sites."""
    pressure, propofol, remifentanil, sites = panels
    minutes = own["time_s"] / 60.0
    pressure.axhline(LOW_PRESSURE, color=FAINT, lw=0.7)
    pressure.plot(minutes, own["measured_pressure"], color=colour, lw=0.5, alpha=0.45)
    pressure.plot(minutes, own["mean_arterial_pressure"], color=colour, lw=1.2)
    for panel, rate in zip((propofol, remifentanil), _rates(own, case["weight"]), strict=True):
        panel.fill_between(minutes, 0.0, rate, color=colour, alpha=0.4, lw=0)
    sites.plot(minutes, own["effect_propofol"], color=colour, lw=1.2)
    sites.plot(minutes, own["effect_remifentanil"], color=colour, lw=1.0, ls=(0, (2.5, 1.2)))


def _rates(own: pd.DataFrame, weight: float) -> tuple[pd.Series, pd.Series]:
    """Return propofol mg/kg/h and remifentanil µg/kg/min."""
    return mg_per_kg_h(own["propofol"], weight), ug_per_kg_min(own["remifentanil"], weight)


def _highest_rates(cases: pd.DataFrame, courses: pd.DataFrame) -> list[float]:
    """Return where the axes of both drugs end: above all but the shortest peaks once induction is over."""
    weights = cases.set_index("patient")["weight"]
    settled = courses[courses["time_s"] >= min(60.0 * SETTLED, courses["time_s"].max())]
    rates = _rates(settled, weights.loc[settled["patient"]].to_numpy())
    return [1.25 * float(rate.quantile(0.98)) or 1.0 for rate in rates]


def _signals(own: pd.DataFrame, weights: pd.Series) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return minutes, and index, pressure, propofol mg/kg/h and remifentanil µg/kg/min, each (patients, samples)."""
    patients = own["patient"].nunique()
    weight = weights.loc[own["patient"].unique()].to_numpy()[:, None]

    def table(name: str) -> np.ndarray:
        return own[name].to_numpy().reshape(patients, -1)

    return table("time_s")[0] / 60.0, [
        table("bis"),
        table("mean_arterial_pressure"),
        mg_per_kg_h(table("propofol"), weight),
        ug_per_kg_min(table("remifentanil"), weight),
    ]


def _fan(panel: Axes, minutes: np.ndarray, values: np.ndarray, colour: str) -> float:
    """Draw quantiles over patients; return how high 95 % of patients are after induction, short peaks left out."""
    q05, q25, q50, q75, q95 = np.quantile(values, LEVELS, axis=0)
    panel.fill_between(minutes, q05, q95, color=colour, alpha=0.16, lw=0)
    panel.fill_between(minutes, q25, q75, color=colour, alpha=0.32, lw=0)
    panel.plot(minutes, q50, color=colour, lw=1.3)
    return float(np.quantile(q95[minutes >= min(SETTLED, minutes[-1])], 0.95))


def _medians(values: pd.Series, samples: int) -> np.ndarray:
    """Return the median over patients of a signal that may be missing, (samples,)."""
    columns = values.to_numpy().reshape(-1, samples).T
    seen = [column[~np.isnan(column)] for column in columns]
    return np.array([np.median(column) if column.size else np.nan for column in seen])


def _minutes(panel: Axes, last: float) -> None:
    panel.set_xlabel("min")
    panel.set_xlim(0.0, last)
    panel.xaxis.set_major_locator(ticker.MultipleLocator(30.0 if last > 60.0 else 10.0))
