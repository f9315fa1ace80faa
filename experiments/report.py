"""The report of a closed-loop evaluation, made from its saved tables alone: one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from experiments.judging.arms.profiles import ENOUGH
from experiments.judging.verdicts import MARGIN, PRESSURE, PRIMARY, conclusion, verdicts
from experiments.reporting import arms, comparisons, figures, matrix, moments, tables, time_courses
from experiments.reporting.reading import Results, read
from experiments.running.command_line import run
from experiments.running.results import ROOT, write_figure, write_text

PRACTICE = ROOT / "agents" / "settings" / "anaesthetist_as_recorded.csv"
STRIPS = (
    "measured_time_outside_40_60_percent",
    "time_below_40_percent",
    "mdape_percent",
    "induction_to_bis_60_min",
    "emergence_to_bis_80_min",
    "propofol_mg_per_kg_h",
)
DIFFERENCES = (
    PRIMARY,
    PRESSURE,
    "induction_to_bis_60_min",
    "emergence_to_bis_80_min",
    "propofol_mg_per_kg_h",
)


@dataclass(frozen=True)
class Redraw:
    """Draw the report of a finished evaluation again, from its saved tables.

    Attributes:
        results: folder that python -m experiments.closed_loop wrote.
    """

    results: Path = Path("results/closed_loop")


def write(folder: Path) -> Path:
    """Make `report.html` from the tables in a folder and return its path."""
    results = read(folder)
    template = (
        files("experiments").joinpath("reporting", "templates", "report.html").read_text(encoding="utf-8")
    )
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    page = environment.from_string(template).render(
        folder=folder,
        **content(results),
        **drawn(results),
        **beside(folder.parent / "protocols" / "comparison.csv"),
    )
    write_text(folder / "report.html", page)
    pictures(results, folder)
    return folder / "report.html"


def pictures(results: Results, folder: Path) -> None:
    """Write the two figures that papers and slides ask for as PNG: every patient, and all agents over time."""
    weights = results.people.set_index("patient")["weight"]
    for name, figure in (
        ("depth_and_pressure", figures.strips(results.cases, results.summary, (PRIMARY, PRESSURE), 2)),
        ("over_time", time_courses.fans(results.traces, weights, results.agents)),
    ):
        write_figure(folder / f"{name}.png", figure)


def content(results: Results) -> dict[str, Any]:
    """Return everything the template shows."""
    config = results.config["config"]
    found = verdicts(results.summary)
    flow = arms.flow(results.summary, len(results.people))
    return {
        "agents": arms.declared(results.run["agents"]),
        "reference": results.agents[0],
        "config": config,
        "options": flat(config),
        "faults": tables.fault_words(config["faults"]),
        "made": results.config,
        "code": results.run["code"],
        "margin": MARGIN,
        "worst_count": results.worst.groupby("agent")["patient"].nunique().max(),
        "notes": results.run["notes"],
        "observers": results.run["observers"],
        "patients": len(results.people),
        "drawn": results.cases["patient"].nunique(),
        "kept": results.traces["patient"].nunique(),
        "minutes": config["horizon"] / 60.0,
        "cohort": tables.cohort_words(config["cohort"]),
        "models": tables.model_rows(config),
        "plant": tables.plant_words(config.get("plant")),
        "people": tables.people(results.people),
        "verdicts": found,
        "conclusion": conclusion(found, results.agents[0]),
        "primary": arms.primary_rows(results.summary, results.aggregates, results.pairs),
        "flow": flow,
        "cases_simulated": sum(row["given"] * row["seeds"] for row in flow),
        "cases_judged": sum(row["judged"] * row["seeds"] for row in flow),
        "enough": ENOUGH,
        "price": arms.price(results.pairs, results.agents[0]),
        "price_heads": list(arms.PRICE.values()),
        "secondary": tables.secondary(results.summary, len(results.people)),
        "everything": tables.everything(results.summary),
    }


def drawn(results: Results) -> dict[str, Any]:
    """Return the figures as SVG."""
    cases, summary, agents = results.cases, results.summary, results.agents
    weights = results.people.set_index("patient")["weight"]
    shades = figures.colours(agents)
    worst = []
    for agent in agents:
        courses = results.worst[results.worst["agent"] == agent]
        chosen = results.worst_cases[results.worst_cases["agent"] == agent]
        chosen = chosen[chosen["patient"].isin(courses["patient"])]
        chosen = chosen.sort_values(PRIMARY, ascending=False, kind="stable", na_position="first")
        other = results.traces[(results.traces["agent"] == agents[0]) & (agent != agents[0])]
        other = other[other["patient"].isin(chosen["patient"])]
        figure = time_courses.worst(chosen, courses, other, shades[agent])
        worst.append((agent, _svg(figure, f"The worst cases of {agent}")))
    several = len(agents) > 1
    return {
        "headline_figure": _svg(
            figures.strips(cases, summary, (PRIMARY, PRESSURE), 2), "Depth and pressure, every patient"
        ),
        "profiles_figure": _svg(
            matrix.profiles(results.profiles, agents, PRIMARY, ENOUGH), "Share of patients with more"
        ),
        "matrix_figure": several
        and _svg(matrix.differences(results.pairs, agents, PRIMARY), "Every arm against every other"),
        "moments_figures": [
            (words, _svg(moments.around(results.moments, agents, moment), f"Around: {words}"))
            for moment, words in moments.MOMENTS.items()
            if (results.moments["moment"] == moment).any()
        ],
        "differences_figure": several
        and _svg(figures.differences(summary, DIFFERENCES), "Differences to the reference"),
        "fans_figure": _svg(time_courses.fans(results.traces, weights, agents), "All agents over time"),
        "strips_figure": _svg(figures.strips(cases, summary, STRIPS), "Every patient, six metrics"),
        "paired_figure": several and _svg(figures.paired(cases, summary, PRIMARY), "Patient by patient"),
        "worst_figures": worst,
    }


def beside(protocols: Path) -> dict[str, Any]:
    """Return the sections on recorded practice and on published protocols; empty where there are no tables."""
    quantiles = comparisons.practice(PRACTICE)
    figure = quantiles and comparisons.practice_figure(quantiles)
    return {
        "practice": comparisons.practice_rows(quantiles),
        "practice_sources": [words for words, _ in comparisons.SOURCES.values()],
        "practice_figure": figure and _svg(figure, "Quantiles of recorded and simulated practice"),
        "protocols": comparisons.protocol_rows(protocols),
    }


def flat(options: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Return options as the command line names them, with their values as text."""
    rows: list[tuple[str, str]] = []
    for name, value in options.items():
        if isinstance(value, Mapping):
            rows += flat(value, f"{prefix}{name}.")
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            rows.append((prefix + name, text or "–"))
    return rows


def _svg(figure: Any, description: str) -> Markup:
    return Markup(figures.svg(figure, description))


def main(options: Redraw) -> None:
    """Draw the report again and say where it is."""
    print(f"report: {write(options.results)}")


if __name__ == "__main__":
    run(main, Redraw)
