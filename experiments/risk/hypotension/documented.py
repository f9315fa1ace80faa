"""The tables of the page on hypotension, from the small files that were kept of results."""

from __future__ import annotations

import pandas as pd

from experiments.documenting import measured
from experiments.documenting.markdown import table
from experiments.documenting.results import with_origin
from experiments.reporting.scores import text
from experiments.reporting.tables import number, span
from experiments.risk.hypotension import acting
from experiments.risk.hypotension.judging import ALONE, FLATTERED, GREY_NAME

COLUMNS = (  # metric, subset, header
    ("AUROC", "all", "AUROC"),
    ("AUPRC", "all", "AUPRC"),
    ("AUROC", GREY_NAME, "AUROC, 65–75 mmHg"),
    ("AUPRC", GREY_NAME, "AUPRC, 65–75 mmHg"),
    ("AUROC", FLATTERED, "AUROC, case-control"),
    ("Brier", "all", "Brier"),
    ("calibration_slope", "all", "calibration slope"),
)
GAP = f"difference_to_{ALONE}"


def foreseen() -> str:
    """Return how well everybody foresees hypotension on recorded people, by horizon."""
    scores = measured.read("hypotension")
    parts = []
    for horizon in sorted(set(scores["horizon"])):
        own = scores[scores["horizon"] == horizon]
        known = {(row["predictor"], row["metric"], row["subset"]): row for row in own.to_dict("records")}
        shown = [
            (name, *(text(known.get((name, metric, subset)), metric) for metric, subset, _ in COLUMNS))
            for name in dict.fromkeys(own["predictor"])
        ]
        header = ["predictor (trained on)", *(title for _, _, title in COLUMNS)]
        parts += [f"Within {horizon // 60} min:", table(header, shown, numbers=len(COLUMNS))]
    return with_origin("hypotension", "\n\n".join(parts))


def ahead() -> str:
    """Return by how much everybody is ahead of the present pressure alone, paired."""
    scores = measured.read("hypotension")
    own = scores[scores["metric"].isin(["AUROC", "AUPRC"]) & scores[GAP].notna()]
    asked = [(horizon, metric) for horizon in sorted(set(own["horizon"])) for metric in ("AUROC", "AUPRC")]
    shown = []
    for who, rows in own.groupby(["predictor", "subset"], sort=False):
        known = rows.set_index(["horizon", "metric"])
        shown.append((*who, *(_gap(known.loc[one]) for one in asked)))
    header = ["predictor (trained on)", "moments", *(f"{name}, {time // 60} min" for time, name in asked)]
    return with_origin("hypotension", table(header, shown, numbers=len(asked)))


def _gap(row: pd.Series) -> str:
    return f"{number(row[GAP], 3, True)} {span(row[f'{GAP}_low'], row[f'{GAP}_high'], 3, True)}"


def acted() -> str:
    """Return what acting on it is worth in the loop."""
    return with_origin("acting", acting.rows(measured.read("acting")))
