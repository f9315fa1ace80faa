"""Where the template fits best: normalised cross-correlation (Lewis, Vision Interface 1995)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from predictors.imaging.tracking.windows import peak, shifted, window

TEMPLATE = 33  # samples of a template's sides
TIMES = 2.0  # boxes that a template shows: what lies beside a nerve tells where it is (choice)
REACH = 8  # samples that are searched to each side, half a box
LEAST = 0.25  # correlation; below it nothing was found, and the box stays (choice)


def ncc(films: Tensor, first: Tensor, renewed: float = 0.0) -> Tensor:
    """Return boxes.

    Args:
        films, first: see `predictors.imaging.tracking`.
        renewed: share of the template that is replaced by what was found, each frame.
    """
    searched = TEMPLATE + 2 * REACH
    times = TIMES * searched / TEMPLATE
    template, boxes, said = _shown(films[:, 0], first), first, [first]
    for frame in films.unbind(1)[1:]:
        maps = correlation(window(frame, boxes, times, (searched, searched)), template)
        x, z, value = peak(maps)
        found = (value > LEAST).to(maps)
        step = found * TIMES / TEMPLATE
        boxes = shifted(boxes, step * x, step * z, frame.shape)
        share = (renewed * found)[:, None, None]
        template = torch.lerp(template, _shown(frame, boxes), share)
        said.append(boxes)
    return torch.stack(said, dim=1)


def correlation(images: Tensor, template: Tensor) -> Tensor:
    """Return Pearson's correlation of each place of images (films, h, w) with their template (films, a, b)."""
    shape = template.shape[1:]
    mean = template.mean((1, 2), keepdim=True)
    unit = (template - mean) / (template - mean).flatten(1).norm(dim=1)[:, None, None].clamp(min=1e-6)
    product = functional.conv2d(images[None], unit[:, None], groups=len(images))[0]
    local = functional.avg_pool2d(images, shape, stride=1)
    square = functional.avg_pool2d(images * images, shape, stride=1)
    count = shape[0] * shape[1]
    return product / (count * (square - local * local)).clamp(min=1e-6).sqrt()


def _shown(frame: Tensor, boxes: Tensor) -> Tensor:
    return window(frame, boxes, TIMES, (TEMPLATE, TEMPLATE))
