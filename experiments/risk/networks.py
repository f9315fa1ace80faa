"""Networks as learners, beside the classical models: over a table, and over a table with series."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from experiments.risk.classical import Inputs, of_each
from experiments.risk.contract import Learner
from predictors.risk.dense import perceptron
from predictors.risk.fritz2019 import Watched, multipath
from sim.outcomes.people import People


def over_table(inputs: Inputs) -> Learner:
    """Return the multilayer perceptron as a learner of features."""
    return partial(of_each, _perceptron, inputs)


def over_series(inputs: Inputs, channels: tuple[str, ...], in_order: bool = True) -> Learner:
    """Return the multipath network as a learner.

    Args:
        inputs: what is shown of columns.
        channels: which series are shown.
        in_order: whether minutes are shown in their order, or in one by lot, another for everybody.
    """
    return partial(
        of_each, _multipath if in_order else _multipath_shuffled, partial(watched, inputs, channels)
    )


def watched(inputs: Inputs, channels: tuple[str, ...], people: People) -> Watched:
    """Return columns and series as the multipath network is shown them."""
    return Watched(inputs(people), np.ascontiguousarray(people.watched(channels).transpose(2, 1, 0)))


def _perceptron(values: np.ndarray, label: np.ndarray, seed: int) -> Callable[[np.ndarray], np.ndarray]:
    return perceptron(values, label, seed).probability


def _multipath(shown: Watched, label: np.ndarray, seed: int) -> Callable[[Watched], np.ndarray]:
    return multipath(shown, label, seed)[0].probability


def _multipath_shuffled(shown: Watched, label: np.ndarray, seed: int) -> Callable[[Watched], np.ndarray]:
    model, _ = multipath(shown.shuffled(seed), label, seed)
    return lambda people: model.probability(people.shuffled(seed + 1))
