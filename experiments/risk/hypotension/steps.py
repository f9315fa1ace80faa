"""How a recorded pressure goes on: its next value, ten seconds later, given what has been seen of the case.

Physiology alone makes pressures whose dips are too much alike. So there is a second generator without any physiology:
the expected step and the log of its size are linear in what predictors are shown, and what is left over is drawn from
the quantiles of what recorded steps left over. Its numbers are fitted to recorded subjects of part `train`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL, follow
from predictors.risk.hypotension import trends
from predictors.risk.hypotension.trends import NAMES, Trends
from sim.arrays import Array
from sim.interfaces import Readings

TABLE = Path(__file__).parent / "steps.json"
UNSEEN = tuple(name.startswith("heart_rate") for name in NAMES)  # another generator makes heart rates
BENDS = (-0.5, 0.0, 0.5, 1.0)  # of the pressure now, as it is shown, below which steps may differ
SMALLEST = 0.3  # mmHg, of a size whose log is taken
QUANTILES = 201
RIDGE = 30.0  # samples' worth of doubt
RANGE = (35.0, 145.0)  # mmHg, that steps stay in
FIRST = 30  # samples of a case, whose pressures say how cases begin


@dataclass(frozen=True)
class Steps:
    """Attributes: step, size: (inputs,), of expected step, mmHg, and log size; left: (QUANTILES,), of steps over size;
    start: mean and SD of the first pressures, mmHg.
    """

    step: Array
    size: Array
    left: Array
    start: Array

    def next(self, shown: Array, last: Array, luck: Array) -> Array:
        """Return the next pressures, mmHg, (cases,).

        Args:
            shown: (FEATURES, cases).
            last: mmHg.
            luck: 0-1.
        """
        inputs = inputs_of(shown)
        left = np.interp(luck, np.linspace(0.0, 1.0, len(self.left)), self.left)
        return np.clip(last + self.step @ inputs + np.exp(np.minimum(self.size @ inputs, 2.5)) * left, *RANGE)

    @classmethod
    def read(cls, path: Path = TABLE) -> Steps:
        """Return the numbers that were kept."""
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(*(np.array(content[name]) for name in ("step", "size", "left", "start")))


def inputs_of(shown: Array) -> Array:
    """Return what steps follow from, (inputs, ...), of what predictors are shown, (FEATURES, ...)."""
    seen = np.delete(shown, np.flatnonzero(UNSEEN), axis=0)
    bends = [np.maximum(bend - shown[0], 0.0) for bend in BENDS]
    return np.concatenate([np.clip(seen, -6.0, 6.0), np.stack([*bends, np.ones_like(shown[0])])])


def fit(cases: Cases) -> Steps:
    """Return the numbers that describe the steps of recorded cases best, by ridge regressions."""

    def step(memory: Trends, seen: Readings) -> tuple[Trends, dict[str, Array]]:
        memory = trends.look(memory, seen, INTERVAL)
        known = np.where(memory.age < 1.0, memory.last, np.nan)
        return memory, {"inputs": inputs_of(trends.features(memory)), "now": known}

    said = follow(step, trends.begin(cases.person), cases)
    change = said["now"][1:] - said["now"][:-1]
    known = np.isfinite(change)
    inputs = np.moveaxis(said["inputs"], 1, -1)[:-1][known].astype(float)
    change = change[known].astype(float)
    expected = _ridge(inputs, change)
    rest = change - inputs @ expected
    size = _ridge(inputs, np.log(np.abs(rest) + SMALLEST))
    left = np.quantile(rest / np.exp(inputs @ size), np.linspace(0.0, 1.0, QUANTILES))
    first = np.array([_first(own) for own in said["now"].T])
    return Steps(expected, size, left, np.array([np.nanmean(first), np.nanstd(first)]))


def _first(pressure: Array) -> float:
    known = pressure[np.isfinite(pressure)][:FIRST]
    return float(known.mean()) if len(known) else float("nan")


def _ridge(inputs: Array, target: Array) -> Array:
    scale = inputs.std(axis=0)
    scale = np.where(scale > 0.0, scale, 1.0)  # what never varies is left to the doubt
    lean = inputs / scale
    doubt = RIDGE * np.eye(lean.shape[1])
    doubt[-1, -1] = 0.0
    return np.linalg.solve(lean.T @ lean + doubt, lean.T @ target) / scale
