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
from experiments.risk.charted.alarms import PUBLISHED
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
    rows = []
    for row in sounded.sort_values("choice", kind="stable", ascending=False).to_dict("records"):
        cells = [
            f"{number(row[name], digits)} {span(row[f'{name}_low'], row[f'{name}_high'], digits)}"
            for name, digits in WORTH
        ]
        lead = f"{number(row['lead_h'], 1)} ({number(row['lead_h_25'], 1)}–{number(row['lead_h_75'], 1)})"
        printed = " / ".join(number(row[name], 2) for name in ("published_ppv", "published_sensitivity"))
        share = f"{row['events']} of {row['stays']}"
        rows.append((row["choice"], row["outcome"], row["predictor"], share, printed, *cells, lead))
    header = ["threshold", "outcome", "predictor", "events", "published PPV / sensitivity", "PPV, balanced"]
    header += ["sensitivity", "PPV, natural", "alarms a patient-day", "lead, h (quartiles)"]
    return table(header, rows, numbers=7)


def draw(folder: Path) -> Figure:
    """Draw scores.csv and alarms.csv: a row an outcome; AUROC, AUPRC, and PPV balanced beside natural."""
    scores, sounded = pd.read_csv(folder / "scores.csv"), pd.read_csv(folder / "alarms.csv")
    outcomes = list(dict.fromkeys(scores["outcome"]))
    figure = Figure(figsize=(11.0, 0.8 + 2.6 * len(outcomes)), layout="constrained")
    panels = np.reshape(figure.subplots(len(outcomes), 3), (len(outcomes), 3))
    for line, outcome in zip(panels, outcomes, strict=True):
        own = scores[scores["outcome"] == outcome]
        for axes, metric in zip(line, ("AUROC", "AUPRC"), strict=False):
            found = own[own["metric"] == metric]
            _bars(axes, found["predictor"], found[["estimate", "low", "high"]].to_numpy())
            axes.set_title(f"{outcome}: {metric}")
        rang = sounded[(sounded["outcome"] == outcome) & (sounded["choice"] == PUBLISHED)]
        rang = rang.reset_index(drop=True)
        for place, (name, shade) in enumerate((("ppv_balanced", COLOURS[0]), ("ppv_natural", COLOURS[1]))):
            line[2].barh(
                rang.index + 0.35 * place, rang[name], height=0.33, color=shade, label=name.replace("_", " ")
            )
        line[2].set_yticks(rang.index + 0.17, rang["predictor"])
        line[2].invert_yaxis()
        line[2].set_title(f"{outcome}: PPV of alarms")
        line[2].legend(frameon=False, fontsize=7)
    return figure


def _bars(axes: Axes, names: pd.Series, values: np.ndarray) -> None:
    middle, low, high = values.T
    ends = np.nan_to_num(np.maximum([middle - low, high - middle], 0.0))
    shades = [COLOURS[place % len(COLOURS)] for place in range(len(names))]
    axes.barh(np.arange(len(names)), middle, xerr=ends, color=shades, height=0.7)
    axes.set_yticks(np.arange(len(names)), names)
    axes.invert_yaxis()
