"""Depth from one number of the EEG: a rising or falling line through training cases, and cut points between levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from predictors.depth.eeg import epochs, material
from predictors.depth.eeg.answers import DEPTH, LEVEL
from predictors.depth.eeg.epochs import SILENT, STEPS
from predictors.depth.eeg.features import NAMES
from predictors.depth.eeg.levels import BORDERS, level_of
from predictors.learning.cases import Cases
from predictors.learning.contract import Course, Learned
from predictors.learning.weights import Shipped, Weights
from sim.arrays import Array

BACK = (1, 3, 6, STEPS)  # steps whose mean is taken; validation cases choose
POINTS = 33  # of a line


@dataclass(frozen=True)
class Reading:
    """Says depth of whole cases from one indicator.

    Attributes:
        source: name of the indicator.
        back: steps whose mean is taken.
        turned: -1 where the indicator falls with depth's index, 1 where it rises.
        grid, depth: the line, (points,).
        cuts: of the turned indicator, below which each border lies; rising to 80, 60, 40.
    """

    source: str
    back: int
    turned: float
    grid: Array
    depth: Array
    cuts: Array

    def answer(self, cases: Cases) -> Mapping[str, Array]:
        """Return depth and level at every step, (steps, cases); NaN where EEG has not been heard for too long."""
        values, age = indicator(cases, self.source)
        shown = self.turned * mean_of(values, self.back)
        said = {
            DEPTH: np.interp(shown, self.grid, self.depth),
            LEVEL: sum((shown < cut).astype(float) for cut in self.cuts),
        }
        return {name: np.where(age < SILENT, one, np.nan) for name, one in said.items()}


class Indicator(Shipped):
    """Depth from one indicator: isotonic regression and three cut points, both found on training cases.

    Attributes:
        source: name of the indicator, a feature or another signal of the same steps.
    """

    task = material.TASK
    question = material.QUESTION
    limits = material.LIMITS

    def __init__(self, source: str, description: str):
        self.source, self.name, self.description = source, f"eeg_{source}", description  # type: ignore[misc]

    def of(self, weights: Weights) -> Reading:
        """Return what answers with these weights. Raises ValueError if they do not fit."""
        tensors = weights.tensors
        shapes = {"back": (), "turned": (), "grid": (POINTS,), "depth": (POINTS,), "cuts": (len(BORDERS),)}
        for name, shape in shapes.items():
            if name not in tensors or tensors[name].shape != shape:
                raise ValueError(f"weights: {weights.path} has no {name} of shape {shape}")
        return Reading(
            self.source,
            int(tensors["back"]),
            float(tensors["turned"]),
            tensors["grid"],
            tensors["depth"],
            tensors["cuts"],
        )

    def learn(self, course: Course) -> Learned:
        """Fit for every length of the mean; keep the one whose levels are right most often on validation cases."""
        found = [fitted(course.train, self.source, back) for back in BACK]
        right = [_right(one, course.validation) for one in found]
        best = found[int(np.argmax(right))]
        names = ("back", "turned", "grid", "depth", "cuts")
        return Learned({name: np.asarray(getattr(best, name), dtype=float) for name in names})


def indicator(cases: Cases, source: str) -> tuple[Array, Array]:
    """Return an indicator (steps, cases), gaps held, and steps since it was known. Raises ValueError without it."""
    if source in NAMES:
        values, age = material.features_of(cases)
        return values[NAMES.index(source)], age
    values, age = epochs.held(cases[source][None])
    return values[0], age


def mean_of(values: Array, back: int) -> Array:
    """Return the mean of the last steps, (steps, cases); before the first it had always been so."""
    return epochs.windows(values[None])[0, -back:].mean(axis=0)


def fitted(cases: Cases, source: str, back: int) -> Reading:
    """Return the line and the cut points of cases."""
    from sklearn.isotonic import IsotonicRegression

    values, age = indicator(cases, source)
    chosen = material.moments(cases, age)
    depth = cases.label(material.TRUTH)[chosen].astype(float)
    shown = mean_of(values, back)[chosen].astype(float)
    turned = float(np.sign(np.corrcoef(shown, depth)[0, 1])) or 1.0
    shown = turned * shown
    grid = np.quantile(shown, np.linspace(0.0, 1.0, POINTS))
    line = IsotonicRegression(out_of_bounds="clip").fit(shown, depth)
    cuts = [_cut(IsotonicRegression(out_of_bounds="clip").fit(shown, depth >= border)) for border in BORDERS]
    return Reading(source, back, turned, grid, line.predict(grid), np.array(cuts))


def _cut(above: object) -> float:
    """Return where an isotonic probability of being above a border passes a half."""
    places, chances = above.X_thresholds_, above.y_thresholds_  # type: ignore[attr-defined]
    return float(places[np.argmax(chances >= 0.5)]) if (chances >= 0.5).any() else float(places[-1])


def _right(reading: Reading, cases: Cases) -> float:
    level, truth = reading.answer(cases)[LEVEL], level_of(cases.label(material.TRUTH))
    counted = np.isfinite(level) & np.isfinite(truth)
    return float((level == truth)[counted].mean())


PERMUTATION_ENTROPY = Indicator(
    "permutation_entropy", "Depth from permutation entropy: a line and cut points"
)
ALPHA_RATIO = Indicator("alpha_ratio", "Depth from the alpha ratio: a line and cut points")
BETA_RATIO = Indicator("beta_ratio", "Depth from the beta ratio: a line and cut points")
SPECTRAL_EDGE = Indicator("spectral_edge", "Depth from the spectral edge: a line and cut points")
OPENIBIS = Indicator("openibis", "Depth from openibis (Connor 2022): a line and cut points")
