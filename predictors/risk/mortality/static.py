"""Death after surgery from what is known before: logistic regression over demographics and laboratory values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass

import numpy as np

from predictors.learning.cases import Cases
from predictors.learning.contract import Course, Learned
from predictors.learning.weights import Shipped, Weights
from predictors.risk.dense import Scale
from predictors.risk.mortality import material
from predictors.risk.newton import logistic
from sim.arrays import Array
from sim.outcomes.mortality.frailty import COLUMNS

PULL = 1e-3  # of standardised slopes towards zero, beside the mean loss
FARTHEST = 5.0  # SDs of a value that is believed
SCALE = ("median", "mean", "sd")


@dataclass(frozen=True)
class Sum:
    """Says how likely death is.

    Attributes:
        scale: how columns are shown.
        slopes: (1 + 2 columns,), of one, standardised columns, and whether each is missing.
    """

    scale: Scale
    slopes: Array

    def answer(self, cases: Cases) -> Mapping[str, Array]:
        """Return the probability, (cases,)."""
        return {material.QUESTION: self.probability(material.known(cases))}

    def probability(self, values: Array) -> Array:
        """Return probabilities, (people,), of (people, COLUMNS) as `material.values` shows them."""
        return 1.0 / (1.0 + np.exp(-np.clip(shown(self.scale, values) @ self.slopes, -30.0, 30.0)))


def shown(scale: Scale, values: Array) -> Array:
    """Return one, standardised columns and whether each is missing, (people, 1 + 2 columns)."""
    both = np.clip(scale.shown(values).astype(float), -FARTHEST, FARTHEST)
    return np.concatenate([np.ones((len(values), 1)), both], axis=1)


class Static(Shipped):
    """Logistic regression on what is known before."""

    name = "mortality_static"
    task = material.TASK
    question = material.QUESTION
    description = "Death after surgery by logistic regression on what is known before"
    limits = material.LIMITS

    def of(self, weights: Weights) -> Sum:
        """Return what answers with these weights. Raises ValueError if they do not fit."""
        count = len(COLUMNS)
        shapes = {**dict.fromkeys(SCALE, (count,)), "slopes": (1 + 2 * count,)}
        for name, shape in shapes.items():
            if name not in weights.tensors or weights.tensors[name].shape != shape:
                raise ValueError(f"weights: {weights.path} has no {name} of shape {shape}")
        *scale, slopes = (weights.tensors[name].astype(float) for name in shapes)
        return Sum(Scale(*scale), slopes)

    def learn(self, course: Course) -> Learned:
        """Fit."""
        values, happened = material.known(course.train), material.died(course.train)
        scale = Scale.of(values)
        slopes = logistic(shown(scale, values), happened, PULL)
        course.report(1.0)
        return Learned({**dict(zip(SCALE, astuple(scale), strict=True)), "slopes": slopes})


STATIC = Static()
