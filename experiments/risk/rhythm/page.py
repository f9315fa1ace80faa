"""The table and the picture of the study of beats, from its saved scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.documenting.markdown import table
from experiments.reporting.scores import text

PEOPLE, BEATS = "people", "beats"  # what is left out
PERMUTED = "network, held against other beats"
SHADES = {PEOPLE: "#1b6ca8", BEATS: "#d1495b"}
VENTRICULAR = ("AUROC", "AUPRC", "Brier", "calibration_slope")
METRICS = {"accuracy": "accuracy", "macro_F1": "macro F1", "AUROC": "AUROC, ventricular"}
ALL = {
    **METRICS,
    "AUPRC": "AUPRC, ventricular",
    "Brier": "Brier, ventricular",
    "calibration_slope": "slope, ventricular",
}
CAVEAT = (
    "SYNTHETIC beats; what makes them hard (bundle branch block, late and aberrant ectopic beats, fusions, atrial"
    " fibrillation) was chosen before anybody was compared, and not tuned to any score."
)


def report(folder: Path) -> str:
    """Return scores.csv of a folder as Markdown."""
    scores = pd.read_csv(folder / "scores.csv")
    first = scores.iloc[0]
    about = f"{first['beats']} beats of {first['people']} people, {100.0 * first['prevalence']:.1f} % of them normal."
    return "\n".join(["# Ectopic beats", "", CAVEAT, "", about, "", rows(scores), ""])


def rows(scores: pd.DataFrame) -> str:
    """Return a row a model and way of leaving out, a column a score."""
    shown = []
    for (model, folds), own in scores.groupby(["model", "folds"], sort=False):
        known = {row["metric"]: row for row in own.to_dict("records")}
        shown.append((model, folds, *(text(known[metric], metric) for metric in ALL)))
    return table(["model", "left out", *ALL.values()], shown, numbers=len(ALL))


def draw(folder: Path) -> Figure:
    """Draw scores.csv: a panel a score; people left out beside beats left out."""
    scores = pd.read_csv(folder / "scores.csv")
    names = list(dict.fromkeys(scores["model"]))
    figure = Figure(figsize=(12.0, 0.5 * len(names) + 1.6), layout="constrained")
    for axes, (metric, title) in zip(figure.subplots(1, len(METRICS)), METRICS.items(), strict=True):
        for shift, (folds, shade) in zip((-0.15, 0.15), SHADES.items(), strict=True):
            own = (
                scores[(scores["metric"] == metric) & (scores["folds"] == folds)]
                .set_index("model")
                .loc[names]
            )
            middle = own["estimate"].to_numpy()
            ends = np.nan_to_num(np.maximum([middle - own["low"], own["high"] - middle], 0.0))
            axes.errorbar(
                middle,
                np.arange(len(names)) + shift,
                xerr=ends,
                fmt="o",
                ms=4,
                color=shade,
                label=f"{folds} left out",
            )
        axes.set_yticks(np.arange(len(names)), names if metric == "accuracy" else [""] * len(names))
        axes.invert_yaxis()
        axes.set_title(title)
        axes.grid(axis="x", color="0.92")
    figure.axes[0].legend(frameon=False, fontsize=8)
    return figure
