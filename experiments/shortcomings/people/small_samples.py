"""Few people: a model knows those it learned from by heart, and says of others what it should not be so sure of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.reporting.figures import COLOURS
from experiments.risk import SYSTEMS
from experiments.risk.answering import Part, answer, area, judged
from experiments.shortcomings.contract import Found, Row, mean_of, over_repeats
from experiments.shortcomings.page import curve, finish, line_at, ticks_at
from predictors.learning.measures import calibration_slope
from sim.outcomes.kidney import AKI

VARIANT = "additive"
NAMES = {
    "logistic_regression": "logistic regression",
    "gradient_boosting": "boosted trees",
    "perceptron": "perceptron",
}
GAP, SLOPE = "AUROC at home", "calibration slope"


@dataclass(frozen=True)
class SmallSamples:
    """Logistic regression, boosted trees and a perceptron learn from 50 to 20,000 people.

    Attributes:
        repeats: people to learn from -> trainings, each from other people.
        test: people who are judged, the same for all.
        learners: of `NAMES`; logistic regression among them.
    """

    repeats: tuple[tuple[int, int], ...] = ((50, 20), (150, 20), (500, 8), (2000, 4), (6000, 3), (20000, 2))
    test: int = 3000
    learners: tuple[str, ...] = tuple(NAMES)

    @classmethod
    def small(cls) -> Self:
        """Return a quick look."""
        return cls(((50, 6), (200, 6), (1000, 3)), 1500)

    def show(self, seed: int) -> Found:
        """Learn at every size, and judge on others."""
        system = SYSTEMS.get("kidney")
        event = judged(system, VARIANT, self.test, seed).outcomes[AKI] > 0.5
        scores = []
        for size, repeats in self.repeats:
            for learner in self.learners:
                for repeat in range(repeats):
                    said = answer(system, self.test, seed, Part(VARIANT, size, learner, repeat))
                    scores.append(
                        {"n": size, "learner": learner, **_scores(event, said.said[AKI], said.at_home[AKI])}
                    )
        table = pd.DataFrame(scores)
        return Found(self._rows(table), _means(table))

    def _rows(self, table: pd.DataFrame) -> tuple[Row, ...]:
        rows = []
        fewest = self.repeats[0][0]
        for learner in self.learners:
            own = table[(table["learner"] == learner) & (table["n"] == self.repeats[1][0])]
            rows.append(
                Row(
                    "judged on the people learned from",
                    f"AUROC, {NAMES[learner]}, n = {self.repeats[1][0]}",
                    over_repeats(own["home"].to_numpy(), own["away"].to_numpy()),
                    "Only people who taught nothing say what a model is worth; the freer the model, the wider the gap.",
                )
            )
        few = (table["learner"] == "logistic_regression") & (table["n"] == fewest)
        slopes = table.loc[few, "slope"].to_numpy()
        rows.append(
            Row(
                "risks taken at their word",
                f"calibration slope taken for granted beside found, logistic regression, n = {fewest}",
                over_repeats(np.ones_like(slopes), slopes),
                "With few people, risks that are said are too extreme: shrink them, and print the slope.",
                2,
            )
        )
        return tuple(rows)

    def draw(self, figure: Figure, points: pd.DataFrame) -> None:
        """Draw AUROC at home and on others, and the slope, over the number of people."""
        panels = figure.subplots(1, 2)
        for colour, (learner, name) in zip(COLOURS, NAMES.items(), strict=False):
            own = points[points["learner"] == learner]
            curve(panels[0], own[own["score"] == "away"], "n", name, colour)
            home = own[own["score"] == "home"]
            panels[0].plot(home["n"], home["estimate"], "--", color=colour, linewidth=1.0)
            curve(panels[1], own[own["score"] == "slope"], "n", name, colour)
        panels[0].set(ylabel="AUROC", title="on others; dashed: on those learned from")
        panels[1].set(ylabel="calibration slope", title="1 is right, below 1 too sure", ylim=(0.0, None))
        line_at(panels[1], 1.0)
        for axes in panels:
            ticks_at(axes, sorted(set(points["n"])))
            axes.set_xlabel("people learned from")
            finish(axes, axes is panels[1])


def _scores(event: np.ndarray, said: np.ndarray, home: float) -> dict[str, Any]:
    everybody = np.ones((1, len(event)))
    return {
        "home": home,
        "away": area(event.astype(float), said),
        "slope": float(calibration_slope(event, said, everybody)[0]),
    }


def _means(table: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of each score with its interval over trainings."""
    points = []
    for (size, learner), own in table.groupby(["n", "learner"], sort=False):
        for score in ("home", "away", "slope"):
            value = mean_of(own[score].to_numpy())
            points.append(
                {"n": size, "learner": learner, "score": score, "trainings": len(own), **value._asdict()}
            )
    return pd.DataFrame(points)
