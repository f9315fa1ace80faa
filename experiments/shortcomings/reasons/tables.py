"""Explanations of trees and networks over a table, held against the reasons that were planted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.ensemble import HistGradientBoostingClassifier

from experiments.shortcomings.contract import Found, Row
from experiments.shortcomings.page import FLATTERING, HONEST, bars, line_at
from experiments.shortcomings.reasons import tools
from experiments.shortcomings.reasons.methods import NETWORK, TREES, Method
from experiments.shortcomings.reasons.planted import BACKGROUND, Planted, cohort, true_shares
from experiments.shortcomings.reasons.scoring import both_contrast, over_both, rank_correlations
from experiments.sites.purposes import seed_for
from predictors.risk.dense import perceptron

SCORES = {"rank": "rank correlation with truth", "points": "largest share is right"}


@dataclass(frozen=True)
class Tables:
    """Integrated gradients, SHAP and occlusion, of what learned and of what did not, against planted reasons.

    Attributes:
        train: people learned from.
        explained: people who are explained.
        trainings: of each model, from other people each.
    """

    train: int = 6000
    explained: int = 150
    trainings: int = 3

    def __post_init__(self) -> None:
        tools.require()

    @classmethod
    def small(cls) -> Self:
        """Return a quick look."""
        return cls(2500, 40, 3)

    def show(self, seed: int) -> Found:
        """Learn, explain, and score every explanation."""
        explained = cohort(self.explained, seed_for("test", seed))
        others = cohort(BACKGROUND, seed_for("validation", seed))
        truth = true_shares(explained.columns, others.columns)
        scored: dict[tuple[str, str, str], list[dict[str, np.ndarray]]] = {}
        for turn in range(self.trainings):
            train = cohort(self.train, seed_for("training", seed) + turn)
            for model, state, made, methods in models(train, seed + turn):
                for name, method in methods.items():
                    shares = method(made, explained.shown, others.shown)
                    scored.setdefault((model, state, name), []).append(scores(shares, truth))
        points = []
        for (model, state, name), turns in scored.items():
            for score in SCORES:
                value = over_both(np.stack([one[score] for one in turns]), seed)
                points.append(
                    {"model": model, "state": state, "method": name, "score": score, **value._asdict()}
                )
        return Found(self._rows(scored, seed), pd.DataFrame(points))

    def _rows(
        self, scored: dict[tuple[str, str, str], list[dict[str, np.ndarray]]], seed: int
    ) -> tuple[Row, ...]:
        rows = []
        for model, name in (
            ("trees", "TreeSHAP"),
            ("network", "integrated gradients"),
            ("network", "occlusion"),
        ):
            learned, random = (
                np.stack([one["rank"] for one in scored[model, state, name]])
                for state in ("learned", "random")
            )
            what = "permuted labels" if model == "trees" else "random weights"
            rows.append(
                Row(
                    "an explanation shown, not scored",
                    f"{SCORES['rank']}, {name} of {_called(model)}, beside {what}",
                    both_contrast(learned, random, seed),
                    "A picture is made of any weights: show that it is another one when nothing was learned.",
                    2,
                )
            )
        return tuple(rows)

    def draw(self, figure: Figure, points: pd.DataFrame) -> None:
        """Draw both scores of every explanation, of what learned and of what did not."""
        figure.set_figheight(3.9)
        panels = figure.subplots(1, 2, sharey=True)
        for axes, (score, title) in zip(panels, SCORES.items(), strict=True):
            own = points[points["score"] == score]
            names = [f"{_called(row['model'])}, {row['method']}" for row in own.to_dict("records")]
            names = [
                name if state == "learned" else f"{name}, {'permuted' if 'trees' in name else 'random'}"
                for name, state in zip(names, own["state"], strict=True)
            ]
            bars(axes, names, own, [HONEST if state == "learned" else FLATTERING for state in own["state"]])
            axes.set_title(title)
        line_at(panels[0], 0.0, horizontal=False)


def models(train: Planted, seed: int) -> list[tuple[str, str, Any, dict[str, Method]]]:
    """Return trees and networks that learned, and such that know nothing, with how each is explained."""
    drawn = np.random.default_rng(seed).permutation(len(train.harmed))
    network = perceptron(train.shown, train.harmed, seed)
    network.network.eval()
    random = replace(network, network=tools.untaught(network.network, seed))
    quick = {name: method for name, method in NETWORK.items() if name != "KernelSHAP"}
    return [
        ("trees", "learned", boosted(train.shown, train.harmed, seed), dict(TREES)),
        ("trees", "random", boosted(train.shown, train.harmed[drawn], seed), {"TreeSHAP": TREES["TreeSHAP"]}),
        ("network", "learned", network, dict(NETWORK)),
        ("network", "random", random, quick),
    ]


def boosted(shown: np.ndarray, harmed: np.ndarray, seed: int) -> HistGradientBoostingClassifier:
    """Return boosted trees that learned."""
    return HistGradientBoostingClassifier(
        learning_rate=0.06, max_iter=150, max_leaf_nodes=8, early_stopping=False, random_state=seed
    ).fit(shown, harmed)


def scores(shares: np.ndarray, truth: np.ndarray) -> dict[str, np.ndarray]:
    """Return how right an explanation is of each, (people,): rank correlation over columns; whether its largest is.

    Args:
        shares, truth: (people, columns).
    """
    points = np.abs(shares).argmax(axis=1) == np.abs(truth).argmax(axis=1)
    return {"rank": rank_correlations(shares, truth), "points": points.astype(float)}


def _called(model: str) -> str:
    return "boosted trees" if model == "trees" else "perceptron"
