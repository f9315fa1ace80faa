"""Outlines beside outlines: how much they share, and how far their edges are apart.

Where one of two masks is empty they share nothing, and their edges are as far apart as the image is wide from corner to
corner; of two empty ones nothing is said (NaN).
"""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

FARTHER = (
    95.0  # % of the edges that are nearer than what is told: Huttenlocher's distance without its stragglers
)


def dice(one: Tensor, other: Tensor) -> Tensor:
    """Return twice what is shared by the sum of both, (...), of masks (..., height, width)."""
    both, either = _counts(one & other), _counts(one) + _counts(other)
    return torch.where(either > 0.0, 2.0 * both / either, torch.nan)


def iou(one: Tensor, other: Tensor) -> Tensor:
    """Return what is shared by what is covered, (...), of masks (..., height, width)."""
    both, either = _counts(one & other), _counts(one | other)
    return torch.where(either > 0.0, both / either, torch.nan)


def hd95(one: Tensor, other: Tensor, pixel: tuple[float, float]) -> Tensor:
    """Return from how far on the farthest 5 % of the edges lie, mm, (images,), the worse of both ways to look at it.

    Args:
        one, other: masks, (images, height, width).
        pixel: mm, height and width.
    """
    pairs = zip(one.cpu().numpy(), other.cpu().numpy(), strict=True)
    return torch.tensor([_apart(*pair, pixel) for pair in pairs], device=one.device)


def _apart(one: np.ndarray, other: np.ndarray, pixel: tuple[float, float]) -> float:
    if not (one.any() or other.any()):
        return math.nan
    if not (one.any() and other.any()):
        return math.hypot(*(sides * mm for sides, mm in zip(one.shape, pixel, strict=True)))
    edges = [mask & ~ndimage.binary_erosion(mask) for mask in (one, other)]
    away = [ndimage.distance_transform_edt(~edge, sampling=pixel) for edge in edges]
    return float(max(np.percentile(away[1 - side][edges[side]], FARTHER) for side in range(2)))


def middle(masks: Tensor, pixel: tuple[float, float]) -> Tensor:
    """Return the middle of masks (images, height, width), (images, 2), mm, x before z; NaN where nothing is inside."""
    inside = masks.float()
    shares = inside / inside.sum((1, 2), keepdim=True)
    x, z = _places(masks, pixel)
    return torch.stack([(shares * x).sum((1, 2)), (shares * z).sum((1, 2))], dim=1)


def outside(points: Tensor, masks: Tensor, pixel: tuple[float, float]) -> Tensor:
    """Return how far points, (images, 2), mm, lie outside of masks, (images,), mm: 0 inside, infinite of none."""
    x, z = _places(masks, pixel)
    aside = ((x - points[:, None, None, 0]).abs() - 0.5 * pixel[1]).clamp(min=0.0)
    below = ((z - points[:, None, None, 1]).abs() - 0.5 * pixel[0]).clamp(min=0.0)
    return torch.where(masks, torch.hypot(aside, below), torch.inf).amin((1, 2))


def _places(masks: Tensor, pixel: tuple[float, float]) -> tuple[Tensor, Tensor]:
    """Return x and z of the pixels' middles, mm, (1, width) and (height, 1)."""
    height, width = ((torch.arange(count, device=masks.device) + 0.5) for count in masks.shape[-2:])
    return pixel[1] * width[None], pixel[0] * height[:, None]


def without_specks(masks: Tensor, smallest: float) -> Tensor:
    """Return masks (images, height, width) without connected parts of fewer pixels."""
    kept = []
    for mask in masks.cpu().numpy():
        parts, _ = ndimage.label(mask)
        sizes = np.bincount(parts.ravel())
        kept.append(torch.from_numpy(mask & (sizes[parts] >= smallest)))
    return torch.stack(kept).to(masks.device)


def _counts(masks: Tensor) -> Tensor:
    return masks.flatten(-2).sum(-1).float()
