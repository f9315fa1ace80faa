"""What every generator of images returns, and how its anatomies are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from sim.randomness import normals, uniforms

Ranges = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Phantoms:
    """Images whose answer is known.

    Attributes:
        images: (images, height, width), or (films, frames, height, width), 0 black to 1 white.
        truth: name -> what is there, the image axis first; coordinates in mm from the upper left corner, x before z.
        labels: what somebody who looked at the images wrote down; what is learned from.
        pixel: mm, (height, width) of a pixel.
    """

    images: Tensor
    truth: Mapping[str, Tensor]
    labels: Mapping[str, Tensor]
    pixel: tuple[float, float]


class Generator(Protocol):
    """Makes the phantoms of these keys."""

    def __call__(self, keys: Tensor, shifted: bool = False, size: int = 64) -> Phantoms:
        """Return a phantom for each key, (images,) int64, of `size` pixels a side; `shifted` as of another machine
        and other people."""
        ...


def drawn(keys: Tensor, purpose: str, ranges: Ranges) -> dict[str, Tensor]:
    """Return numbers between limits, each (images, 1, 1): an image's are its own, whatever it is made with."""
    example = torch.zeros((), device=keys.device)
    chance = uniforms(keys, purpose, 0, len(ranges), example)[:, :, None, None]
    return {
        name: low + (high - low) * one
        for (name, (low, high)), one in zip(ranges.items(), chance, strict=True)
    }


def jitter(keys: Tensor, purpose: str, sizes: tuple[float, ...]) -> Tensor:
    """Return how far off somebody marks a point, (images, axes), of these SDs."""
    example = torch.zeros((), device=keys.device)
    return (
        normals(keys, purpose, 0, len(sizes), example) * torch.tensor(sizes, device=keys.device)[:, None]
    ).T
