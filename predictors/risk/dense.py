"""A multilayer perceptron over a table: values filled in and standardised, beside them whether they were missing."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from predictors.learning.contract import Recipe
from predictors.risk.descending import BATCH, learn

HIDDEN = (64, 32)
DROPOUT = 0.1
STEPS = 80  # of an epoch, about, where there are many people
RECIPE = Recipe(epochs=40, step=4e-3, decay=1e-2)


@dataclass(frozen=True)
class Scale:
    """How columns are shown: medians that fill in, then means and SDs; of the people learned from, (columns,) each."""

    median: np.ndarray
    mean: np.ndarray
    sd: np.ndarray

    @staticmethod
    def of(values: np.ndarray) -> Scale:
        """Return the scale of (people, columns), NaN where missing; of a column that nobody has it is 0 and 1."""
        there = np.isfinite(values).any(axis=0)
        median = np.zeros(values.shape[1])
        median[there] = np.nanmedian(values[:, there], axis=0)
        filled = np.where(np.isnan(values), median, values)
        return Scale(median, filled.mean(axis=0), filled.std(axis=0) + 1e-6)

    def shown(self, values: np.ndarray) -> np.ndarray:
        """Return standardised columns and whether each was missing, (people, 2 columns)."""
        missing = np.isnan(values)
        filled = np.where(missing, self.median, values)
        return np.concatenate([(filled - self.mean) / self.sd, missing], axis=1).astype(np.float32)


class Dense(nn.Module):
    """Layers of rectified units that answer log odds.

    Args:
        inputs: columns shown.
        hidden: units of the layers.
    """

    def __init__(self, inputs: int, hidden: Sequence[int] = HIDDEN):
        super().__init__()
        sizes = [inputs, *hidden]
        layers: list[nn.Module] = []
        for before, after in itertools.pairwise(sizes):
            layers += [nn.Linear(before, after), nn.ReLU(), nn.Dropout(DROPOUT)]
        self.layers = nn.Sequential(*layers, nn.Linear(sizes[-1], 1))

    def forward(self, shown: Tensor) -> Tensor:
        """Return log odds, (people,), of (people, inputs)."""
        return self.layers(shown)[:, 0]


@dataclass(frozen=True)
class Perceptron:
    """A network with the scale of what it is shown."""

    scale: Scale
    network: Dense

    def probability(self, values: np.ndarray) -> np.ndarray:
        """Return probabilities, (people,), of (people, columns), NaN where missing."""
        with torch.no_grad():
            shown = torch.from_numpy(self.scale.shown(values)).to(next(self.network.parameters()).dtype)
            return torch.sigmoid(self.network(shown)).numpy().astype(float)


def perceptron(values: np.ndarray, label: np.ndarray, seed: int, recipe: Recipe = RECIPE) -> Perceptron:
    """Return a network that learned from a table; some people aside choose the epoch.

    Args:
        values: (people, columns), NaN where missing.
        label: (people,), 0 or 1.
        seed: of weights, order and who is set aside.
        recipe: how to descend.
    """
    scale = Scale.of(values)
    torch.manual_seed(seed)
    network = Dense(2 * values.shape[1])
    learn(
        network,
        (torch.from_numpy(scale.shown(values)),),
        label,
        seed,
        recipe,
        max(BATCH, len(label) // STEPS),
    )
    return Perceptron(scale, network)
