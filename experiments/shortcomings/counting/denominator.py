"""Performance errors in shares of what was predicted, or of the truth; and a rival scored against the winner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.shortcomings.contract import Found, Row, paired
from experiments.shortcomings.operations import learned_at, mean_over_cases, operations
from experiments.shortcomings.page import FLATTERING, HONEST, bars
from experiments.sites.purposes import seed_for
from predictors.depth.phases import scored

SURFACE, RIDGE = "surface of the clinic", "ridge on doses"
WAYS = {
    "by_prediction": "in shares of what was predicted",
    "by_truth": "in shares of the truth",
    "by_rival": "against the ridge, not the truth",
}


@dataclass(frozen=True)
class Denominator:
    """The median absolute performance error of the same predictions, counted in three ways.

    Attributes:
        train, test: cases learned from and judged.
    """

    train: int = 60
    test: int = 80

    @classmethod
    def small(cls) -> Self:
        """Return a quick look."""
        return cls(20, 24)

    def show(self, seed: int) -> Found:
        """Predict once, count in every way."""
        watched = operations("tuned", self.test, seed_for("test", seed))
        bis = np.where(scored(watched.cases) & (watched.cases["bis"] > 0.0), watched.cases["bis"], np.nan)
        ridge = learned_at("tuned", self.train, seed).answer(watched)
        ways = {
            (name, way): mean_over_cases(error(said, bis, whole))
            for name, said in ((SURFACE, watched.surface), (RIDGE, ridge))
            for way, whole in (("by_prediction", said), ("by_truth", bis))
        }
        ways[SURFACE, "by_rival"] = mean_over_cases(
            error(watched.surface, np.where(np.isfinite(bis), ridge, np.nan), ridge)
        )
        truth = {name: ways[name, "by_truth"] for name in (SURFACE, RIDGE)}
        found = {key: paired(one, truth[key[0]], self.test, seed) for key, one in ways.items()}
        points = [
            {"predictor": key[0], "way": key[1], **one.flattering._asdict()} for key, one in found.items()
        ]
        rows = (
            Row(
                "error in shares of the prediction",
                f"MDAPE, %, {SURFACE}",
                found[SURFACE, "by_prediction"],
                "Who predicts too high divides by too much: name the denominator, print both where they part.",
                1,
            ),
            Row(
                "a rival scored against the winner",
                f"MDAPE, %, {SURFACE}",
                found[SURFACE, "by_rival"],
                "Everybody is held against what was measured.",
                1,
            ),
        )
        return Found(rows, pd.DataFrame(points))

    def draw(self, figure: Figure, points: pd.DataFrame) -> None:
        """Draw every way of counting."""
        axes = figure.subplots()
        names = [f"{row['predictor']}, {WAYS[row['way']]}" for row in points.to_dict("records")]
        shades = [HONEST if way == "by_truth" else FLATTERING for way in points["way"]]
        bars(axes, names, points, shades)
        axes.set_xlabel("median absolute performance error, %, mean over patients")


def error(said: np.ndarray, measured: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return each case's median |measured - said| in % of `whole`, (cases,), of (samples, cases), NaN left out."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(whole > 0.0, 100.0 * np.abs(measured - said) / whole, np.nan)
    return np.nanmedian(share, axis=0)
