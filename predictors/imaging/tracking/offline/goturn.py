"""A small network after GOTURN (Held, ECCV 2016): it sees both frames, and says how the box moved and grew.

The paper looks at the frame before; here it is the first frame, so that following does not drift.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from predictors.imaging.tracking.pairs import Pairs
from predictors.imaging.tracking.windows import shifted, window

SIDE = 40  # samples of a window
TIMES = 2.5  # boxes that it shows
SIZES = 16, 32, 32
GROWN = 0.4  # log of how much larger or smaller than at first a box may become (choice)


class BoxNetwork(nn.Module):
    """Where the box is: aside and below in boxes, and the logs of how much wider and higher than at first."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in zip((2, *SIZES[:-1]), SIZES, strict=True):
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs)]
            layers += [nn.ReLU(), nn.MaxPool2d(2)]
        self.seen = nn.Sequential(*layers, nn.Flatten())
        self.said = nn.Sequential(nn.Linear(SIZES[-1] * (SIDE // 8) ** 2, 64), nn.ReLU(), nn.Linear(64, 4))

    def forward(self, template: Tensor, searched: Tensor) -> Tensor:
        """Return (pairs, 4) of windows (pairs, side, side)."""
        return self.said(self.seen(torch.stack([template, searched], dim=1) - 0.5))

    def loss(self, pairs: Pairs) -> Tensor:
        """Return how far the answers are off."""
        said = self(_shown(pairs.first, pairs.template), _shown(pairs.later, pairs.before))
        off = (pairs.box[:, :2] - pairs.before[:, :2]) / pairs.before[:, 2:]
        grown = (pairs.box[:, 2:] / pairs.before[:, 2:]).log()
        return functional.smooth_l1_loss(said, torch.cat([off, grown], dim=1), beta=0.1)


def goturn_like(network: BoxNetwork, films: Tensor, first: Tensor) -> Tensor:
    """Return boxes; see `predictors.imaging.tracking`."""
    template, looks, said = _shown(films[:, 0], first), first, [first]
    for frame in films.unbind(1)[1:]:
        x, z, wider, higher = network(template, _shown(frame, looks)).T
        looks = shifted(looks, x, z, frame.shape)
        grown = torch.stack([wider, higher], dim=1).clamp(-GROWN, GROWN).exp()
        said.append(torch.cat([looks[:, :2], first[:, 2:] * grown], dim=1))
    return torch.stack(said, dim=1)


def _shown(frame: Tensor, boxes: Tensor) -> Tensor:
    return window(frame, boxes, TIMES, (SIDE, SIDE))
