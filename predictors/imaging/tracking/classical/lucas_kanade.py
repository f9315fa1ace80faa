"""Lucas and Kanade (IJCAI 1981): the step that aligns a window with its template best, to the first order.

Gradients are the template's, learned once (inverse composition: Baker, IJCV 2004;56:221), from coarse to fine.
"""

from __future__ import annotations

import torch
from torch import Tensor

from predictors.imaging.tracking.windows import blurred, shifted, standard, window

SIDE = 48  # samples of a template
TIMES = 1.5  # boxes that it shows (choice)
BLURS = 4.0, 2.0, 1.0  # SD, samples, from coarse to fine
STEPS = 3  # of each
RENEWED = 0.1  # share of the template that is the newest frame's (choice)
FARTHEST = 0.25  # boxes, of a step


def lucas_kanade(films: Tensor, first: Tensor) -> Tensor:
    """Return boxes; see `predictors.imaging.tracking`."""
    template, boxes, said = _shown(films[:, 0], first), first, [first]
    for frame in films.unbind(1)[1:]:
        for sd in BLURS:
            goal = standard(blurred(template, sd))
            slopes = torch.stack(torch.gradient(goal, dim=(2, 1)), dim=1).flatten(2)
            for _ in range(STEPS):
                off = (standard(blurred(_shown(frame, boxes), sd)) - goal).flatten(1)
                step = least_squares(slopes, off) * TIMES / SIDE
                x, z = step.clamp(-FARTHEST, FARTHEST).T
                boxes = shifted(boxes, -x, -z, frame.shape)
        template = torch.lerp(template, _shown(frame, boxes), RENEWED)
        said.append(boxes)
    return torch.stack(said, dim=1)


def least_squares(slopes: Tensor, off: Tensor) -> Tensor:
    """Return the steps, (films, 2), samples, by which slopes (films, 2, samples) explain (films, samples) best."""
    normal = slopes @ slopes.transpose(1, 2) + 1e-6 * torch.eye(2, device=slopes.device)
    return torch.linalg.solve(normal, (slopes @ off[..., None]))[..., 0]


def _shown(frame: Tensor, boxes: Tensor) -> Tensor:
    return window(frame, boxes, TIMES, (SIDE, SIDE))
