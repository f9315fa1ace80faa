"""Columns that foresee harm and do not bring it: a bystander, a marker, and what clinicians do about danger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from experiments.shortcomings.contract import Found, Row, mean_of, over_repeats
from experiments.shortcomings.page import FLATTERING, HONEST
from experiments.shortcomings.reasons import tools
from experiments.shortcomings.reasons.methods import tree_shap

# What a step of an SD does to the log odds if somebody takes it (a design); the rest of the world stays as it is.
EFFECTS = {"cause": 0.8, "bystander": 0.0, "marker": 0.0, "reaction": -0.4, "noise": 0.0}
NAMES = {
    "cause": "a cause, measured with error",
    "bystander": "its bystander, measured better",
    "marker": "a marker of hidden illness",
    "reaction": "a drug given against danger",
    "noise": "noise",
}
SEEN = {"cause": 0.75, "bystander": 0.95}  # correlation of what is shown with the cause itself
DANGER = 1.2  # log odds by an SD of hidden danger, which the marker and the drug follow
BACKGROUND = 100


@dataclass(frozen=True)
class Traps:
    """What SHAP of boosted trees and coefficients say that columns do, beside what they do.

    Attributes:
        people: learned from.
        explained: who are explained.
        repeats: other people each.
    """

    people: int = 8000
    explained: int = 1000
    repeats: int = 6

    def __post_init__(self) -> None:
        tools.require(("shap",))

    @classmethod
    def small(cls) -> Self:
        """Return a quick look."""
        return cls(2500, 300, 3)

    def show(self, seed: int) -> Found:
        """Learn, explain, and take the slope of what is said of a column on the column."""
        said = [self._said(seed + turn) for turn in range(self.repeats)]
        points = [{"column": name, "by": "truth", **_exactly(effect)} for name, effect in EFFECTS.items()]
        slopes = {}
        for by in ("TreeSHAP", "coefficients"):
            for number, name in enumerate(EFFECTS):
                slopes[by, name] = np.array([one[by][number] for one in said])
                points.append({"column": name, "by": by, **mean_of(slopes[by, name])._asdict()})
        teaches = {
            "bystander": "Of columns that move together the better measured takes the credit: explain them as a group.",
            "marker": "What foresees need not bring about: an explanation is of the model, not of the patient.",
            "reaction": "A drug given against danger is told as the danger: no dose may be chosen from this.",
        }
        rows = tuple(
            Row(
                f"{NAMES[name]} read as a reason",
                "log odds per SD, TreeSHAP of boosted trees beside what the column does",
                over_repeats(slopes["TreeSHAP", name], np.full(self.repeats, EFFECTS[name])),
                lesson,
                2,
            )
            for name, lesson in teaches.items()
        )
        return Found(rows, pd.DataFrame(points))

    def _said(self, seed: int) -> dict[str, np.ndarray]:
        """Return the slope by which each column is said to move the log odds, by method, (columns,) each."""
        shown, harmed = cohort(self.people, np.random.default_rng(seed))
        trees = HistGradientBoostingClassifier(
            max_iter=100, learning_rate=0.06, max_leaf_nodes=8, early_stopping=False, random_state=seed
        ).fit(shown, harmed)
        explained, _ = cohort(self.explained, np.random.default_rng(10_000 + seed))
        shares = tree_shap(trees, explained, shown[:BACKGROUND])
        centred = explained - explained.mean(axis=0)
        slopes = (centred * shares).sum(axis=0) / (centred**2).sum(axis=0)
        return {"TreeSHAP": slopes, "coefficients": LogisticRegression().fit(shown, harmed).coef_[0]}

    def draw(self, figure: Figure, points: pd.DataFrame) -> None:
        """Draw what is said of each column beside what it does."""
        axes = figure.subplots()
        styles = (("truth", "black", "D"), ("TreeSHAP", FLATTERING, "o"), ("coefficients", HONEST, "s"))
        for offset, (by, colour, mark) in zip((0.0, -0.18, 0.18), styles, strict=True):
            own = points[points["by"] == by].reset_index(drop=True)
            label = {"truth": "what it does", "coefficients": "coefficient"}.get(by, by)
            axes.plot(own["estimate"], own.index + offset, mark, color=colour, markersize=4, label=label)
            axes.hlines(own.index + offset, own["low"], own["high"], color=colour, linewidth=1.2)
        axes.set_yticks(range(len(NAMES)), NAMES.values())
        axes.set_ylim(len(NAMES) - 0.5, -0.5)
        axes.axvline(0.0, color="0.7", linewidth=0.8)
        axes.set_xlabel("log odds of harm per SD of the column")
        axes.legend(frameon=False, fontsize=7.0)


def cohort(count: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return columns, (people, columns), in SDs, and who was harmed, (people,).

    Danger is seen by clinicians only, who give a drug against it; the drug helps, but less than the danger harms.
    """
    cause, danger, other, noise, more = random.standard_normal((5, count))
    seen, bystander = (
        share * cause + np.sqrt(1.0 - share**2) * random.standard_normal(count) for share in SEEN.values()
    )
    marker = 0.6 * danger + 0.8 * other
    reaction = 0.8 * danger + 0.6 * more
    odds = -1.0 + EFFECTS["cause"] * cause + DANGER * danger + EFFECTS["reaction"] * reaction
    harmed = random.random(count) < 1.0 / (1.0 + np.exp(-odds))
    return np.stack([seen, bystander, marker, reaction, noise], axis=1), harmed.astype(int)


def _exactly(value: float) -> dict[str, float]:
    return {"estimate": value, "low": value, "high": value}
