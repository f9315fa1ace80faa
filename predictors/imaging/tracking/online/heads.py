"""Heads that tell the nerve from what is beside it, one a film, learned from windows of that film alone.

Logistic regressions with a ridge, both kinds of windows counting alike, by Newton's steps: a few from where they are.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

RIDGE = 1e-2
STEPS = 4
NEAR, BESIDE = 0.7, 0.4  # overlap from which a window shows the nerve, and up to which it does not


def fitted(features: Tensor, shown: Tensor, weights: Tensor | None = None, steps: int = STEPS) -> Tensor:
    """Return weights, (films, features + 1), the last one the level.

    Args:
        features: (films, windows, features).
        shown: (windows,), whether they show the nerve.
        weights: from where to go on; from 0 by default.
        steps: of Newton.
    """
    known = functional.pad(features, (0, 1), value=1.0)
    share = shown.to(features) / shown.sum() + (~shown).to(features) / (~shown).sum()
    ridge = RIDGE * torch.eye(known.shape[2], device=known.device)
    if weights is None:
        weights = known.new_zeros((len(known), known.shape[2]))
    for _ in range(steps):
        likely = (known @ weights[..., None])[..., 0].sigmoid()
        slope = ((share * (likely - shown.to(likely)))[:, None] @ known)[:, 0] + RIDGE * weights
        curve = (share * likely * (1.0 - likely))[..., None] * known
        weights = weights - torch.linalg.solve(known.transpose(1, 2) @ curve + ridge, slope)
    return weights


def answers(features: Tensor, weights: Tensor) -> Tensor:
    """Return log odds that windows show the nerve, (films, windows)."""
    return (functional.pad(features, (0, 1), value=1.0) @ weights[..., None])[..., 0]


def around(device: torch.device) -> tuple[Tensor, Tensor]:
    """Return where windows lie that are told apart, (windows, 2), boxes from the nerve, and whether they show it."""
    near, far = (torch.linspace(-reach, reach, 9, device=device) for reach in (0.16, 1.0))
    offsets = torch.cat([torch.cartesian_prod(near, near), torch.cartesian_prod(far, far)])
    shared = (1.0 - offsets.abs()).clamp(min=0.0).prod(1)
    overlap = shared / (2.0 - shared)
    kept = (overlap >= NEAR) | (overlap <= BESIDE)
    return offsets[kept], overlap[kept] >= NEAR


def moved(boxes: Tensor, offsets: Tensor) -> Tensor:
    """Return boxes (films, 4) at each of these places about them, (films, windows, 4)."""
    middles = boxes[:, None, :2] + offsets * boxes[:, None, 2:]
    return torch.cat([middles, boxes[:, None, 2:].expand_as(middles)], dim=2)
