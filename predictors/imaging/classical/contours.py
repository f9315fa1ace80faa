"""Active contours about what is darker than its surroundings.

Greys on both sides move a contour, not edges (Chan, IEEE Trans Image Process 2001;10:266): a pixel on it goes to the
side whose mean is nearer. Means are of what is near the pixel, as ultrasound is not equally bright everywhere (Lankton,
IEEE Trans Image Process 2008;17:2029). Morphology moves the curve and keeps it smooth (Márquez-Neila, IEEE PAMI
2014;36:2).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

LINES = ((0, 1), (1, 0), (1, 1), (1, -1))  # along which curves are kept smooth, steps down and across


def moved(
    images: Tensor, start: Tensor, within: Tensor, pixel: tuple[float, float], reach: float, steps: int
) -> Tensor:
    """Return masks (images, height, width), bool, to which contours have moved from where they started.

    Args:
        images: (images, height, width), 0 to 1.
        start: masks of the same shape.
        within: masks, (height, width) or one an image, that no contour leaves.
        pixel: mm, height and width.
        reach: mm to each side of a pixel over which grey is averaged.
        steps: of a pixel at most.
    """
    near = max(int(reach / pixel[0]), 1), max(int(reach / pixel[1]), 1)
    inner = (start & within).float()
    for _ in range(steps):
        means = [_near(images, part, near) for part in (inner, 1.0 - inner)]
        dark = (images < 0.5 * (means[0] + means[1])).float()
        edge = functional.max_pool2d(inner, 3, 1, 1) + functional.max_pool2d(-inner, 3, 1, 1) > 0.0
        inner = _smooth(torch.where(edge, dark, inner)) * within
    return inner > 0.5


def _near(images: Tensor, part: Tensor, near: tuple[int, int]) -> Tensor:
    """Return the mean grey of a part about each pixel; of the whole part where none of it is near."""
    sums, counts = (_averaged(one, near) for one in (part * images, part))
    whole = (part * images).sum((1, 2), keepdim=True) / part.sum((1, 2), keepdim=True).clamp(min=1.0)
    return torch.where(counts > 0.0, sums / counts.clamp(min=1e-6), whole)


def _averaged(images: Tensor, near: tuple[int, int]) -> Tensor:
    """Return the mean over so many pixels to each side, down and across; beyond the image lies nothing."""
    across = functional.avg_pool2d(images, (1, 2 * near[1] + 1), 1, (0, near[1]))
    return functional.avg_pool2d(across, (2 * near[0] + 1, 1), 1, (near[0], 0))


def _smooth(masks: Tensor) -> Tensor:
    """Return masks without what juts out or in from a straight edge: one step of motion by mean curvature."""
    inward = _along(masks).amin(1).amax(0)
    return _along(inward).amax(1).amin(0)


def _along(masks: Tensor) -> Tensor:
    """Return what lies along lines of three pixels about each, (lines, 3, images, height, width)."""
    around = functional.pad(masks[:, None], (1, 1, 1, 1), mode="replicate")[:, 0]
    height, width = masks.shape[-2:]

    def beside(down: int, across: int) -> Tensor:
        return around[:, 1 + down : 1 + down + height, 1 + across : 1 + across + width]

    return torch.stack([torch.stack([beside(-z, -x), masks, beside(z, x)]) for z, x in LINES])
