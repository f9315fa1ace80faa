"""The tables of a validation as text: what the command prints and saves, the same for both kinds of cases."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from experiments.depth.judging import AHEAD, BASELINES, EXITS, NOW
from experiments.judging.questions import ALL
from experiments.judging.scores import SCORES
from experiments.reporting.scores import text
from experiments.tasks.contract import Findings
from predictors.depth.now.lee2018 import LEE2018
from predictors.depth.phases import PHASES

PAPER = {"lee2018": LEE2018.published[0].value, "nominal_surface": 0.265}  # CCC; both from the same paper
UNITS = {"RMSE": " BIS"}
METRICS_NOW = ("CCC", "RMSE", "MDPE", "MDAPE")
PAIRED = (
    "Paired differences are taken on the same samples and subjects, to the baseline of the same training where there "
    "is one, else to the last one listed."
)


def markdown(heading: list[str], findings: Findings) -> str:
    """Return everything as Markdown."""
    scores, alarms = findings.tables["scores"], findings.tables["alarms"]
    naive = findings.figures["naive_ccc_width"]
    lines = [*heading, "", "## The index now, without looking at it", ""]
    lines += now_table(scores)
    lines += ["", *paper_lines(scores), ""]
    lines += [
        f"Interval of the CCC of {name}, all time: {_width(scores, name):.3f} wide when patients are drawn, "
        f"{width:.4f} if samples were independent."
        for name, width in naive.items()
    ]
    lines += [
        "",
        "## Paired differences in CCC and RMSE, all time",
        "",
        PAIRED,
        "",
        *differences(scores, 0, BASELINES[NOW]),
    ]
    lines += ["", "## The index ahead, from readings, doses and demographics", "", *ahead_table(scores)]
    lines += ["", "## Paired differences in RMSE of the forecasts, by horizon and phase", ""]
    lines += ahead_differences(scores)
    lines += ["", "## Warnings that the index will leave 40-60", "", *exit_table(scores)]
    lines += ["", *alarm_table(alarms)]
    return "\n".join([*lines, ""])


def now_table(scores: pd.DataFrame) -> list[str]:
    """Return CCC, RMSE, MDPE, MDAPE by phase."""
    now = scores[scores["horizon"] == 0]
    rows = _rows(now)
    lines = ["| predictor | metric | all | " + " | ".join(PHASES) + " |", "|---|---|" + "--:|" * 4]
    for name in now["predictor"].unique():
        for metric in METRICS_NOW:
            cells = [text(rows.get((name, phase, metric)), metric) for phase in (ALL, *PHASES)]
            lines.append(
                f"| {name} | {metric}{UNITS.get(metric, SCORES.get(metric).unit)} | "
                + " | ".join(cells)
                + " |"
            )
    return lines


def paper_lines(scores: pd.DataFrame) -> list[str]:
    """Return the CCC of the paper beside ours."""
    now = scores[scores["horizon"] == 0]
    rows = _rows(now)
    lines = ["| CCC, all time | ours | Lee 2018 |", "|---|--:|--:|"]
    for name, value in PAPER.items():
        for label in now["predictor"].unique():
            if label.split(" ")[0] == name:
                lines.append(f"| {label} | {text(rows.get((label, ALL, 'CCC')), 'CCC')} | {value} |")
    return lines


def differences(scores: pd.DataFrame, horizon: int, baselines: tuple[str, ...]) -> list[str]:
    """Return differences to the baselines over all time."""
    chosen = scores[scores["horizon"] == horizon]
    rows = _rows(chosen)
    lines = ["| predictor | metric | " + " | ".join(f"to {name}" for name in baselines) + " |"]
    lines.append("|---|---|" + "--:|" * len(baselines))
    for name in chosen["predictor"].unique():
        for metric in ("CCC", "RMSE"):
            row = rows.get((name, ALL, metric))
            cells = [_difference(row, baseline, metric) for baseline in baselines]
            if any(cell != "" for cell in cells):
                lines.append(f"| {name} | {metric} | " + " | ".join(cells) + " |")
    return lines


def ahead_table(scores: pd.DataFrame) -> list[str]:
    """Return RMSE by horizon and phase, and how much of the index 80 % intervals hold."""
    ahead = scores[(scores["horizon"] > 0) & scores["metric"].isin(["RMSE", "coverage_80"])]
    lines = [
        "| ahead | predictor | RMSE all | " + " | ".join(PHASES) + " | in 80 % interval |",
        "|--:|---|" + "--:|" * 5,
    ]
    for horizon in ahead["horizon"].unique():
        chosen = ahead[ahead["horizon"] == horizon]
        rows = _rows(chosen)
        for name in chosen["predictor"].unique():
            cells = [text(rows.get((name, phase, "RMSE")), "RMSE") for phase in (ALL, *PHASES)]
            cells.append(text(rows.get((name, ALL, "coverage_80")), "coverage_80"))
            lines.append(f"| {horizon // 60} min | {name} | " + " | ".join(cells) + " |")
    return lines


def ahead_differences(scores: pd.DataFrame) -> list[str]:
    """Return the forecasters' differences in RMSE to every baseline."""
    ahead = scores[(scores["horizon"] > 0) & (scores["metric"] == "RMSE")]
    lines = [
        "| ahead | predictor | phase | " + " | ".join(f"to {name}" for name in BASELINES[AHEAD]) + " |",
        "|--:|---|---|" + "--:|" * len(BASELINES[AHEAD]),
    ]
    for _, row in ahead.iterrows():
        if str(row["predictor"]).startswith("forecaster"):
            cells = [_difference(row, name, "RMSE") for name in BASELINES[AHEAD]]
            lines.append(
                f"| {row['horizon'] // 60} min | {row['predictor']} | {row['phase']} | "
                + " | ".join(cells)
                + " |"
            )
    return lines


