"""Hypotension by boosted trees on all that is shown, kept as arrays. Friedman, Ann Stat 2001;29:1189;
bins as in LightGBM (Ke, NIPS 2017), grown by scikit-learn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from predictors.learning.cases import Cases
from predictors.learning.contract import Course, Learned
from predictors.learning.watching import INTERVAL
from predictors.learning.weights import Shipped, Weights
from predictors.risk.hypotension import material
from predictors.risk.hypotension.events import HORIZONS
from sim.arrays import Array

GROWN: Mapping[str, Any] = {
    "max_iter": 120,
    "learning_rate": 0.08,
    "max_leaf_nodes": 12,
    "min_samples_leaf": 200,
    "l2_regularization": 10.0,
    "early_stopping": False,
}
TENSORS = ("feature", "threshold", "left", "right", "value", "begin")


@dataclass(frozen=True)
class Trees:
    """Says hypotension of whole cases.

    Attributes:
        feature: that a node asks for, (models, trees, nodes); -1 at a leaf. Models are the log odds of every
            horizon, then the changes of the pressure, mmHg.
        threshold: that sends what is above it to the right.
        left, right: nodes below.
        value: of the leaves.
        begin: (models,), what the trees add to.
    """

    feature: Array
    threshold: Array
    left: Array
    right: Array
    value: Array
    begin: Array

    def answer(self, cases: Cases) -> Mapping[str, Array]:
        """Return the estimates at every sample, (samples, cases), NaN where nothing is said."""
        shown = material.shown(cases)
        inputs = np.moveaxis(shown.inputs, 1, 0)[:, shown.may]
        found = np.full((len(self.begin), *shown.may.shape), np.nan)
        for model in range(len(self.begin)):
            found[model][shown.may] = self.grow(model, inputs)
        odds, change = np.split(np.moveaxis(found, 0, 1), [len(HORIZONS)], axis=1)
        chance = 1.0 / (1.0 + np.exp(-odds))
        return material.said(shown, chance, shown.level[:, None] + change, int(cases.samples(INTERVAL).max()))

    def grow(self, model: int, inputs: Array) -> Array:
        """Return the sum of the leaves that inputs (features, moments) fall into, (moments,)."""
        moment, total = np.arange(inputs.shape[1]), np.full(inputs.shape[1], self.begin[model])
        for tree in range(self.feature.shape[1]):
            feature, threshold, left, right, value = (
                one[model, tree] for one in (self.feature, self.threshold, self.left, self.right, self.value)
            )
            node = np.zeros(len(moment), dtype=np.int16)
            while (asked := feature[node] >= 0).any():
                above = inputs[np.maximum(feature[node], 0), moment] > threshold[node]
                node = np.where(asked, np.where(above, right[node], left[node]), node)
            total += value[node]
        return total


class BoostedTrees(Shipped):
    """Hypotension by boosted trees: three that count odds, three that expect a pressure."""

    name = "hypotension_trees"
    task = material.TASK
    question = material.QUESTION
    limits = material.LIMITS

    def of(self, weights: Weights) -> Trees:
        """Return what answers with these weights. Raises ValueError if they do not fit."""
        for name in TENSORS:
            if name not in weights.tensors:
                raise ValueError(f"weights: {weights.path} has no {name}")
        return Trees(*(weights.tensors[name] for name in TENSORS))

    def learn(self, course: Course) -> Learned:
        """Grow all trees."""
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        shown, (happens, then) = material.shown(course.train), material.truths(course.train)
        inputs = np.moveaxis(shown.inputs, 1, -1)[shown.asked]
        change = then - shown.level[:, None]
        models, seed = [], course.recipe.seed
        for kind, wanted in (
            (HistGradientBoostingClassifier, happens),
            (HistGradientBoostingRegressor, change),
        ):
            for own in np.moveaxis(wanted, 1, 0):
                target = own[shown.asked]
                known = np.isfinite(target)
                if kind is HistGradientBoostingClassifier:
                    material.require_both(target[known])
                models.append(kind(random_state=seed, **GROWN).fit(inputs[known], target[known]))
                course.report(len(models) / (2.0 * len(HORIZONS)))
        return Learned(packed(models))


def packed(models: list[Any]) -> dict[str, Array]:
    """Return boosted trees of scikit-learn as arrays, the smaller trees filled up with leaves of no worth."""
    nodes = max(len(tree[0].nodes) for model in models for tree in model._predictors)

    def rows(of: Any, kind: type) -> Array:
        grown = [[_filled(of(tree[0].nodes), nodes) for tree in model._predictors] for model in models]
        return np.array(grown).astype(kind)

    return {
        "feature": rows(lambda own: np.where(own["is_leaf"], -1, own["feature_idx"]), np.int8),
        "threshold": rows(lambda own: np.where(own["is_leaf"], 0.0, own["num_threshold"]), np.float32),
        "left": rows(lambda own: own["left"], np.int8),
        "right": rows(lambda own: own["right"], np.int8),
        "value": rows(lambda own: own["value"], np.float16),
        "begin": np.array([float(np.squeeze(model._baseline_prediction)) for model in models]),
    }


def _filled(values: Array, nodes: int) -> Array:
    """Return values of a tree's nodes as floats, those that it does not have as 0: nobody ever comes there."""
    return np.pad(values.astype(float), (0, nodes - len(values)))


TREES = BoostedTrees()
