"""How risk networks descend: cross-entropy of log odds over people, some of whom are set aside to choose the epoch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from predictors.learning.contract import Recipe
from predictors.learning.descent import Fitted, Lesson, descend, parts

ASIDE = 0.15  # of the people
BATCH = 64


def learn(
    network: nn.Module,
    inputs: tuple[Tensor, ...],
    label: np.ndarray,
    seed: int,
    recipe: Recipe,
    batch: int = BATCH,
) -> Fitted:
    """Train a network in place.

    Args:
        network: takes the inputs of some people, answers log odds, (people,).
        inputs: (people, ...) each.
        label: (people,), 0 or 1; at least two people of each.
        seed: of the order, and of who is set aside: as many of both kinds as there are among all.
        recipe: how to descend.
        batch: people at once.
    """
    target = torch.from_numpy(label.astype(np.float32))
    aside = set_aside(label, seed)
    rest = torch.from_numpy(np.flatnonzero(~aside))
    kept = torch.from_numpy(np.flatnonzero(aside))

    def loss(chosen: Tensor) -> Tensor:
        rows = rest[chosen]
        return nn.functional.binary_cross_entropy_with_logits(
            network(*(one[rows] for one in inputs)), target[rows]
        )

    def score() -> float:
        said = torch.cat([network(*(one[kept[part]] for one in inputs)) for part in parts(len(kept), 2048)])
        return float(nn.functional.binary_cross_entropy_with_logits(said, target[kept]))

    return descend(network, Lesson(loss, score, len(rest), batch), replace(recipe, seed=seed))


def set_aside(label: np.ndarray, seed: int, share: float = ASIDE) -> np.ndarray:
    """Return who is set aside, (people,) bool: of each kind the share, and at least one."""
    random = np.random.default_rng(seed)
    aside = np.zeros(len(label), dtype=bool)
    for kind in np.unique(label):
        own = np.flatnonzero(label == kind)
        aside[random.permutation(own)[: max(1, round(share * len(own)))]] = True
    return aside
