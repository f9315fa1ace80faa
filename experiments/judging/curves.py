"""Learning curves: the points, what beginning from synthetic weights changes at each, and their figure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.judging.questions import ALL, Question
from experiments.judging.scores import SCORES, subject_sums

SUMS = ["count", "y", "p", "yy", "pp", "yp"]  # of `predictors.learning.measures.case_sums`
COLOURS = {"nothing": "#d1495b", "synthetic": "#1b6ca8"}


@dataclass(frozen=True)
class Point:
    """One training: predictor, recorded cases, and what it begins from."""

    STARTS: ClassVar[tuple[str, ...]] = ("nothing", "synthetic")
    predictor: str
    cases: int
    start: str

    def path(self, out: Path, what: str = "scores") -> Path:
        """Return where its scores, or the sums behind them, go; with its scores a point is finished."""
        return out / "points" / f"{self.predictor}-{self.cases}-{self.start}.{what}.csv"


def sums_of(questions: Iterable[Question], subject: np.ndarray) -> pd.DataFrame:
    """Return the sums behind the pooled scores of all samples, a row a question, predictor and subject."""
    parts = []
    for question in questions:
        pooled = [name for name in question.scores if SCORES.get(name).reduce is subject_sums]
        for label, predicted in question.predicted.items():
            sums = subject_sums(question.target, predicted, question.counted, subject)
            part = pd.DataFrame(sums, columns=SUMS)
            part.insert(0, "subject", np.unique(subject))
            about = {"predictor": label, **question.about, "metrics": " ".join(pooled)}
            parts.append(part.assign(**about))
    return pd.concat(parts, ignore_index=True)


def differences(sums: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return what beginning from synthetic weights changes: a row a predictor, question, metric and number of cases.

    Args:
        sums: of all points, see `sums_of`.
        seed: of the draws of test subjects, the same for both starts.
    """
    rows = []
    keys = [name for name in sums.columns if name not in (*SUMS, "subject", "start", "metrics")]
    for key, part in sums.groupby(keys):
        starts = part.sort_values("subject").groupby("start")
        ours, theirs = (starts.get_group(start)[SUMS].to_numpy() for start in ("synthetic", "nothing"))
        who = dict(zip(keys, key, strict=True))
        for metric in str(part["metrics"].iloc[0]).split():
            change = SCORES.get(metric).interval(ours, theirs, np.arange(len(ours)), seed)
            row = {**who, "metric": metric, "difference": change.estimate}
            rows.append({**row, "low": change.low, "high": change.high})
    return pd.DataFrame(rows)


def draw(folder: Path, task: Any) -> Figure:
    """Draw the curves of a folder from curve.csv, as the task says: a panel a predictor."""
    curve = pd.read_csv(folder / "curve.csv")
    curve = curve[curve[task.subset_word] == ALL]
    names = [name for name in task.curve if name in set(curve["predictor"])]
    figure = Figure(figsize=(6.0 * len(names), 4.2), layout="constrained")
    for axes, name in zip(np.atleast_1d(figure.subplots(1, len(names))), names, strict=True):
        about, metric = task.curve[name]
        rows = curve[(curve["predictor"] == name) & (curve["metric"] == metric)]
        for column, value in about.items():
            rows = rows[rows[column] == value]
        _panel(axes, rows)
        axes.set(xlabel="recorded training cases", ylabel=metric, title=f"{name}: {_words(about)}")
        axes.legend(frameon=False)
    return figure


def _panel(axes: Axes, rows: pd.DataFrame) -> None:
    for start, colour in COLOURS.items():
        own = rows[rows["start"] == start].sort_values("cases")
        axes.plot(own["cases"], own["estimate"], "o-", color=colour, label=f"from {start}")
        axes.fill_between(own["cases"], own["low"], own["high"], color=colour, alpha=0.15, linewidth=0)
    sizes = sorted(set(rows["cases"]))
    ticks = [size for size, larger in zip(sizes, [*sizes[1:], np.inf], strict=True) if larger > 1.3 * size]
    axes.set_xscale("log")
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()


def _words(about: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in about.items())
