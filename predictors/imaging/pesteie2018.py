"""The way to the epidural space (Pesteie, IEEE Trans Med Imaging 2018;37:81).

A convolutional network that is also shown local directional Hadamard features.

The features, by what is known of the predecessor: a sequency-ordered Hadamard transform of local blocks at several
scales, its coefficients averaged over the horizontal, the vertical and the diagonal sequencies. Layers were not
published in the abstract: these are ours.
"""

from __future__ import annotations

import torch
from scipy.linalg import hadamard
from torch import Tensor, nn
from torch.nn import functional

from predictors.imaging import stacked

SCALES = 4, 8  # samples of a block's side
SIZES = 16, 32, 64, 64


def directional(images: Tensor) -> Tensor:
    """Return the features, (images, 3 x scales, height, width), of images (images, 1, height, width)."""
    return torch.cat([_of_scale(images, side) for side in SCALES], dim=1)


class EpiduralNetwork(nn.Module):
    """Where the target lies, as a share of the field, and whether the plane meets a window at all.

    Args:
        featured: whether it is shown the features beside the image.
    """

    def __init__(self, featured: bool) -> None:
        super().__init__()
        self.featured = featured
        inputs = [1 + 3 * len(SCALES) * featured, *SIZES[:-1]]
        layers: list[nn.Module] = []
        for a, b in zip(inputs, SIZES, strict=True):
            layers += [
                nn.Conv2d(a, b, 3, padding=1, bias=False),
                nn.BatchNorm2d(b),
                nn.ReLU(),
                nn.MaxPool2d(2),
            ]
        self.seen = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(4), nn.Flatten())
        self.said = nn.Sequential(nn.Linear(16 * SIZES[-1], 64), nn.ReLU(), nn.Linear(64, 3))

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return (images, 2), x and z from 0 to 1, and (images,), the logit of a window, of (images, height, width)."""
        x = images[:, None] - 0.5
        if self.featured:
            x = torch.cat([x, directional(x)], dim=1)
        out = self.said(self.seen(x))
        return out[:, :2].sigmoid(), out[:, 2]


class StackNetwork(nn.Module):
    """The same of stacks of planes: each is looked at alone, and counts by how likely it meets the window.

    Args:
        featured: as of `EpiduralNetwork`.
    """

    def __init__(self, featured: bool) -> None:
        super().__init__()
        self.plane = EpiduralNetwork(featured)

    def forward(self, stacks: Tensor) -> tuple[Tensor, Tensor]:
        """Return (stacks, 3), x, z and across planes from 0 to 1, and (stacks, planes), the logit of a window in each.

        Args:
            stacks: (stacks, planes, height, width).
        """
        place, window = (one.unflatten(0, stacks.shape[:2]) for one in self.plane(stacks.flatten(0, 1)))
        return stacked.pooled(place, functional.logsigmoid(window), 1.0 / stacks.shape[1]), window


def _of_scale(images: Tensor, side: int) -> Tensor:
    """Return the three features of blocks of one size about each pixel."""
    walsh = _sequencies(side).to(images)
    padded = functional.pad(images, (side // 2 - 1, side // 2, side // 2 - 1, side // 2), mode="replicate")
    down = functional.conv2d(padded, walsh[:, None, :, None])
    both = functional.conv2d(down, walsh[:, None, None, :].repeat(side, 1, 1, 1), groups=side)
    sizes = both.abs().unflatten(1, (side, side))  # vertical by horizontal sequency
    order = torch.arange(side, device=images.device)
    zones = order[:, None] < order, order[:, None] > order, (order[:, None] == order) & (order > 0)
    return torch.stack([sizes[:, zone].mean(dim=1) for zone in zones], dim=1)


def _sequencies(side: int) -> Tensor:
    """Return the Walsh functions of a length, (side, side), by their sign changes, each of sum of squares 1."""
    rows = torch.from_numpy(hadamard(side)).float()
    changes = (rows.diff(dim=1) != 0.0).sum(dim=1)
    return rows[changes.argsort()] / side**0.5
