"""Ultrasound images as other machines and hands might show them: so that a network learns less of one machine.

Gain, contrast, gain with depth, sharpness and noise of the screen, and sectors in which contact is lost. All ranges
were chosen before anything was tried on another machine.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

GAIN, SLOPE = 0.15, 0.2  # SD, of grey, and from top to bottom
CONTRAST = 0.3  # SD of its logarithm
NOISE = 0.05  # of grey, most of its SD
KERNEL = 7  # pixels
BLURRED = 1.2  # pixels, most of an SD
LOST = 0.5  # of the images
LOSS = 0.7  # of grey, most
SECTOR = 0.25  # most of its half width, of the field at its lower edge


def varied(images: Tensor) -> Tensor:
    """Return other images (images, height, width), 0 to 1, of the same places; by torch's own chance."""
    count, height = images.shape[:2]
    down = torch.linspace(-0.5, 0.5, height, device=images.device)[:, None]
    gain, slope, contrast = (torch.randn(count, 1, 1, device=images.device) for _ in range(3))
    grey = _blurred(images)
    grey = (grey - 0.5) * (CONTRAST * contrast).exp() + 0.5 + GAIN * gain + SLOPE * slope * down
    grey = grey + NOISE * torch.rand(count, 1, 1, device=images.device) * torch.randn_like(grey)
    return (grey - _lost(images)).clamp(0.0, 1.0) * (images > 0.0)


def _blurred(images: Tensor) -> Tensor:
    """Return images each blurred by a normal curve of its own, in both directions."""
    place = torch.arange(KERNEL, device=images.device) - KERNEL // 2
    parts = images[None]
    for shape in ((1, 1, KERNEL, 1), (1, 1, 1, KERNEL)):
        spread = BLURRED * torch.rand(len(images), 1, device=images.device).clamp(min=0.05)
        bell = torch.exp(-0.5 * (place / spread) ** 2)
        bell = (bell / bell.sum(1, keepdim=True)).reshape(-1, *shape[1:])
        parts = functional.conv2d(parts, bell, padding=(shape[2] // 2, shape[3] // 2), groups=len(images))
    return parts[0]


def _lost(images: Tensor) -> Tensor:
    """Return how much grey is lost in a sector from the middle of the upper edge, behind a place near it."""
    count, height, width = images.shape
    down = ((torch.arange(height, device=images.device) + 0.5) / height)[:, None]
    across = (torch.arange(width, device=images.device) + 0.5) / width - 0.5
    where, wide, much, chance = torch.rand(4, count, 1, 1, device=images.device)
    inside = (across / down - (where - 0.5)).abs() < SECTOR * wide
    return inside * LOSS * much * (chance < LOST)
