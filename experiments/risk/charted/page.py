"""The tables and the picture of a ward: who foresees what, and what alarms are worth, balanced beside natural."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.documenting.markdown import table
from experiments.reporting import scores as pages
from experiments.reporting.scores import COLOURS
from experiments.reporting.tables import number, span
from experiments.tasks.contract import Findings

METRICS = ("AUROC", "AUPRC", "Brier", "calibration_slope")
WORTH = ("ppv_balanced", 2), ("sensitivity", 2), ("ppv_natural", 2), ("alarms_per_day", 3)


def report(heading: list[str], findings: Findings) -> str:
    """Return heading, scores at the prevalence that there is, and alarms, as Markdown."""
    scores, sounded = findings.tables["scores"], findings.tables["alarms"]
    parts = [
        *heading,
        "",
        "## Forward analysis: everybody at risk, at the prevalence that there is",
        "",
        forward(scores),
        "",
        "## Alarms: balanced, as published, and natural",
        "",
        alarms(sounded),
        "",
    ]
    return "\n".join(parts)


def forward(scores: pd.DataFrame) -> str:
    """Return a row an outcome and predictor, a column a score, and how the AUROC differs from the baselines'."""
    columns = [str(name) for name in scores if str(name).startswith("difference_to_")]
    compared = [name for name in columns if not name.endswith(("_low", "_high"))]
    rows = []
    for (outcome, predictor), own in scores.groupby(["outcome", "predictor"], sort=False):
        found = {row["metric"]: row for row in own.to_dict("records")}
        cells = [pages.text(found.get(metric), metric) for metric in METRICS]
        first = found["AUROC"]
        gaps = [
            f"{number(first[name], 3, True)} {span(first[f'{name}_low'], first[f'{name}_high'], 3, True)}"
            for name in compared
        ]
        rows.append((outcome, predictor, *cells, *gaps))
    header = ["outcome", "predictor", *(metric.replace("_", " ") for metric in METRICS)]
    header += [f"AUROC less that of {name.removeprefix('difference_to_')}" for name in compared]
    return table(header, rows, numbers=len(header) - 2)


def alarms(sounded: pd.DataFrame) -> str:
    """Return a row an outcome, choice of threshold and predictor: what alarms are worth."""
    published = "published_ppv" in sounded
    rows = []
    for row in sounded.sort_values("choice", kind="stable", ascending=False).to_dict("records"):
        cells = [
            f"{number(row[name], digits)} {span(row[f'{name}_low'], row[f'{name}_high'], digits)}"
            for name, digits in WORTH
        ]
        if published:
            pair = (number(row[name], 2) for name in ("published_ppv", "published_sensitivity"))
            cells.insert(0, " / ".join(pair))
        lead = f"{number(row['lead_h'], 1)} ({number(row['lead_h_25'], 1)}–{number(row['lead_h_75'], 1)})"
        share = f"{row['events']} of {row['stays']}"
        rows.append((row["choice"], row["outcome"], row["predictor"], share, *cells, lead))
    header = ["threshold", "outcome", "predictor", "events"]
    header += ["published PPV / sensitivity"] * published + ["PPV, balanced"]
    header += ["sensitivity", "PPV, natural", "alarms a patient-day", "lead, h (quartiles)"]
    return table(header, rows, numbers=6 + published)


def draw(folder: Path) -> Figure:
    """Draw a row an outcome: AUROC, AUPRC beside the prevalence, and the PPV of alarms, balanced beside natural."""
    scores, sounded, share = (
        pd.read_csv(folder / f"{name}.csv") for name in ("scores", "alarms", "prevalence")
    )
    outcomes = list(dict.fromkeys(scores["outcome"]))
    names = list(dict.fromkeys(scores["predictor"]))
    figure = Figure(figsize=(11.0, 1.0 + (0.6 + 0.26 * len(names)) * len(outcomes)), layout="constrained")
    panels = figure.subplots(len(outcomes), 3, sharex="col", sharey=True, squeeze=False)
    for line, outcome in zip(panels, outcomes, strict=True):
        own = scores[scores["outcome"] == outcome]
        for axes, metric in zip(line, ("AUROC", "AUPRC"), strict=False):
            found = own[own["metric"] == metric].set_index("predictor").reindex(names)
            _points(axes, found["estimate"], found["low"], found["high"], 0.0, COLOURS[0], "")
        line[0].axvline(0.5, color="0.6", lw=0.8, zorder=0)
        line[1].axvline(share.set_index("outcome")["prevalence"][outcome], color="0.6", lw=0.8, zorder=0)
        rang = sounded[(sounded["outcome"] == outcome) & (sounded["choice"] == sounded["choice"].iloc[0])]
        rang = rang.set_index("predictor").reindex(names)
        for kind, shade, shift in (("balanced", COLOURS[0], -0.15), ("natural", COLOURS[1], 0.15)):
            column = f"ppv_{kind}"
            _points(line[2], rang[column], rang[f"{column}_low"], rang[f"{column}_high"], shift, shade, kind)
        line[0].set_yticks(np.arange(len(names)), names)
        line[0].set_ylabel(outcome)
    for axes, title in zip(panels[0], ("AUROC", "AUPRC (line: prevalence)", "PPV of alarms"), strict=True):
        axes.set_title(title)
    panels[0, 0].invert_yaxis()
    panels[0, 2].legend(frameon=False, fontsize=8, loc="lower left")
    return figure


def _points(
    axes: Axes, middle: pd.Series, low: pd.Series, high: pd.Series, shift: float, shade: str, label: str
) -> None:
    ends = np.nan_to_num(np.maximum([middle - low, high - middle], 0.0))
    place = np.arange(len(middle)) + shift
    axes.errorbar(middle, place, xerr=ends, fmt="o", ms=4, lw=1.2, color=shade, label=label)
    axes.set_xlim(0.0, 1.02)
    axes.grid(axis="x", color="0.92")
