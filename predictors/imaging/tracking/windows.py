"""Windows about a box, sampled so that the box is as large in every film."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def window(images: Tensor, boxes: Tensor, times: float, shape: tuple[int, int]) -> Tensor:
    """Return what lies about boxes, (films, *shape); beyond the image its edge goes on.

    Args:
        images: (films, height, width).
        boxes: (films, 4), pixels.
        times: how many boxes wide and high a window is.
        shape: samples, height and width.
    """
    return cuts(images[:, None], boxes[:, None], times, shape)[:, 0, 0]


def cuts(maps: Tensor, boxes: Tensor, times: float, shape: tuple[int, int]) -> Tensor:
    """Return what lies about many boxes of each film, (films, boxes, channels, *shape); see `window`.

    Args:
        maps: (films, channels, height, width).
        boxes: (films, boxes, 4), pixels of the maps.
        times, shape: see `window`.
    """
    down, across = (
        (torch.arange(count, device=maps.device) + 0.5) / count - 0.5 for count in shape
    )  # of a window
    z = boxes[..., 1, None] + times * boxes[..., 3, None] * down
    x = boxes[..., 0, None] + times * boxes[..., 2, None] * across
    height, width = maps.shape[-2:]
    films, count = boxes.shape[:2]
    places = torch.stack(
        [
            (2.0 * x / width - 1.0)[:, :, None].expand(-1, -1, shape[0], -1),
            (2.0 * z / height - 1.0)[..., None].expand(-1, -1, -1, shape[1]),
        ],
        dim=-1,
    )
    found = functional.grid_sample(maps, places.flatten(1, 2), padding_mode="border", align_corners=False)
    return found.reshape(films, maps.shape[1], count, *shape).transpose(1, 2)


def peak(maps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return how far right and below the middle maps (films, height, width) are largest, samples, and how large."""
    height, width = maps.shape[-2:]
    value, at = maps.flatten(1).max(dim=1)
    return at % width - width // 2, at // width - height // 2, value


def shifted(boxes: Tensor, x: Tensor, z: Tensor, shape: torch.Size) -> Tensor:
    """Return boxes moved by (films,) boxes' widths and heights; their middles stay in the image (height, width)."""
    aside = (boxes[:, 0] + x * boxes[:, 2]).clamp(0.0, shape[-1])
    below = (boxes[:, 1] + z * boxes[:, 3]).clamp(0.0, shape[-2])
    return torch.cat([aside[:, None], below[:, None], boxes[:, 2:]], dim=1)


def blurred(images: Tensor, sd: float) -> Tensor:
    """Return images (..., height, width) under a normal curve of this SD, pixels; beyond them their edge goes on."""
    half = round(2.0 * sd)
    curve = torch.exp(-0.5 * (torch.arange(-half, half + 1, device=images.device) / sd) ** 2)
    curve = (curve / curve.sum()).to(images)
    padded = functional.pad(images.reshape(-1, 1, *images.shape[-2:]), (half,) * 4, mode="replicate")
    along = functional.conv2d(padded, curve[None, None, None])
    return functional.conv2d(along, curve[None, None, :, None]).reshape(images.shape)


def standard(windows: Tensor) -> Tensor:
    """Return windows (films, height, width) of mean 0 and SD 1: no matter how bright, and of what contrast."""
    spread = windows.std((1, 2), keepdim=True).clamp(min=1e-3)
    return (windows - windows.mean((1, 2), keepdim=True)) / spread


def taper(side: int, like: Tensor) -> Tensor:
    """Return what fades out towards the edges of a window, (side, side) (Hann)."""
    hann = torch.hann_window(side, periodic=False, device=like.device)
    return hann[:, None] * hann


def bump(side: int, sd: float, x: Tensor, z: Tensor) -> Tensor:
    """Return answers with a peak of height 1 at (films,) samples right and below the middle, (films, side, side)."""
    place = torch.arange(side, device=x.device) - side // 2
    across, down = ((place - at[:, None]) / sd for at in (x, z))
    return torch.exp(-0.5 * (down[:, :, None] ** 2 + across[:, None] ** 2))
