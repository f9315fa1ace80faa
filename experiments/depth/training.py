"""Gradient descent over whole cases: batches of sequences, a step size that rises and falls, the best epoch kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from experiments.depth.sequences import Sequences
from predictors.depth.forecasts import QUANTILES

BATCH = 24  # cases
LARGEST_GRADIENT = 1.0
MOST_LOOKS = 50  # at the validation cases, in the course of a training
Progress = Callable[[float], None]


@dataclass(frozen=True)
class Recipe:
    """How to descend: epochs, largest step size, weight decay, seed, device."""

    epochs: int = 40
    step: float = 4e-3
    decay: float = 1e-3
    seed: int = 0
    device: str = "cpu"


@dataclass(frozen=True)
class Fitted:
    """A trained network, its validation score (lower is better) at every epoch looked at, and the one kept."""

    network: nn.Module
    curve: list[tuple[int, float]]
    best: int


def descend(
    network: nn.Module,
    loss: Callable[[Tensor], Tensor],
    score: Callable[[], float],
    cases: int,
    recipe: Recipe,
    progress: Progress | None = None,
    batch: int = BATCH,
) -> Fitted:
    """Train in place.

    Args:
        network: on the recipe's device.
        loss: from indices of cases (or windows), drawn without replacement, to a scalar.
        score: of the network on validation cases, lower is better.
        cases: how many there are to draw from.
        recipe: see there.
        progress: called with the share done.
        batch: indices at once.
    """
    random = np.random.default_rng(recipe.seed)
    batches = math.ceil(cases / batch)
    steps = recipe.epochs * batches
    optimiser = torch.optim.AdamW(network.parameters(), recipe.step, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.step, total_steps=max(steps, 2))
    curve: list[tuple[int, float]] = []
    best, kept = math.inf, {}
    looks = math.ceil(recipe.epochs / MOST_LOOKS)
    for epoch in range(1, recipe.epochs + 1):
        network.train()
        order = torch.from_numpy(random.permutation(cases))
        for begin in range(0, cases, batch):
            optimiser.zero_grad()
            loss(order[begin : begin + batch].to(recipe.device)).backward()
            nn.utils.clip_grad_norm_(network.parameters(), LARGEST_GRADIENT)
            optimiser.step()
            schedule.step()
        if progress:
            progress(epoch / recipe.epochs)
        if epoch % looks and epoch < recipe.epochs:
            continue
        network.eval()
        with torch.no_grad():
            curve.append((epoch, score()))
        if curve[-1][1] < best:
            best = curve[-1][1]
            kept = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
    if not kept:
        raise ValueError("training: the validation score was never a number; the step size may be too large")
    network.load_state_dict(kept)
    return Fitted(network, curve, min(curve, key=lambda row: row[1])[0])


def known(target: Tensor) -> tuple[Tensor, Tensor]:
    """Return the targets with 0 where there are none, and which there are, as 0 and 1."""
    return target.nan_to_num(), (~target.isnan()).to(target.dtype)


def dose_loss(network: nn.Module, data: Sequences) -> Callable[[Tensor], Tensor]:
    """Return the mean squared error of BIS/10 on chosen cases."""

    def loss(chosen: Tensor) -> Tensor:
        answer, _ = network(data.inputs[:, chosen])
        target, weight = known(data.target[:, chosen])
        return (((10.0 * answer - target / 10.0) ** 2) * weight).sum() / weight.sum().clamp(min=1.0)

    return loss


def dose_score(network: nn.Module, data: Sequences) -> Callable[[], float]:
    """Return the root mean squared error, index points, over all cases."""

    def score() -> float:
        target, weight = known(data.target)
        total = 0.0
        for begin in range(0, target.shape[1], 128):
            part = slice(begin, begin + 128)
            answer, _ = network(data.inputs[:, part])
            total += float((((100.0 * answer - target[:, part]) ** 2) * weight[:, part]).sum())
        return math.sqrt(total / max(float(weight.sum()), 1.0))

    return score


def forecast_losses(forecast: Tensor, target: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return sums of pinball loss and squared error, and the count; forecast (..., 1 + quantiles), target (...)."""
    target, weight = known(target)
    error = target[..., None] - forecast[..., 1:]
    level = torch.tensor(QUANTILES, dtype=error.dtype, device=error.device)
    pinball = (torch.maximum(level * error, (level - 1.0) * error).mean(-1) * weight).sum()
    squared = (((target - forecast[..., 0]) ** 2) * weight).sum()
    return pinball, squared, weight.sum().clamp(min=1.0)


def forecast_loss(
    network: nn.Module, data: Sequences, seed: int, given: float = 0.5
) -> Callable[[Tensor], Tensor]:
    """Return pinball loss plus scaled squared error on chosen cases.

    Args:
        network: the forecaster.
        data: of the training cases.
        seed: of the lots, which of the cases tell their plan.
        given: share of cases told the doses that were given; the others learn from pumps going on unchanged.
    """
    random = torch.Generator(device=data.inputs.device).manual_seed(seed)
    level, now, unchanged, told = data.ahead()

    def loss(chosen: Tensor) -> Tensor:
        lot = torch.rand(len(chosen), generator=random, device=chosen.device) < given
        later = torch.where(lot[:, None, None], told[:, chosen].nan_to_num(), unchanged[:, chosen])
        forecast, _ = network(data.inputs[:, chosen], level[:, chosen], now[:, chosen], later)
        pinball, squared, count = forecast_losses(forecast, data.target[:, chosen])
        return (pinball + 0.03 * squared) / count

    return loss


def forecast_score(network: nn.Module, data: Sequences) -> Callable[[], float]:
    """Return the root mean squared error of the expected index over all horizons, pumps going on unchanged."""

    level, now, unchanged, _ = data.ahead()

    def score() -> float:
        total, count = 0.0, 0.0
        for begin in range(0, data.inputs.shape[1], 128):
            part = slice(begin, begin + 128)
            forecast, _ = network(data.inputs[:, part], level[:, part], now[:, part], unchanged[:, part])
            _, squared, number = forecast_losses(forecast, data.target[:, part])
            total, count = total + float(squared), count + float(number)
        return math.sqrt(total / max(count, 1.0))

    return score
