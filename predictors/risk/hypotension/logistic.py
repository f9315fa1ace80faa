"""Hypotension from a few numbers: logistic regression a horizon, and a line for the pressure to expect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from predictors.learning.cases import Cases
from predictors.learning.contract import Course, Learned
from predictors.learning.watching import INTERVAL
from predictors.learning.weights import Shipped, Weights
from predictors.risk.hypotension import material
from predictors.risk.hypotension.events import HORIZONS
from predictors.risk.hypotension.trends import FEATURES, NAMES
from predictors.risk.newton import logistic
from sim.arrays import Array

STRENGTH = 1e-3  # of the pull of standardised coefficients towards zero, beside the mean loss
FARTHEST = 5.0  # SDs of a feature that is believed
NOW = ("pressure_now",)
SLOPE = ("pressure_now", "pressure_slope_120s", "pressure_slope_300s")


@dataclass(frozen=True)
class Lines:
    """Says hypotension of whole cases.

    Attributes:
        chosen: which of the features, by number.
        mean, sd: of the training cases', (chosen,).
        odds, pressure: (HORIZONS, 1 + chosen), of standardised features: log odds; mmHg to add to the present pressure.
    """

    chosen: tuple[int, ...]
    mean: Array
    sd: Array
    odds: Array
    pressure: Array

    def answer(self, cases: Cases) -> Mapping[str, Array]:
        """Return the estimates at every sample, (samples, cases), NaN where nothing is said."""
        shown = material.shown(cases)
        inputs = with_one(shown.inputs[:, list(self.chosen)], self.mean, self.sd)
        chance = 1.0 / (1.0 + np.exp(-np.clip(np.einsum("hf,mfc->mhc", self.odds, inputs), -30.0, 30.0)))
        then = shown.level[:, None] + np.einsum("hf,mfc->mhc", self.pressure, inputs)
        return material.said(shown, chance, then, int(cases.samples(INTERVAL).max()))


class Logistic(Shipped):
    """Logistic regression on some of what is shown.

    Attributes:
        chosen: names of the features.
    """

    task = material.TASK
    question = material.QUESTION
    limits = material.LIMITS

    def __init__(self, name: str, chosen: tuple[str, ...], description: str):
        self.name, self.description = name, description  # type: ignore[misc]
        self.chosen = tuple(NAMES.index(one) for one in chosen)

    def of(self, weights: Weights) -> Lines:
        """Return what answers with these weights. Raises ValueError if they do not fit."""
        count = len(self.chosen)
        shapes = {
            "mean": (count,),
            "sd": (count,),
            **dict.fromkeys(("odds", "pressure"), (len(HORIZONS), 1 + count)),
        }
        for name, shape in shapes.items():
            if name not in weights.tensors or weights.tensors[name].shape != shape:
                raise ValueError(f"weights: {weights.path} has no {name} of shape {shape}")
        return Lines(self.chosen, *(weights.tensors[name].astype(float) for name in shapes))

    def learn(self, course: Course) -> Learned:
        """Fit all horizons."""
        shown, (happens, then) = material.shown(course.train), material.truths(course.train)
        inputs = np.moveaxis(shown.inputs[:, list(self.chosen)], 1, -1)[shown.asked].astype(float)
        mean, sd = inputs.mean(axis=0), inputs.std(axis=0) + 1e-6
        inputs = with_one(inputs.T, mean, sd).T
        change = np.moveaxis(then - shown.level[:, None], 1, 0)
        odds = [_odds(inputs, own[shown.asked]) for own in np.moveaxis(happens, 1, 0)]
        lines = [_line(inputs, own[shown.asked]) for own in change]
        course.report(1.0)
        return Learned({"mean": mean, "sd": sd, "odds": np.stack(odds), "pressure": np.stack(lines)})


def with_one(inputs: Array, mean: Array, sd: Array) -> Array:
    """Return features (..., chosen, cases) standardised and held, with a one before them."""
    lean = np.clip((inputs - mean[:, None]) / sd[:, None], -FARTHEST, FARTHEST)
    return np.concatenate([np.ones_like(lean[..., :1, :]), lean], axis=-2)


def _odds(inputs: Array, happens: Array) -> Array:
    """Return the coefficients of a logistic regression of (moments, chosen) on 0, 1 or NaN, by Newton's method.

    Raises:
        ValueError: all that is known is the same.
    """
    known = np.isfinite(happens)
    material.require_both(happens[known])
    return logistic(inputs[known], happens[known], STRENGTH)


def _line(inputs: Array, change: Array) -> Array:
    known = np.isfinite(change)
    inputs = inputs[known]
    pull = STRENGTH * len(inputs) * np.eye(inputs.shape[1])
    return np.linalg.solve(inputs.T @ inputs + pull, inputs.T @ change[known])


PRESSURE_ALONE = Logistic("hypotension_pressure", NOW, "Hypotension from the present pressure alone")
PRESSURE_SLOPE = Logistic(
    "hypotension_slope", SLOPE, "Hypotension from the present pressure and how it slopes"
)
ALL_FEATURES = Logistic(
    "hypotension_logistic",
    NAMES,
    f"Hypotension by logistic regression on {FEATURES} numbers of trends and doses",
)
