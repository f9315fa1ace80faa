"""Filters on layers of a frozen network, after HCFT (Ma, ICCV 2015): deep layers say what it is, early ones where.

The paper's layers are of VGG, learned to name things in photographs; here they are those of the U-Net that learned to
outline nerves.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from predictors.imaging.tracking.filters import filtered
from predictors.imaging.tracking.offline.outlined import Outlines

WEIGHTS = 0.25, 0.5, 1.0  # of answers, early layers first, as in the paper


def hcft_like(network: Outlines, films: Tensor, first: Tensor) -> Tensor:
    """Return boxes; see `predictors.imaging.tracking`."""

    def layers(windows: Tensor) -> list[Tensor]:
        return [
            functional.interpolate(one, windows.shape[-2:], mode="bilinear", align_corners=False)
            for one in network.layers(windows[:, None] - 0.5)
        ]

    return filtered(films, first, layers, WEIGHTS)