def exit_table(scores: pd.DataFrame) -> list[str]:
    """Return how well moments in range are ranked by whether the index leaves within five minutes."""
    rows = scores[(scores["metric"] == "Pk") & (scores["phase"] == ALL)]
    lines = ["| predictor | Pk | " + " | ".join(f"to {name}" for name in BASELINES[EXITS]) + " |"]
    lines.append("|---|" + "--:|" * (1 + len(BASELINES[EXITS])))
    for _, row in rows.iterrows():
        cells = [text(row, "Pk"), *(_difference(row, name, "Pk") for name in BASELINES[EXITS])]
        lines.append(f"| {row['predictor']} | " + " | ".join(cells) + " |")
    return lines


def alarm_table(alarms: pd.DataFrame) -> list[str]:
    """Return sensitivity, predictive value and lead time at equal rates of false alarms."""
    lines = [
        "| false alarms / h aimed (found) | predictor | exits | announced | 2-5 min before | true alarms | mean lead |",
        "|--:|---|--:|--:|--:|--:|--:|",
    ]
    if alarms.empty:
        return ["Nobody was in range."]
    for aimed in sorted(alarms["false_per_hour"].unique()):
        for _, row in alarms[alarms["false_per_hour"] == aimed].iterrows():
            cells = [
                f"{100 * row[name]:.0f} [{100 * row[f'{name}_low']:.0f}, {100 * row[f'{name}_high']:.0f}] %"
                for name in ("sensitivity", "in_time", "ppv")
            ]
            lines.append(
                f"| {aimed:g} ({row['false_per_hour_found']:.2f}) | {row['predictor']} | {row['exits']:.0f} | "
                + " | ".join(cells)
                + f" | {row['lead_s']:.0f} s |"
            )
    return lines


def _rows(scores: pd.DataFrame) -> dict[tuple[str, str, str], dict[Hashable, Any]]:
    """Return the rows of one horizon by predictor, phase and metric."""
    return {(row["predictor"], row["phase"], row["metric"]): row for row in scores.to_dict("records")}


def _difference(row: Mapping[Any, Any] | pd.Series | None, baseline: str, metric: str) -> str:
    column = f"difference_to_{baseline}"
    if row is None or np.isnan(row.get(column, np.nan)):
        return ""
    digits = SCORES.get(metric).digits
    return (
        f"{row[column]:+.{digits}f} [{row[column + '_low']:+.{digits}f}, {row[column + '_high']:+.{digits}f}]"
    )


def _width(scores: pd.DataFrame, predictor: str) -> float:
    row = _rows(scores[scores["horizon"] == 0]).get((predictor, ALL, "CCC"))
    return float("nan") if row is None else float(row["high"] - row["low"])
