"""Attention in a U-Net (Oktay, Medical Imaging with Deep Learning 2018; arXiv 1804.03999): gates on the way across.

What comes from below says where to look: places of what the way down saw are weighed from 0 to 1, by the sum of what
both tell, on the coarser grid; weights are interpolated.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from predictors.imaging.unet import LEVELS, WIDTH, UNet


class AttentionUNet(UNet):
    """A U-Net that weighs what is passed across; arguments as of `UNet`."""

    def __init__(self, outputs: int, inputs: int = 1, width: int = WIDTH, levels: int = LEVELS) -> None:
        super().__init__(outputs, inputs, width, levels)
        self.gates = nn.ModuleList(Gate(width * 2**level) for level in range(levels - 2, -1, -1))

    def passed(self, step: int, beside: Tensor, below: Tensor) -> Tensor:
        """Return what the way down saw, weighed; see `UNet`."""
        return beside * self.gates[step](beside, below)


class Gate(nn.Module):
    """Says how much each place counts.

    Args:
        channels: of what is weighed; what comes from below has twice as many.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.beside = nn.Conv2d(channels, channels, 2, stride=2, bias=False)
        self.below = nn.Conv2d(2 * channels, channels, 1)
        self.weight = nn.Conv2d(channels, 1, 1)

    def forward(self, beside: Tensor, below: Tensor) -> Tensor:
        """Return weights from 0 to 1, (images, 1, height, width), of what is beside."""
        logits = self.weight(functional.relu(self.beside(beside) + self.below(below)))
        return functional.interpolate(
            logits.sigmoid(), scale_factor=2.0, mode="bilinear", align_corners=False
        )
