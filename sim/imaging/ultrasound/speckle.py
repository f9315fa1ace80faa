"""Scatterers too small to be seen: complex white noise that belongs to the tissue, moves and fades with it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from sim.randomness import normals

PURPOSE = "speckle"


def scatterers(keys: Tensor, shape: Sequence[int], frame: int = 0, purpose: str = PURPOSE) -> Tensor:
    """Return complex normal numbers of unit variance, (images, rows, beams): those of an image are its own.

    Args:
        keys: (images,), int64, of `sim.randomness.case_keys`.
        shape: rows and beams.
        frame: other numbers for every frame.
        purpose: what they are for.
    """
    count = 2 * math.prod(shape)
    places = torch.arange(count, device=keys.device) + frame * count
    each = keys.repeat_interleave(count)
    example = torch.zeros((), device=keys.device)
    drawn = normals(each, purpose, places.repeat(len(keys)), 1, example).reshape(len(keys), 2, *shape)
    return torch.complex(drawn[:, 0], drawn[:, 1]) * math.sqrt(0.5)


def renewed(field: Tensor, fresh: Tensor, kept: float) -> Tensor:
    """Return scatterers a frame later, of which a correlation `kept` is left: what moves out of plane is new."""
    return kept * field + math.sqrt(1.0 - kept * kept) * fresh


def carried(field: Tensor, rows: Tensor, beams: Tensor) -> Tensor:
    """Return scatterers of moved tissue: at each sample those that lay so many samples further on at first.

    From the first frame at once with the whole way: moved step by step, speckle would grow coarser. Between samples,
    numbers are mixed so that their variance stays 1. What comes from outside has the edge's.

    Args:
        field: (images, rows, beams), complex, at first.
        rows, beams: (images, rows, beams), how many samples further on.
    """
    count, height, width = field.shape
    place = torch.arange(height, device=field.device)[:, None] + rows
    across = torch.arange(width, device=field.device) + beams
    place, across = place.clamp(0, height - 1.001), across.clamp(0, width - 1.001)
    top, left = place.floor(), across.floor()
    down, right = place - top, across - left
    first = (top * width + left).long().flatten(1)
    flat = field.flatten(1)
    total, variance = torch.zeros_like(field), torch.zeros_like(down)
    for further, of_row in ((0, 1.0 - down), (width, down)):
        for beside, of_beam in ((0, 1.0 - right), (1, right)):
            weight = of_row * of_beam
            total = total + weight * flat.gather(1, first + further + beside).reshape(count, height, width)
            variance = variance + weight * weight
    return total / variance.sqrt()
