"""Windows of a person on both sides of a split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.pain.contenders import Shown
from experiments.pain.crossing import FOLDS, Part, answer
from experiments.pain.hearing import hear
from experiments.pain.study import Told
from experiments.shortcomings.contract import Found, Row, Statistic, paired
from experiments.shortcomings.page import FLATTERING, HONEST, bars
from experiments.sites.pain import WARD
from experiments.sites.purposes import seed_for
from predictors.pain.bagging import class_area

CONTENDERS = {"LR": "logistic regression", "MLP": "perceptron"}
CLASSES, COUNT = 4, 5  # levels of pain; folds


@dataclass(frozen=True)
class Windows:
    """Pain from the pulse at a finger, in folds of windows and in folds of people: the same data and models.

    Attributes:
        subjects: people, with six windows each.
        contenders: of `CONTENDERS`.
    """

    subjects: int = 40
    contenders: tuple[str, ...] = tuple(CONTENDERS)

    @classmethod
    def small(cls) -> Self:
        """Return a quick look."""
        return cls(12)

    def show(self, seed: int) -> Found:
        """Let everybody answer in both kinds of folds."""
        shown, rating, recording = seen_and_told(self.subjects, seed_for("test", seed))
        owner = np.unique(shown.subject, return_inverse=True)[1]
        found, points = {}, []
        for name in self.contenders:
            for folds in FOLDS:
                part = Part(name, CLASSES, folds)
                answers = answer(part, shown, rating, recording, COUNT, seed)
                labels, said = next(iter(answers.values()))
                found[name, folds] = _area(labels, said, owner)
                value = paired(found[name, folds], found[name, folds], self.subjects, seed).honest
                points.append({"contender": name, "folds": folds, **value._asdict()})
        rows = tuple(
            Row(
                "folds of windows",
                f"AUROC of four levels of pain, {CONTENDERS[name]}, by window beside by person",
                paired(found[name, "window"], found[name, "subject"], self.subjects, seed),
                "Nobody is on both sides of a split: people are recognised, not pain.",
            )
            for name in self.contenders
        )
        return Found(rows, pd.DataFrame(points))

    def draw(self, figure: Figure, points: pd.DataFrame) -> None:
        """Draw every contender in both kinds of folds."""
        axes = figure.subplots()
        names = [
            f"{CONTENDERS[row['contender']]}, folds of {row['folds']}s" for row in points.to_dict("records")
        ]
        bars(axes, names, points, [FLATTERING if folds == "window" else HONEST for folds in points["folds"]])
        axes.set_xlabel("AUROC of four levels of pain")


def seen_and_told(subjects: int, seed: int) -> tuple[Shown, np.ndarray, np.ndarray]:
    """Return what is known of windows, what people said of their pain, and which recording each is of."""
    cases = WARD.cases(subjects, seed)
    told = Told.of(cases)
    return hear(cases), told.rating, told.recording


def _area(labels: np.ndarray, said: np.ndarray, owner: np.ndarray) -> Statistic:
    return lambda counts: class_area(labels, said, counts[:, owner].astype(float))
