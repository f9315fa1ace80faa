"""Following by outlines: a U-Net marks the nerve about where it was; the box is that of an ellipse of its moments."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from predictors.imaging.tracking.pairs import Pairs
from predictors.imaging.tracking.windows import shifted, window
from predictors.imaging.unet import UNet

SIDE = 48  # samples of a window
TIMES = 3.0  # boxes that it shows
LEAST = 0.2  # of the area at first; where less is marked, the box stays (choice)
SMALLEST, LARGEST = 0.6, 1.6  # of the first box's sides (choice)


class Outlines(UNet):
    """Marks the nerve in windows."""

    def __init__(self) -> None:
        super().__init__(1, levels=3)

    def loss(self, pairs: Pairs) -> Tensor:
        """Return the cross-entropy of pixels, and one minus Dice."""
        wanted = window(pairs.mask, pairs.before, TIMES, (SIDE, SIDE))
        logits = self(_shown(pairs.later, pairs.before))[:, 0]
        marked = logits.sigmoid()
        both = 2.0 * (marked * wanted).sum((1, 2)) / (marked.sum((1, 2)) + wanted.sum((1, 2)) + 1.0)
        return functional.binary_cross_entropy_with_logits(logits, wanted) + 1.0 - both.mean()


def outlined(network: Outlines, films: Tensor, first: Tensor) -> Tensor:
    """Return boxes; see `predictors.imaging.tracking`."""
    place = TIMES * ((torch.arange(SIDE, device=films.device) + 0.5) / SIDE - 0.5)  # boxes
    near = torch.exp(-0.5 * place**2)
    looks, said, shape = first, [first], films.shape
    usual = SIDE * SIDE / TIMES**2
    for frame in films.unbind(1)[1:]:
        mass = (network(_shown(frame, looks))[:, 0].sigmoid() > 0.5).to(films) * near[:, None] * near
        total = mass.sum((1, 2))
        found = total > LEAST * usual
        along = mass.sum(1) / total[:, None].clamp(min=1e-6), mass.sum(2) / total[:, None].clamp(min=1e-6)
        x, z = ((share * place).sum(1) for share in along)
        spread = torch.stack(
            [(share * place**2).sum(1) - at**2 for share, at in zip(along, (x, z), strict=True)]
        )
        sides = (4.0 * spread.clamp(min=0.0).sqrt()).clamp(SMALLEST, LARGEST).T
        looks = shifted(looks, found * x, found * z, shape)
        said.append(torch.cat([looks[:, :2], first[:, 2:] * torch.where(found[:, None], sides, 1.0)], dim=1))
    return torch.stack(said, dim=1)


def _shown(frame: Tensor, boxes: Tensor) -> Tensor:
    return window(frame, boxes, TIMES, (SIDE, SIDE))[:, None] - 0.5
