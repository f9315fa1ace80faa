"""Points in a stack of planes, from what is seen in each: a map's mass may lie in any of them."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from predictors.imaging import heat

SPREAD = 1.0  # SD of a taught map across planes, in planes (choice)


def pooled(places: Tensor, weights: Tensor, spacing: float) -> Tensor:
    """Return the mean place of a stack, (stacks, 3), x, z and across planes, by how much each plane counts.

    Args:
        places: (stacks, planes, 2), x and z in each.
        weights: (stacks, planes), logits.
        spacing: from plane to plane; the first one lies at half of it.
    """
    share = functional.softmax(weights, dim=1)
    across = (share * _middles(weights, spacing)).sum(1)
    return torch.cat([(share[..., None] * places).sum(1), across[:, None]], dim=1)


def points(maps: Tensor, pixel: tuple[float, float], spacing: float) -> Tensor:
    """Return the mean place, (stacks, 3), mm, of one map over a stack, (stacks, planes, height, width), of logits."""
    return pooled(heat.points(maps, pixel), _masses(maps), spacing)


def loss(maps: Tensor, target: Tensor, pixel: tuple[float, float], spacing: float) -> Tensor:
    """Return how far points are off, mm, and how far maps are from a normal one about the target, (stacks,).

    The divergence over the stack is that over planes, and that within each, weighed with what it should hold.

    Args:
        maps: (stacks, planes, height, width), logits.
        target: (stacks, 3), mm.
        pixel: mm, height and width.
        spacing: mm from plane to plane.
    """
    off = (_middles(maps, spacing) - target[:, 2:]) / (SPREAD * spacing)
    wanted = functional.log_softmax(-0.5 * off**2, dim=1)
    across = wanted - functional.log_softmax(_masses(maps), dim=1)
    within = heat.divergence(maps, target[:, None, :2], pixel)
    divergence = (wanted.exp() * (across + within)).sum(1)
    return (points(maps, pixel, spacing) - target).abs().sum(1) + heat.WEIGHT * divergence


def _masses(maps: Tensor) -> Tensor:
    """Return the logarithm of the mass of each plane, (stacks, planes)."""
    return maps.flatten(2).logsumexp(dim=2)


def _middles(planes: Tensor, spacing: float) -> Tensor:
    """Return where planes lie across the stack."""
    return (torch.arange(planes.shape[1], device=planes.device) + 0.5) * spacing
