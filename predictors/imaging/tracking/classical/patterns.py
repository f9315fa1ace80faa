"""Adaptive median binary patterns (Hafiane, ICPR 2014): which neighbours of a pixel are as bright as the local median.

The window of the median grows until the median is no extreme, as in adaptive median filters against impulse noise.
Turned patterns are told together (Ojala, IEEE PAMI 2002;24:971).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

CODES = 20  # the neighbour count of uniform patterns or that they are not uniform, by the pixel itself
SIDES = 3, 5  # of the median's window, at first and grown


def codes(images: Tensor) -> Tensor:
    """Return each pixel's code, 0 to 19, (images, height, width)."""
    threshold = _median(images)
    height, width = images.shape[-2:]
    padded = functional.pad(images[:, None], (1, 1, 1, 1), mode="replicate")[:, 0]
    ring = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))
    bits = torch.stack(
        [padded[:, z : z + height, x : x + width] >= threshold for z, x in ring]
    )  # round the pixel
    changes = (bits != bits.roll(1, 0)).sum(0)
    pattern = torch.where(changes <= 2, bits.sum(0), len(ring) + 1)
    return pattern + 10 * (images >= threshold)


def sums(images: Tensor) -> Tensor:
    """Return how often each code stands above and left of each corner, (images, height + 1, width + 1, 20)."""
    each = functional.one_hot(codes(images), CODES).float()
    return functional.pad(each.cumsum(1).cumsum(2), (0, 0, 1, 0, 1, 0))


def histograms(table: Tensor, boxes: Tensor) -> Tensor:
    """Return the shares of codes within boxes (images, boxes, 4), pixels, from `sums`: (images, boxes, 20)."""
    height, width = table.shape[1] - 1, table.shape[2] - 1
    left, right = (
        (boxes[..., 0] + sign * boxes[..., 2]).round().long().clamp(0, width) for sign in (-0.5, 0.5)
    )
    top, bottom = (
        (boxes[..., 1] + sign * boxes[..., 3]).round().long().clamp(0, height) for sign in (-0.5, 0.5)
    )
    image = torch.arange(len(table), device=table.device)[:, None]
    counts = table[image, bottom, right] - table[image, top, right]
    counts = counts - table[image, bottom, left] + table[image, top, left]
    return counts / counts.sum(-1, keepdim=True).clamp(min=1.0)


def _median(images: Tensor) -> Tensor:
    """Return the median about each pixel, of the smallest window where it is neither the least nor the largest."""
    width = images.shape[-1]
    about = _about(images, SIDES[0]).sort(dim=1).values
    middle = about[:, about.shape[1] // 2]
    image, place = ((middle == about[:, 0]) | (middle == about[:, -1])).nonzero(as_tuple=True)
    half = SIDES[1] // 2
    padded = functional.pad(images[:, None], (half,) * 4, mode="replicate")[:, 0]
    steps = torch.arange(SIDES[1], device=images.device)
    down, across = (place // width)[:, None, None] + steps[:, None], (place % width)[:, None, None] + steps
    middle[image, place] = padded[image[:, None, None], down, across].flatten(1).median(dim=1).values
    return middle.reshape(images.shape)


def _about(images: Tensor, side: int) -> Tensor:
    """Return the pixels about each pixel, (images, side * side, pixels)."""
    half = side // 2
    return functional.unfold(functional.pad(images[:, None], (half,) * 4, mode="replicate"), side)
