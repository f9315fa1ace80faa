"""Continuity round the mitral annulus (Andreassen, IEEE J Biomed Health Inform 2020;24:994).

Every plane is read alone; a heart's hinges are then drawn towards one closed curve. Here it is a Fourier series of low
order, of the distance from the axis about which planes are turned and of the depth, and hinges far off it count less
(Huber, Ann Math Stat 1964;35:73). The abstract says that continuity was enforced, not how: the series is ours.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

ORDER = 3
TUNING = 1.345  # SDs from which a hinge counts less: 95 % efficient where errors are normal
ROUNDS = 10
NORMAL = 1.1774  # median distance of points in a plane, in SDs of an axis


def continuous(hinges: Tensor, angle: Tensor, axis: float) -> Tensor:
    """Return where a closed curve through a volume's hinges meets its planes, in the shape of `hinges`.

    Args:
        hinges: (volumes, planes, 2, 2), mm, x before z, the left one first; more planes than twice the order.
        angle: (volumes, planes), radians, of half a turn: the right hinge's direction, the left one's lies opposite.
        axis: x of what planes are turned about, mm.
    """
    sides = hinges.new_tensor([-1.0, 1.0])
    out = (hinges[..., 0] - axis) * sides
    ring = torch.stack([out, hinges[..., 1]], dim=-1).flatten(1, 2)
    around = torch.stack([angle + math.pi, angle], dim=-1).flatten(1)
    fitted = _fitted(ring, _series(around)).unflatten(1, hinges.shape[1:3])
    return torch.stack([fitted[..., 0] * sides + axis, fitted[..., 1]], dim=-1)


def _series(around: Tensor) -> Tensor:
    """Return a constant, cosines and sines, (volumes, points, 1 + 2 x order)."""
    turns = around[..., None] * torch.arange(1, ORDER + 1, device=around.device)
    return torch.cat([torch.ones_like(around)[..., None], turns.cos(), turns.sin()], dim=-1)


def _fitted(ring: Tensor, series: Tensor) -> Tensor:
    """Return the least squares of points (volumes, points, 2), in which those far off weigh less and less."""
    weight = torch.ones_like(ring[..., :1])
    for _ in range(ROUNDS):
        weighted = series.mT @ (weight * series)
        fitted = series @ torch.linalg.solve(weighted, series.mT @ (weight * ring))
        far = (ring - fitted).norm(dim=-1, keepdim=True)
        spread = (far.median(dim=1, keepdim=True).values / NORMAL).clamp(min=1e-3)
        weight = (TUNING * spread / far.clamp(min=1e-6)).clamp(max=1.0)
    return fitted
