"""Gradient descent over whole cases: batches of them, a step size that rises and falls, the best epoch kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from predictors.learning.contract import Progress, Recipe

BATCH = 24  # cases
LARGEST_GRADIENT = 1.0
MOST_LOOKS = 50  # at the validation cases, in the course of a training


@dataclass(frozen=True)
class Lesson:
    """What a network is to learn.

    Attributes:
        loss: from indices of cases (or windows), drawn without replacement, to a scalar.
        score: of the network on validation cases, lower is better.
        count: how many indices there are to draw from.
        batch: indices at once.
        settle: of the network that was kept, to what a predictor needs beside its tensors.
    """

    loss: Callable[[Tensor], Tensor]
    score: Callable[[], float]
    count: int
    batch: int = BATCH
    settle: Callable[[], dict[str, Any]] = dict


@dataclass(frozen=True)
class Fitted:
    """The validation score (lower is better) at every epoch looked at, and the epoch kept."""

    curve: list[tuple[int, float]]
    best: int


def descend(
    network: nn.Module, lesson: Lesson, recipe: Recipe, report: Progress = lambda share: None
) -> Fitted:
    """Train a network, on the recipe's device, in place.

    Raises:
        ValueError: the validation score was never a number.
    """
    random = np.random.default_rng(recipe.seed)
    batches = math.ceil(lesson.count / lesson.batch)
    steps = recipe.epochs * batches
    optimiser = torch.optim.AdamW(network.parameters(), recipe.step, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.step, total_steps=max(steps, 2))
    curve: list[tuple[int, float]] = []
    best, best_epoch, kept = math.inf, 0, {}
    looks = math.ceil(recipe.epochs / MOST_LOOKS)
    for epoch in range(1, recipe.epochs + 1):
        network.train()
        order = torch.from_numpy(random.permutation(lesson.count))
        for begin in range(0, lesson.count, lesson.batch):
            optimiser.zero_grad()
            lesson.loss(order[begin : begin + lesson.batch].to(recipe.device)).backward()
            nn.utils.clip_grad_norm_(network.parameters(), LARGEST_GRADIENT)
            optimiser.step()
            schedule.step()
        report(epoch / recipe.epochs)
        if epoch % looks and epoch < recipe.epochs:
            continue
        network.eval()
        with torch.no_grad():
            curve.append((epoch, lesson.score()))
        if curve[-1][1] < best:
            best, best_epoch = curve[-1][1], epoch
            kept = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
    if not kept:
        raise ValueError("training: the validation score was never a number; the step size may be too large")
    network.load_state_dict(kept)
    return Fitted(curve, best_epoch)


def known(target: Tensor) -> tuple[Tensor, Tensor]:
    """Return the targets with 0 where there are none, and which there are, as 0 and 1."""
    return target.nan_to_num(), (~target.isnan()).to(target.dtype)


def parts(count: int, size: int = 128) -> list[slice]:
    """Return slices that together hold `count` cases, so that scoring them all stays in memory."""
    return [slice(begin, begin + size) for begin in range(0, count, size)]
