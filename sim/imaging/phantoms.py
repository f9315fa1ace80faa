"""What every generator of images returns, and how its anatomies are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

from sim.randomness import normals, uniforms

Ranges = Mapping[str, tuple[float, float]]
T = TypeVar("T")


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

    def __call__(self, keys: Tensor, shifted: float = 0.0, size: int = 64) -> Phantoms:
        """Return a phantom for each key, (images,) int64, of `size` pixels a side; `shifted` 1 as of another machine
        and other people, less for part of the way there."""
        ...


def between(home: T, away: T, share: float) -> T:
    """Return settings that are `share` of the way from those at home to those away, which are alike in all but numbers.

    Raises ValueError on a share outside 0 to 1.
    """
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"shifted: {share:g} is not allowed; 0 to 1")
    return home if share == 0.0 else away if share == 1.0 else _mixed(home, away, share)


def _mixed(home: Any, away: Any, share: float) -> Any:
    if isinstance(home, Mapping):
        return {name: _mixed(one, away[name], share) for name, one in home.items()}
    if isinstance(home, tuple):
        return tuple(_mixed(one, other, share) for one, other in zip(home, away, strict=True))
    if is_dataclass(home) and not isinstance(home, type):
        changed = {
            one.name: _mixed(getattr(home, one.name), getattr(away, one.name), share) for one in fields(home)
        }
        return replace(home, **changed)
    return home + share * (away - home)


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
