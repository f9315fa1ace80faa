"""The plain report of a task: its scores as a table, and as a page of figures. Tasks may have better ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.judging.scores import SCORES

COLOURS = ("#1b6ca8", "#d1495b", "#3a7d44", "#8f5db7", "#c98a1b", "#4a4a4a", "#2aa198", "#a0522d", "#708090")


def markdown(heading: list[str], findings: Any) -> str:
    """Return heading and scores as Markdown, one row a question, predictor and score; a column a subset."""
    scores = findings.tables["scores"]
    compared = [name for name in scores.columns if name.startswith("difference_to_")]
    names = [name for name in compared if not name.endswith(("_low", "_high"))]
    return "\n".join([*heading, "", *score_rows(scores), "", *differences(scores, names), ""])


def score_rows(scores: pd.DataFrame) -> list[str]:
    """Return scores with their intervals, one row a question, predictor and metric, one column a subset."""
    about, subset = columns(scores)
    names = list(dict.fromkeys(scores[subset]))
    lines = [f"| {' | '.join([*about, 'predictor', 'metric', *names])} |"]
    lines.append("|" + "---|" * (len(about) + 2) + "--:|" * len(names))
    for key, rows in scores.groupby([*about, "predictor", "metric"], sort=False):
        cells = [cell(rows[rows[subset] == name], str(key[-1])) for name in names]
        lines.append(f"| {' | '.join(map(str, key))} | {' | '.join(cells)} |")
    return lines


def differences(scores: pd.DataFrame, names: list[str]) -> list[str]:
    """Return paired differences over all samples."""
    about, subset = columns(scores)
    lines = (
        ["Paired differences, same samples and subjects, with 95 % intervals over subjects:", ""]
        if names
        else []
    )
    for row in scores[scores[subset] == "all"].to_dict("records"):
        for name in names:
            if np.isfinite(row[name]):
                digits = SCORES.get(row["metric"]).digits
                value, low, high = (f"{row[name + end]:+.{digits}f}" for end in ("", "_low", "_high"))
                asked = ", ".join(f"{key} {row[key]}" for key in about)
                lines.append(
                    f"- {asked}: {row['predictor']} less {name.removeprefix('difference_to_')}, {row['metric']}:"
                    f" {value} [{low}, {high}]"
                )
    return lines


def columns(scores: pd.DataFrame) -> tuple[list[str], str]:
    """Return the columns that say which question a row is about, and the one that says which subset."""
    place = list(scores.columns).index("predictor")
    return list(scores.columns[:place]), str(scores.columns[place + 1])


def cell(rows: pd.DataFrame, metric: str) -> str:
    """Return the estimate and interval of the first row, a dash where there is none."""
    return text(None if rows.empty else rows.iloc[0], metric)


def text(row: Mapping[Any, Any] | pd.Series | None, metric: str) -> str:
    """Return an estimate with its interval, a dash where there is none."""
    if row is None or np.isnan(row["estimate"]):
        return "–"
    digits = SCORES.get(metric).digits
    return " ".join([f"{row['estimate']:.{digits}f}", f"[{row['low']:.{digits}f}, {row['high']:.{digits}f}]"])


def draw(folder: Path) -> Figure:
    """Draw scores.csv: a panel a metric, a bar a predictor, over all samples of the first question."""
    scores = pd.read_csv(folder / "scores.csv")
    about, subset = columns(scores)
    rows = scores[scores[subset] == "all"]
    for name in about:
        rows = rows[rows[name] == rows[name].iloc[0]]
    metrics = list(dict.fromkeys(rows["metric"]))
    figure = Figure(
        figsize=(4.0 * len(metrics), 0.5 * rows["predictor"].nunique() + 1.5), layout="constrained"
    )
    for axes, metric in zip(np.atleast_1d(figure.subplots(1, len(metrics))), metrics, strict=True):
        own = rows[rows["metric"] == metric].reset_index(drop=True)
        error = np.maximum([own["estimate"] - own["low"], own["high"] - own["estimate"]], 0.0)
        shades = [COLOURS[i % len(COLOURS)] for i in range(len(own))]
        axes.barh(own.index, own["estimate"], xerr=np.nan_to_num(error), color=shades, height=0.7)
        axes.set_yticks(own.index, own["predictor"] if axes is figure.axes[0] else [""] * len(own))
        axes.invert_yaxis()
        axes.set_title(metric)
    return figure
