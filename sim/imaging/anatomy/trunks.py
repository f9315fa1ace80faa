"""Trunks of a plexus, across: discs one beside the other, and the outlines that several people draw of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from sim.imaging.anatomy.moving import TURN
from sim.randomness import normals, uniforms

MOST = 5  # trunks of a plexus
NOWHERE = -1000.0  # mm, the radius of one that is not there
ANNOTATORS = "A", "B", "C"
JITTER = 0.5  # mm, SD of where an outline runs (choice)
SHARED = 0.36  # of its variance: what everybody takes for the edge who sees the same image (choice)
MISSED = 0.2  # of the images: an annotator overlooks a trunk (choice)
WAVES = 3  # by how many waves about a trunk outlines are off, at most


@dataclass(frozen=True)
class Trunks:
    """The trunks of some images.

    Attributes:
        x, z: (images, trunks), mm, their middles.
        radius: (images, trunks), mm; of those that are not there far below 0.
        stretch: (images,), by how much they are wider than round; each keeps its area.
        off: (images, trunks, 1 + 2 waves), mm, by how much outlines run further out.
    """

    x: Tensor
    z: Tensor
    radius: Tensor
    stretch: Tensor
    off: Tensor

    def outside(self, x: Tensor, z: Tensor) -> Tensor:
        """Return mm to the nearest outline, negative inside, (images, height, width), of points (height, width)."""
        wide = self.stretch[:, None, None, None]
        across = (x - self.x[..., None, None]) / wide
        down = (z - self.z[..., None, None]) * wide
        far = torch.hypot(across, down) - self.radius[..., None, None]
        if self.off.any():
            turn = torch.atan2(down, across)
            far = far - self.off[..., 0, None, None]
            for wave in range(1, WAVES + 1):
                cosine, sine = (self.off[..., 2 * wave - part, None, None] for part in (1, 0))
                far = far - cosine * torch.cos(wave * turn) - sine * torch.sin(wave * turn)
        return far.amin(1)


def trunks(x: Tensor, z: Tensor, radius: Tensor, stretch: Tensor) -> Trunks:
    """Return trunks as they are."""
    return Trunks(x, z, radius, stretch, radius.new_zeros((*radius.shape, 1 + 2 * WAVES)))


def outlined(keys: Tensor, true: Trunks, annotator: str) -> Trunks:
    """Return trunks as an annotator outlines them: off by 0.5 mm (SD) in every direction, and one overlooked at times.

    Args:
        keys: (images,), int64.
        true: the trunks that are there.
        annotator: who; all share a part of what they are off by.
    """
    shape, example = true.off.shape, torch.zeros((), device=keys.device)
    common, own = (
        normals(keys, purpose, 0, math.prod(shape[1:]), example).T.reshape(shape)
        for purpose in ("plexus as all see it", f"plexus as {annotator} sees it")
    )
    off = JITTER * (math.sqrt(SHARED) * common + math.sqrt(1.0 - SHARED) * own) / math.sqrt(1.0 + WAVES)
    chance = uniforms(keys, f"plexus overlooked by {annotator}", 0, 2, example)
    there = (true.radius > 0.0).sum(1)
    which = (chance[1] * there).long()
    lost = (torch.arange(MOST, device=keys.device) == which[:, None]) & (chance[0] < MISSED)[:, None]
    return replace(true, off=off, radius=torch.where(lost, NOWHERE, true.radius))


def column(person: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """Return x, z, radius of trunks one below the other in the groove between the scalenes, each (images, trunks)."""
    radius = _radii(person)
    below = 2.0 * radius + person["gap"][:, :, 0]
    z = person["top"][:, :, 0] + below.cumsum(1) - below[:, :1] + radius
    side = torch.sin(2.4 * torch.arange(MOST, device=radius.device) + person["phase"][:, :, 0])
    return groove(person, z[..., None])[..., 0] + 0.8 * side, z, radius


def grapes(person: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """Return x, z, radius of trunks huddled beside and above the subclavian artery, each (images, trunks)."""
    radius = _radii(person)
    out = 2.0 * person["size"] + person["gap"]
    away = person["artery_radius"] + out + person["size"] + 0.5
    number = torch.arange(MOST, device=radius.device)[None, :, None]
    turn = person["phase"] + TURN * number / MOST
    ring = out * (number > 0)
    x = person["artery_x"] + away * person["above"].cos() + ring * turn.cos()
    z = person["artery_z"] - away * person["above"].sin() + ring * turn.sin()
    return x[..., 0], z[..., 0], radius


def groove(person: dict[str, Tensor], z: Tensor) -> Tensor:
    """Return where the groove between the scalenes runs at a depth, mm."""
    return person["groove"] + person["lean"] * (z - 18.0)


def _radii(person: dict[str, Tensor]) -> Tensor:
    """Return radii, (images, trunks), each a little other than the next."""
    number = torch.arange(MOST, device=person["size"].device)
    return person["size"][:, :, 0] * (1.0 + 0.15 * torch.sin(1.9 * number + 3.0 * person["phase"][:, :, 0]))
