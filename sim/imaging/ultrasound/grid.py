"""Where the samples of an image lie: rows along beams, in millimetres."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Grid:
    """The samples of a probe's beams, with a margin round them that images are cut out of.

    Attributes:
        x, z: (rows, beams), mm, sideways from the middle and into the body; margin included.
        step: mm from row to row.
        pitch: (rows,), mm from beam to beam.
        margin: rows and beams on every side that are computed, but not shown.
        radius: mm, of a curved probe's face; 0 of a sector's, infinity of a linear one's.
        width: mm of a linear probe's face, radians between the outer beams of the others.
    """

    x: Tensor
    z: Tensor
    step: float
    pitch: Tensor
    margin: int
    radius: float
    width: float

    @property
    def depth(self) -> Tensor:
        """(rows,), mm, along a beam from the probe's face; negative in the margin before it."""
        rows = torch.arange(len(self.x), device=self.x.device, dtype=self.x.dtype)
        return (rows - self.margin + 0.5) * self.step

    @property
    def shown(self) -> tuple[int, int]:
        """Rows and beams without the margin."""
        return self.x.shape[0] - 2 * self.margin, self.x.shape[1] - 2 * self.margin

    def cut(self, images: Tensor) -> Tensor:
        """Return (..., rows, beams) without the margin."""
        rows, beams = self.shown
        return images[..., self.margin : self.margin + rows, self.margin : self.margin + beams]

    def to(self, device: torch.device | str) -> Grid:
        """Return the grid on a device."""
        x, z, pitch = (one.to(device) for one in (self.x, self.z, self.pitch))
        return Grid(x, z, self.step, pitch, self.margin, self.radius, self.width)


def linear(width: float, depth: float, shape: tuple[int, int], margin: int = 12) -> Grid:
    """Return the grid of a linear probe: parallel beams.

    Args:
        width, depth: mm that are shown.
        shape: rows and beams that are shown.
        margin: see `Grid`.
    """
    step, across = _samples(depth, shape[0], margin)[0], _samples(width, shape[1], margin)
    z = _samples(depth, shape[0], margin)[1]
    x = across[1] - 0.5 * width
    both = torch.meshgrid(z, x, indexing="ij")
    return Grid(both[1], both[0], step, across[0] + 0.0 * z, margin, math.inf, width)


def polar(radius: float, angle: float, depth: float, shape: tuple[int, int], margin: int = 12) -> Grid:
    """Return the grid of a probe whose beams fan out: curved (radius of its face, mm) or a sector (radius 0).

    Args:
        radius: see `Grid`.
        angle: radians between the outer beams.
        depth: mm that are shown along a beam.
        shape: rows and beams that are shown.
        margin: see `Grid`.
    """
    step, along = _samples(depth, shape[0], margin)
    spread, angles = _samples(angle, shape[1], margin)
    far, turned = torch.meshgrid(radius + along, angles - 0.5 * angle, indexing="ij")
    pitch = (radius + along).abs().clamp(min=step) * spread
    return Grid(far * turned.sin(), far * turned.cos() - radius, step, pitch, margin, radius, angle)


def converted(grid: Grid, images: Tensor, x: Tensor, z: Tensor) -> Tensor:
    """Return beams' images (images, rows, beams) at points x, z (height, width), mm; 0 where no beam passes."""
    depth, across = z, x / grid.width
    if math.isfinite(grid.radius):
        depth = torch.hypot(x, z + grid.radius) - grid.radius
        across = torch.atan2(x, z + grid.radius) / grid.width
    rows, _ = images.shape[-2:]
    places = torch.stack([2.0 * across, 2.0 * depth / (rows * grid.step) - 1.0], dim=-1)
    spread = places.expand(len(images), *places.shape)
    return functional.grid_sample(images[:, None], spread, padding_mode="zeros", align_corners=False)[:, 0]


def _samples(length: float, count: int, margin: int) -> tuple[float, Tensor]:
    """Return the distance of samples, and where they are, from `margin` before 0 to `margin` beyond the length."""
    step = length / count
    return step, (torch.arange(count + 2 * margin) - margin + 0.5) * step
