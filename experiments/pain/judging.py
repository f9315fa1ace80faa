"""How good the answers are, with intervals from drawing subjects again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from experiments.judging.bootstrap import RESAMPLES, Interval, resampled
from experiments.pain.crossing import Answered, Part
from predictors.pain.bagging import class_area

SUBSETS = ("all", "after surgery")
PUBLISHED = {("DBN", 2, "AUC"): 0.841}  # as quoted of Lim H, Sensors 2019;19:384


def accuracy(labels: np.ndarray, probability: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the share of windows whose likeliest class is theirs, (draws,); see `class_area`."""
    return weights @ (probability.argmax(axis=1) == labels) / weights.sum(axis=1)


def f1(labels: np.ndarray, probability: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the harmonic mean of precision and sensitivity, (draws,): of the second of two classes, else the mean
    over the classes that somebody belongs to; see `class_area`.
    """
    classes = [1] if probability.shape[1] == 2 else np.unique(labels)
    said = probability.argmax(axis=1)
    both = [
        (weights @ ((said == one) & (labels == one)), weights @ (said == one), weights @ (labels == one))
        for one in classes
    ]
    return np.mean([2.0 * hit / np.maximum(told + true, 1e-12) for hit, told, true in both], axis=0)


SCORES: Mapping[str, Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]] = {
    "AUC": class_area,
    "accuracy": accuracy,
    "F1": f1,
}


def score(metric: str, answered: Answered, subject: np.ndarray, seed: int) -> Interval:
    """Return a score of windows with its interval over subjects, (windows,)."""
    names, owner = np.unique(subject, return_inverse=True)
    statistic = SCORES[metric]

    def of(counts: np.ndarray) -> np.ndarray:
        return statistic(*answered, counts[:, owner].astype(float))

    estimate = float(of(np.ones((1, len(names))))[0])
    return Interval(estimate, *resampled(of, len(names), seed, RESAMPLES))


def rows(
    part: Part, answers: Mapping[str, Answered], subject: np.ndarray, after: np.ndarray, seed: int
) -> pd.DataFrame:
    """Return the scores of a part: a row for each row of the table, subset and metric.

    Args:
        part: which.
        answers: of all windows.
        subject, after: (windows,), whose it is, and whether surgery was over.
        seed: of the draws of subjects.
    """
    found = []
    for name, answered in answers.items():
        for subset, there in zip(SUBSETS, (np.ones_like(after), after), strict=True):
            own = Answered(answered.labels[there], answered.probability[there])
            for metric in SCORES:
                value = score(metric, own, subject[there], seed)
                printed = PUBLISHED.get((name, part.classes, metric), np.nan) if subset == "all" else np.nan
                found.append(
                    {
                        "row": name,
                        "classes": part.classes,
                        "folds": part.folds,
                        "subset": subset,
                        "metric": metric,
                        "subjects": len(np.unique(subject[there])),
                        "windows": int(there.sum()),
                        "prevalence": float((own.labels == part.classes - 1).mean()),
                        **value._asdict(),
                        "published": printed,
                    }
                )
    return pd.DataFrame(found)
