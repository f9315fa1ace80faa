"""Depth from the features of the last minute by a random forest, kept as arrays. Breiman, Mach Learn 2001;45:5."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from predictors.depth.eeg import material
from predictors.depth.eeg.answers import DEPTH, LEVEL
from predictors.depth.eeg.epochs import SILENT
from predictors.depth.eeg.features import COUNT
from predictors.depth.eeg.levels import NAMES
from predictors.learning.cases import Cases
from predictors.learning.contract import Course, Learned
from predictors.learning.weights import Shipped, Weights
from sim.arrays import Array

TREES, LEAVES, EVERY = 24, 256, 2
RECENT = 3  # steps whose mean is shown beside that of the minute
TENSORS = ("feature", "threshold", "left", "right", "value")


@dataclass(frozen=True)
class Forest:
    """Says depth of whole cases.

    Attributes:
        feature: that a node asks for, (trees, nodes); -1 at a leaf.
        threshold: that sends what is above it to the right.
        left, right: nodes below.
        value: share of each level, and depth/100, (trees, nodes, 5).
    """

    feature: Array
    threshold: Array
    left: Array
    right: Array
    value: Array

    def answer(self, cases: Cases) -> Mapping[str, Array]:
        """Return depth and level at every step, (steps, cases); NaN where EEG has not been heard for too long."""
        shown, age = inputs(cases)
        said = self.grow(shown.reshape(len(shown), -1)).reshape(*age.shape, -1)
        found = {DEPTH: 100.0 * said[..., -1], LEVEL: said[..., :-1].argmax(-1).astype(float)}
        return {name: np.where(age < SILENT, one, np.nan) for name, one in found.items()}

    def grow(self, shown: Array) -> Array:
        """Return the mean of the leaves that inputs (features, moments) fall into, (moments, 5)."""
        moment, total = np.arange(shown.shape[1]), 0.0
        for feature, threshold, left, right, value in zip(
            self.feature, self.threshold, self.left, self.right, self.value, strict=True
        ):
            node = np.zeros(len(moment), dtype=int)
            while (asked := feature[node] >= 0).any():
                above = shown[np.maximum(feature[node], 0), moment] > threshold[node]
                node = np.where(asked, np.where(above, right[node], left[node]), node)
            total = total + value[node].astype(float)
        return total / len(self.feature)


class EEGForest(Shipped):
    """Depth from the features of the last minute by a random forest."""

    name = "eeg_forest"
    task = material.TASK
    question = material.QUESTION
    limits = material.LIMITS

    def of(self, weights: Weights) -> Forest:
        """Return what answers with these weights. Raises ValueError if they do not fit."""
        for name in TENSORS:
            if name not in weights.tensors:
                raise ValueError(f"weights: {weights.path} has no {name}")
        return Forest(*(weights.tensors[name] for name in TENSORS))

    def learn(self, course: Course) -> Learned:
        """Grow trees that tell levels and depth."""
        from sklearn.ensemble import RandomForestRegressor

        shown, age = inputs(course.train)
        chosen = material.moments(course.train, age, EVERY)
        depth, level = material.targets(course.train, chosen)
        wanted = np.concatenate([np.eye(len(NAMES))[level.numpy()], depth.numpy()[:, None] / 100.0], axis=1)
        forest = RandomForestRegressor(
            TREES,
            max_leaf_nodes=LEAVES,
            max_features=0.4,
            min_samples_leaf=10,
            max_samples=0.5,
            random_state=course.recipe.seed,
        )
        forest.fit(shown[:, chosen].T, wanted)
        course.report(1.0)
        return Learned(packed([tree.tree_ for tree in forest.estimators_]))


def inputs(cases: Cases) -> tuple[Array, Array]:
    """Return means of features over the last steps and the last minute, (2 * COUNT, steps, cases), and ages."""
    shown, age = material.minutes(cases)
    means = [shown[:, -RECENT:].mean(axis=1), shown.mean(axis=1)]
    return np.concatenate(means).reshape(2 * COUNT, *age.shape), age


def packed(trees: list) -> dict[str, Array]:  # type: ignore[type-arg]
    """Return the trees of sklearn as arrays with a row a tree, the shorter ones filled up with leaves."""
    nodes = max(tree.node_count for tree in trees)

    def rows(values: list[Array], filler: float, kind: type) -> Array:
        return np.stack([_filled(one, nodes, filler) for one in values]).astype(kind)

    return {
        "feature": rows([tree.feature for tree in trees], -1, np.int8),
        "threshold": rows([tree.threshold for tree in trees], 0.0, np.float32),
        "left": rows([tree.children_left for tree in trees], 0, np.int16),
        "right": rows([tree.children_right for tree in trees], 0, np.int16),
        "value": rows([tree.value[..., 0] for tree in trees], 0.0, np.float16),
    }


def _filled(values: Array, nodes: int, filler: float) -> Array:
    below = [(0, nodes - len(values))] + [(0, 0)] * (values.ndim - 1)
    return np.pad(values, below, constant_values=filler)


EEG_FOREST = EEGForest()
