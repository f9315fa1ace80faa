"""What a network learns to follow from: the first frame of a film, a later one, and where one looks in it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from predictors.imaging.tracking.windows import shifted

ASTRAY = 0.35  # boxes, at most, by which who looks is off (choice)


@dataclass(frozen=True)
class Pairs:
    """Two frames of films each, with boxes in pixels.

    Attributes:
        first, later: (pairs, height, width).
        template, box: (pairs, 4), where the nerve is in the first frame, and in the later one.
        before: (pairs, 4), where one looks in the later one: as large as in the first, and a little astray.
        mask: (pairs, height, width), of the nerve in the later one, 0 or 1.
        film: (pairs,), which film they are of.
    """

    first: Tensor
    template: Tensor
    later: Tensor
    box: Tensor
    before: Tensor
    mask: Tensor
    film: Tensor


def pairs(images: Tensor, boxes: Tensor, masks: Tensor, numbers: Tensor) -> Pairs:
    """Return the first frame of each film with each later one; how far one is astray is torch's own chance.

    Args:
        images, masks: (films, frames, height, width).
        boxes: (films, frames, 4), pixels.
        numbers: (films,), by which films are known.
    """
    later = images.shape[1] - 1
    first, template = images[:, 0].repeat_interleave(later, 0), boxes[:, 0].repeat_interleave(later, 0)
    box = boxes[:, 1:].flatten(0, 1)
    looks = torch.cat([box[:, :2], template[:, 2:]], dim=1)
    astray = ASTRAY * (2.0 * torch.rand((2, len(box)), device=box.device) - 1.0)
    before = shifted(looks, astray[0], astray[1], images.shape)
    frames, marked = images[:, 1:].flatten(0, 1), masks[:, 1:].flatten(0, 1)
    film = numbers.repeat_interleave(later)
    return Pairs(first, template, frames, box, before, marked.to(images), film)
