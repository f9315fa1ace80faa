"""Histograms of oriented gradients (Dalal and Triggs, CVPR 2005): the classical features of faces."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

CELL, TURNS = 6, 9  # pixels of a cell's side; orientations without sign


def oriented(images: Tensor) -> Tensor:
    """Return the features, (images, features), of images (images, height, width); blocks of 2 x 2 cells are evened."""
    around = functional.pad(images, (1, 1, 1, 1), mode="replicate")
    rise = around[:, 2:, 1:-1] - around[:, :-2, 1:-1]
    run = around[:, 1:-1, 2:] - around[:, 1:-1, :-2]
    size = (rise.square() + run.square()).sqrt()
    turn = torch.remainder(torch.atan2(rise, run), torch.pi) * (TURNS / torch.pi)
    steps = torch.arange(TURNS, device=images.device)[:, None, None]
    apart = (turn[:, None] - steps).abs()
    share = (1.0 - torch.minimum(apart, TURNS - apart)).clamp(min=0.0)
    cells = functional.avg_pool2d(share * size[:, None], CELL)
    blocks = functional.unfold(cells, 2)
    return (blocks / (blocks.norm(dim=1, keepdim=True) + 0.01)).flatten(1)
