"""Mean shift (Comaniciu, IEEE PAMI 2003;25:564): uphill to where greys are most as they were in the first box."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from predictors.imaging.tracking.windows import blurred, shifted, window

SIDE = 32  # samples of a window
TIMES = 1.0  # boxes that it shows
BINS = 16  # of grey
BLUR = 1.0  # SD, pixels, of what greys are taken of (ours: of speckle they would say nothing else)
STEPS = 4  # a frame


def mean_shift(films: Tensor, first: Tensor) -> Tensor:
    """Return boxes; see `predictors.imaging.tracking`."""
    smooth, boxes, said = blurred(films, BLUR), first, [first]
    place = 2.0 * (torch.arange(SIDE, device=films.device) + 0.5) / SIDE - 1.0  # of half a window
    kernel = (1.0 - place[:, None] ** 2 - place**2).clamp(min=0.0)  # Epanechnikov's: its slope is even
    within = (kernel > 0.0).to(films)

    def greys(frame: Tensor) -> Tensor:
        return functional.one_hot(
            (BINS * window(frame, boxes, TIMES, (SIDE, SIDE))).long().clamp(0, BINS - 1), BINS
        )

    def histogram(bins: Tensor) -> Tensor:
        return (bins * kernel[..., None]).sum((1, 2)) / kernel.sum()

    model = histogram(greys(smooth[:, 0]))
    for frame in smooth.unbind(1)[1:]:
        for _ in range(STEPS):
            bins = greys(frame)
            ratio = (model / histogram(bins).clamp(min=1e-6)).sqrt()
            weights = within * (bins * ratio[:, None, None]).sum(-1)
            total = weights.sum((1, 2)).clamp(min=1e-6)
            x, z = ((weights.sum(axis) * place).sum(1) / total for axis in (1, 2))
            boxes = shifted(boxes, 0.5 * TIMES * x, 0.5 * TIMES * z, frame.shape)
        said.append(boxes)
    return torch.stack(said, dim=1)
