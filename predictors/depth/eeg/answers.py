"""What a network says of depth, how it is taught that, and how it is said to others."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from predictors.depth.eeg.levels import NAMES
from predictors.depth.eeg.material import Examples
from predictors.learning.descent import Lesson
from sim.arrays import Array

QUANTILES = (0.1, 0.5, 0.9)
DEPTH, LOW, HIGH, LEVEL = "depth", "depth_q10", "depth_q90", "depth_level"
ESTIMATES: Mapping[str, tuple[float, float, str]] = {
    DEPTH: (0.0, 100.0, ""),
    LOW: (0.0, 100.0, ""),
    HIGH: (0.0, 100.0, ""),
    LEVEL: (0.0, 3.0, ""),
}
AT_ONCE = 8192  # moments, when nothing is learned
ACROSS = 0.05  # weight of the quantiles' loss, in points, beside the cross-entropy of levels


class Head(nn.Module):
    """A summary to the log odds of the levels and to quantiles of depth, 0-100, in order."""

    def __init__(self, units: int):
        super().__init__()
        self.levels = nn.Linear(units, len(NAMES))
        self.depth = nn.Linear(units, len(QUANTILES))

    def forward(self, summary: Tensor) -> tuple[Tensor, Tensor]:
        """Return log odds (..., 4) and quantiles (..., 3) from (..., units)."""
        down, middle, up = self.depth(summary).unbind(-1)
        median = 100.0 * torch.sigmoid(middle)
        low = median * torch.sigmoid(2.0 - down)
        high = median + (100.0 - median) * torch.sigmoid(up - 2.0)
        return self.levels(summary), torch.stack([low, median, high], dim=-1)


def loss(said: tuple[Tensor, Tensor], depth: Tensor, level: Tensor) -> Tensor:
    """Return cross-entropy of the levels and pinball loss of the quantiles, of (moments,)."""
    odds, quantiles = said
    miss = depth[:, None] - quantiles
    share = torch.tensor(QUANTILES, dtype=miss.dtype, device=miss.device)
    pinball = torch.maximum(share * miss, (share - 1.0) * miss).sum(-1).mean()
    return nn.functional.cross_entropy(odds, level) + ACROSS * pinball


def lesson(network: nn.Module, train: Examples, validation: Examples, batch: int) -> Lesson:
    """Return what a network is to learn from examples, and how well it does on others."""

    def taught(chosen: Tensor) -> Tensor:
        return loss(network(train.inputs[chosen]), train.depth[chosen], train.level[chosen])

    def score() -> float:
        total = 0.0
        for part in torch.arange(len(validation.depth)).split(AT_ONCE):
            said = network(validation.inputs[part])
            total += float(loss(said, validation.depth[part], validation.level[part])) * len(part)
        return total / max(len(validation.depth), 1)

    return Lesson(taught, score, len(train.depth), batch)


def spoken(odds: Tensor, quantiles: Tensor) -> dict[str, Array]:
    """Return estimates by name, (moments,), from log odds (moments, 4) and quantiles (moments, 3)."""
    low, median, high = quantiles.numpy().T
    return {DEPTH: median, LOW: low, HIGH: high, LEVEL: odds.numpy().argmax(axis=1).astype(float)}
