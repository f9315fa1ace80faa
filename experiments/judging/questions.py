"""The table of scores: every question, predictor and subset, with intervals over subjects and paired differences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from experiments.judging.bootstrap import Interval
from experiments.judging.scores import SCORES

ALL = "all"


@dataclass(frozen=True)
class Question:
    """What is asked, and what was answered.

    Attributes:
        about: columns that say which question it is, e.g. {"horizon": 60}.
        target: (samples, cases).
        counted: bool, which samples everybody can be judged on.
        predicted: by label of the predictor.
        scores: of `SCORES`, taken of predictions.
        baselines: predictors by name, to whom differences are taken.
        inside: by label, whether the target lay in what the predictor gave as its 80 % interval.
    """

    about: Mapping[str, Any]
    target: np.ndarray
    counted: np.ndarray
    predicted: Mapping[str, np.ndarray]
    scores: tuple[str, ...]
    baselines: tuple[str, ...] = ()
    inside: Mapping[str, np.ndarray] = field(default_factory=dict)


def common(counted: np.ndarray, predicted: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the samples that count for which everybody has said something."""
    for values in predicted.values():
        counted = counted & np.isfinite(values)
    return counted


def table(
    questions: Iterable[Question],
    subsets: Mapping[str, np.ndarray],
    subject: np.ndarray,
    seed: int = 0,
    word: str = "subset",
) -> pd.DataFrame:
    """Return one row per question, predictor, subset and metric, with differences to every baseline.

    Columns: those of `Question.about`, predictor, the subset's, metric, subjects, samples, estimate, low, high, and for
    each baseline difference_to_<baseline>, with _low and _high; a baseline's own differences are NaN.

    Args:
        questions: see there.
        subsets: name -> (samples, cases) bool; all samples come first, by themselves.
        subject: (cases,).
        seed: of the draws of subjects.
        word: what the column of subsets is called.
    """
    rows: list[dict[str, Any]] = []
    for question in questions:
        for name, inside in {ALL: np.ones((1, 1), dtype=bool), **subsets}.items():
            rows += _rows(question, {word: name}, question.counted & inside, subject, seed)
    return pd.DataFrame(rows)


def _rows(
    question: Question, where: Mapping[str, str], counted: np.ndarray, subject: np.ndarray, seed: int
) -> Iterator[dict[str, Any]]:
    """Yield the rows of one question and subset, predictor by predictor."""
    owners = np.broadcast_to(np.unique(subject, return_inverse=True)[1], counted.shape)
    counts = {"subjects": len(np.unique(owners[counted])), "samples": int(counted.sum())}
    scores = {name: SCORES.get(name) for name in question.scores}
    known: dict[Any, Any] = {}

    def reduced(reduce: Any, label: str) -> Any:
        if (reduce, label) not in known:
            known[reduce, label] = reduce(question.target, question.predicted[label], counted, subject)
        return known[reduce, label]

    for label in question.predicted:
        who = {**question.about, "predictor": label, **where}
        references = _references(label, question.baselines, question.predicted)
        for metric, score in scores.items():
            own = reduced(score.reduce, label)
            differences = {
                name: score.interval(own, reduced(score.reduce, other), subject, seed)
                for name, other in references.items()
                if score.compared
            }
            value = score.interval(own, None, subject, seed)
            yield {**who, "metric": metric, **counts, **value._asdict(), **_spread(differences)}
        if label in question.inside:
            score = SCORES.get("coverage_80")
            own = score.reduce(question.target, question.inside[label], counted, subject)
            value = score.interval(own, None, subject, seed)
            yield {**who, "metric": "coverage_80", **counts, **value._asdict()}


def _references(label: str, baselines: tuple[str, ...], labels: Iterable[str]) -> dict[str, str]:
    """Return the label of each baseline: the one with the same training, else the last; none for a baseline itself."""
    name, _, training = label.partition(" ")
    chosen = {}
    for baseline in baselines:
        own = [other for other in labels if other.split(" ")[0] == baseline]
        same = [other for other in own if training and other.endswith(training)]
        if own and baseline != name:
            chosen[baseline] = (same or own)[-1]
    return chosen


def _spread(differences: Mapping[str, Interval]) -> dict[str, float]:
    """Return differences as columns."""
    columns = {}
    for name, value in differences.items():
        for end, number in zip(("", "_low", "_high"), value, strict=True):
            columns[f"difference_to_{name}{end}"] = number
    return columns
