"""Volumes by discs: a cavity seen in one plane is turned about its long axis, as echocardiography does.

Discs are as thin as can be: by Pappus, what lies at a distance r from the axis sweeps a ring of 2πr, which it shares
with what lies opposite. No length has to be measured, which a jagged edge would falsify.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor


def volumes(masks: Tensor, pixel: tuple[float, float]) -> Tensor:
    """Return volumes, (images,), mL, of masks (images, height, width), 0 to 1; pixels in mm, height and width."""
    weight = masks.double()
    height, width = masks.shape[-2:]
    z, x = torch.meshgrid(
        (torch.arange(height, device=masks.device).double() + 0.5) * pixel[0],
        (torch.arange(width, device=masks.device).double() + 0.5) * pixel[1],
        indexing="ij",
    )
    total = weight.sum((1, 2)).clamp(min=1e-12)
    middle = ((weight * place).sum((1, 2)) / total for place in (x, z))
    aside, below = (place - one[:, None, None] for place, one in zip((x, z), middle, strict=True))
    spread = [(weight * one).sum((1, 2)) / total for one in (aside**2, below**2, aside * below)]
    turn = 0.5 * torch.atan2(2.0 * spread[2], spread[0] - spread[1])[:, None, None]  # of the long axis
    far = (below * turn.cos() - aside * turn.sin()).abs()
    return 1e-3 * math.pi * pixel[0] * pixel[1] * (weight * far).sum((1, 2))


def ejection(masks: Tensor, pixel: tuple[float, float]) -> Tensor:
    """Return what is ejected, (films,), %, between the largest and the smallest volume of a film.

    Args:
        masks: (films, frames, height, width), 0 to 1.
        pixel: mm, height and width.
    """
    found = volumes(masks.flatten(0, 1), pixel).reshape(masks.shape[:2])
    return 100.0 * (1.0 - found.amin(1) / found.amax(1).clamp(min=1e-12))


def largest(masks: Tensor) -> Tensor:
    """Return masks (..., height, width), bool, each without all but its largest connected part."""
    kept = []
    for mask in masks.flatten(0, -3).cpu().numpy():
        parts, count = ndimage.label(mask)
        sizes = np.bincount(parts.ravel())
        kept.append(torch.from_numpy(parts == 1 + sizes[1:].argmax() if count else mask))
    return torch.stack(kept).reshape(masks.shape).to(masks.device)
