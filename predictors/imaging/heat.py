"""Points by heat maps: where the mass of a map lies, and what it is taught to look like."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

SPREAD = 0.025  # SD of a taught map, of the field's sides
WEIGHT = 0.1  # of the map's shape beside the point, mm a nat (choice)


def points(maps: Tensor, pixel: tuple[float, float]) -> Tensor:
    """Return the mean place, (images, maps, 2), mm, x before z, of maps (images, maps, height, width) of logits."""
    mass = functional.softmax(maps.flatten(2), dim=2).reshape(maps.shape)
    z, x = _places(maps, pixel)
    return torch.stack([(mass.sum(2) * x).sum(-1), (mass.sum(3) * z).sum(-1)], dim=-1)


def highest(maps: Tensor, pixel: tuple[float, float]) -> Tensor:
    """Return the place of each map's largest value, as `points` does."""
    width = maps.shape[-1]
    at = maps.flatten(2).argmax(dim=2)
    z, x = _places(maps, pixel)
    return torch.stack([x[at % width], z[at // width]], dim=-1)


def loss(maps: Tensor, target: Tensor, pixel: tuple[float, float]) -> Tensor:
    """Return how far points are off, mm, and how far maps are from a normal one about the target, a number an image.

    Args:
        maps: (images, maps, height, width), logits.
        target: (images, maps, 2), mm.
        pixel: mm, height and width.
    """
    off = (points(maps, pixel) - target).abs().sum(-1)
    return (off + WEIGHT * divergence(maps, target, pixel)).mean(1)


def divergence(maps: Tensor, target: Tensor, pixel: tuple[float, float]) -> Tensor:
    """Return how far maps are from a normal one about the target, (images, maps), nats; arguments as of `loss`."""
    z, x = _places(maps, pixel)
    sides = maps.shape[-2] * pixel[0], maps.shape[-1] * pixel[1]
    along_z = (z - target[..., 1:]) / (SPREAD * sides[0])
    along_x = (x - target[..., :1]) / (SPREAD * sides[1])
    wanted = functional.log_softmax(
        (-0.5 * (along_z[..., :, None] ** 2 + along_x[..., None, :] ** 2)).flatten(2), dim=2
    )
    said = functional.log_softmax(maps.flatten(2), dim=2)
    return (wanted.exp() * (wanted - said)).sum(2)


def _places(maps: Tensor, pixel: tuple[float, float]) -> tuple[Tensor, Tensor]:
    """Return the middles of rows and of columns, mm."""
    height, width = ((torch.arange(count, device=maps.device) + 0.5) for count in maps.shape[-2:])
    return height * pixel[0], width * pixel[1]
