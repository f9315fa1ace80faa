"""Ejection straight from a film (Ouyang, Nature 2020;580:252): convolutions in the plane and in time, taken apart.

The published network is R(2+1)D-18, learned before from other films; this one has the same kind of layers, but few, and
is shown beside each frame what has changed since the first (ours).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

Sides = tuple[int, int, int]
SIZES = 12, 24, 48, 64


class FilmNetwork(nn.Module):
    """What a film shows, as a share from 0 to 1."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in zip((2, *SIZES[:-1]), SIZES, strict=True):
            layers += _layer(inputs, outputs, (1, 3, 3), (1, 2, 2)) + _layer(
                outputs, outputs, (3, 1, 1), (1, 1, 1)
            )
        self.seen = nn.Sequential(*layers, nn.AdaptiveAvgPool3d((1, 4, 4)), nn.Flatten())
        self.said = nn.Sequential(nn.Linear(16 * SIZES[-1], 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, films: Tensor) -> Tensor:
        """Return (films,), of films (films, frames, height, width)."""
        shown = torch.stack([films - 0.5, films - films[:, :1]], dim=1)
        return self.said(self.seen(shown))[:, 0].sigmoid()


def _layer(inputs: int, outputs: int, kernel: Sides, stride: Sides) -> list[nn.Module]:
    around = kernel[0] // 2, kernel[1] // 2, kernel[2] // 2
    convolved = nn.Conv3d(inputs, outputs, kernel, stride, around, bias=False)
    return [convolved, nn.BatchNorm3d(outputs), nn.ReLU()]
