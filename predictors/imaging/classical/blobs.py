"""Dark discs at several sizes: by how much what lies about a place is brighter than what lies within."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

RING = 1.5  # radii that the bright surroundings reach


def dark(images: Tensor, pixel: tuple[float, float], radii: tuple[float, ...]) -> Tensor:
    """Return how much darker discs are than the rings about them, (images, radii, height, width).

    Args:
        images: (images, height, width).
        pixel: mm, height and width.
        radii: of the discs, mm.
    """
    found = []
    for radius in radii:
        far = _far(RING * radius, pixel, images)
        inner = far <= radius
        weights = ~inner & (far <= RING * radius)
        kernel = weights / weights.sum() - inner / inner.sum()
        found.append(_slid(images, kernel))
    return torch.cat(found, 1)


def within(responses: Tensor, pixel: tuple[float, float], radii: tuple[float, ...]) -> Tensor:
    """Return for each place the strongest response of the discs that would cover it, in the shape of the responses."""
    covered = []
    for number, radius in enumerate(radii):
        half = [int(radius / side) for side in pixel]
        sides = [2 * one + 1 for one in half]
        covered.append(functional.max_pool2d(responses[:, number : number + 1], sides, 1, half))
    return torch.cat(covered, 1)


def _far(reach: float, pixel: tuple[float, float], like: Tensor) -> Tensor:
    """Return how far places of a window are from its middle, mm."""
    down, across = (
        side * torch.arange(-int(reach / side), int(reach / side) + 1, device=like.device) for side in pixel
    )
    return torch.hypot(down[:, None].float(), across[None].float())


def _slid(images: Tensor, kernel: Tensor) -> Tensor:
    """Return images (images, 1, height, width) correlated with a window; beyond the edge lies the edge."""
    half = [(side - 1) // 2 for side in kernel.shape]
    around = functional.pad(images[:, None], (half[1], half[1], half[0], half[0]), mode="replicate")
    return functional.conv2d(around, kernel[None, None].to(images.dtype))
