"""A small U-Net (Ronneberger, MICCAI 2015): from images to maps of the same size."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTH, LEVELS = 8, 4


class UNet(nn.Module):
    """Down by halves and up again, each level seeing what the way down saw there.

    Args:
        outputs: maps.
        inputs: channels.
        width: channels of the first level; each level below has twice as many.
        levels: how often an image is halved, plus one; its sides must allow that.
    """

    def __init__(self, outputs: int, inputs: int = 1, width: int = WIDTH, levels: int = LEVELS) -> None:
        super().__init__()
        sizes = [width * 2**level for level in range(levels)]
        self.down = nn.ModuleList(_block(*pair) for pair in zip([inputs, *sizes], sizes, strict=False))
        self.up = nn.ModuleList(_block(2 * a + a, a) for a in sizes[-2::-1])
        self.out = nn.Conv2d(width, outputs, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Return (images, outputs, height, width) of (images, inputs, height, width)."""
        kept = self.layers(images)
        x = kept[-1]
        for step, (block, beside) in enumerate(zip(self.up, kept[-2::-1], strict=True)):
            larger = functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = block(torch.cat([larger, self.passed(step, beside, x)], 1))
        return self.out(x)

    def layers(self, images: Tensor) -> list[Tensor]:
        """Return what each level of the way down sees, the finest first."""
        kept, x = [], images.contiguous(memory_format=torch.channels_last)  # twice as quick on processors
        for level, block in enumerate(self.down):
            x = block(functional.max_pool2d(x, 2) if level else x)
            kept.append(x)
        return kept

    def passed(self, step: int, beside: Tensor, below: Tensor) -> Tensor:
        """Return what the way up is shown of the way down at a step: all of it here.

        Args:
            step: of the way up, from 0 at the coarsest.
            beside: what the way down saw there, (images, channels, height, width).
            below: what comes up, of twice as many channels and half the size.
        """
        return beside


def outline_loss(logits: Tensor, wanted: Tensor) -> Tensor:
    """Return the cross-entropy of pixels, and one minus Dice, of outlines (images, height, width)."""
    said = logits.sigmoid()
    overlap = 2.0 * (said * wanted).sum((1, 2)) / (said + wanted).sum((1, 2)).clamp(min=1.0)
    return functional.binary_cross_entropy_with_logits(logits, wanted) + 1.0 - overlap.mean()


def _block(inputs: int, outputs: int) -> nn.Sequential:
    layers = []
    for first in (inputs, outputs):
        layers += [nn.Conv2d(first, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
    return nn.Sequential(*layers)
