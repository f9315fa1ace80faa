"""Labels that belong to somebody else: what is above chance then is a leak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from experiments.judging.folds import by_case
from experiments.risk.answering import area
from experiments.shortcomings.contract import Found, Row, mean_of, over_repeats
from experiments.shortcomings.page import FLATTERING, HONEST, curve, finish, line_at, ticks_at

FOLDS = 5


@dataclass(frozen=True)
class Permuted:
    """The best of many columns are chosen before folds are dealt, or inside of each: nothing is to be learned.

    Attributes:
        people: of whom nobody's column has to do with the label.
        columns: numbers of columns that there are to choose from.
        chosen: how many are.
        repeats: other people each.
    """

    people: int = 150
    columns: tuple[int, ...] = (10, 30, 100, 300, 1000)
    chosen: int = 10
    repeats: int = 20

    @classmethod
    def small(cls) -> Self:
        """Return a quick look."""
        return cls(80, (10, 300), repeats=6)

    def show(self, seed: int) -> Found:
        """Choose and learn in both orders."""
        areas = {
            (order, count): np.array(
                [self._area(order == "before", count, seed + turn) for turn in range(self.repeats)]
            )
            for count in self.columns
            for order in ("before", "inside")
        }
        points = [
            {"order": order, "columns": count, **mean_of(values)._asdict()}
            for (order, count), values in areas.items()
        ]
        most = self.columns[-1]
        row = Row(
            "columns chosen on everybody",
            f"AUROC of permuted labels, {self.chosen} of {most} columns, chosen before folds beside inside them",
            over_repeats(areas["before", most], areas["inside", most]),
            "Run the whole pipeline on permuted labels: whatever is not 0.5 within its interval is a leak.",
        )
        return Found((row,), pd.DataFrame(points))

    def _area(self, before: bool, count: int, seed: int) -> float:
        random = np.random.default_rng(seed)
        columns = random.standard_normal((self.people, count))
        label = random.permutation(np.arange(self.people) % 2)
        if before:
            columns = SelectKBest(f_classif, k=self.chosen).fit_transform(columns, label)
        fold, said = by_case(self.people, FOLDS, seed), np.zeros(self.people)
        for number in range(FOLDS):
            inside = fold == number
            model = make_pipeline(SelectKBest(f_classif, k=self.chosen), LogisticRegression(C=0.1))
            model.fit(columns[~inside], label[~inside])
            said[inside] = model.decision_function(columns[inside])
        return area(label.astype(float), said)

    def draw(self, figure: Figure, points: pd.DataFrame) -> None:
        """Draw the AUROC over the number of columns."""
        axes = figure.subplots()
        for order, label, colour in (
            ("before", "columns chosen on everybody", FLATTERING),
            ("inside", "columns chosen inside each fold", HONEST),
        ):
            curve(axes, points[points["order"] == order], "columns", label, colour)
        line_at(axes, 0.5)
        ticks_at(axes, sorted(set(points["columns"])))
        axes.set(xlabel="columns to choose from", ylabel="AUROC of permuted labels", ylim=(0.3, 1.0))
        finish(axes)
