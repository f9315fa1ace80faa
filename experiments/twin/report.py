"""The report of a run, Markdown, from the tables of its folder."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from experiments.reporting.scores import differences, score_rows
from experiments.twin.comparing import AHEAD, REST
from experiments.twin.outcome import COMPARED, label_of

CAVEAT = """\
A twin is a model fitted to what was recorded. Surgery and stimulation were not measured; what the model leaves
unexplained of index, pressure and heart rate is taken to have happened at its time whatever was dosed, drugs that the
record does not hold (vasopressors) included. The anaesthetist knew and wanted things that no record shows. This is no
proof of what would have happened to the patient, and nothing here may guide the care of anybody."""
QUESTIONS = {
    REST: "index of the rest of the case at once, under the doses really given",
    AHEAD: "index 5 min ahead of every reading of the rest, the pumps going on as they are",
    "pressure": "mean arterial pressure of the rest at once, mmHg",
    "heart_rate": "heart rate of the rest at once, 1/min",
}


def report(heading: list[str], folder: Path) -> str:
    """Return the report of a folder."""
    scores = pd.read_csv(folder / "scores.csv")
    names = [name for name in scores.columns if name.startswith("difference_to_")]
    names = [name for name in names if not name.endswith(("_low", "_high"))]
    lines = ["# Twins", "", *heading, ""]
    lines += [f"- {name}: {meaning}" for name, meaning in QUESTIONS.items()]
    lines += ["", *score_rows(scores), "", *differences(scores[scores["predictor"] == "twin"], names), ""]
    if (folder / "treated.csv").exists():
        lines += ["## Treated", "", *treated(pd.read_csv(folder / "treated.csv", dtype={"caseid": str})), ""]
    return "\n".join([*lines, CAVEAT, ""])


def treated(table: pd.DataFrame) -> list[str]:
    """Return how the anaesthetist and the agent fared on the twin of each case: the mean, and the draws' range."""
    lines = [f"| case | who doses | {' | '.join(label_of(metric) for metric in COMPARED)} |"]
    lines.append("|---|---|" + "--:|" * len(COMPARED))
    for (name, who), rows in table.groupby(["caseid", "who"]):
        mean, draws = rows[rows["draw"] == 0].iloc[0], rows[rows["draw"] > 0]
        cells = [
            f"{mean[metric]:.3g} ({draws[metric].min():.3g} to {draws[metric].max():.3g})"
            for metric in COMPARED
        ]
        lines.append(f"| {name} | {who} | {' | '.join(cells)} |")
    return ["The mean twin, and the range of its draws.", "", *lines]
