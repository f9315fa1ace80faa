"""A filter that is a convolution learned online, with a residual beside it, after CREST (Song, ICCV 2017).

Features are those of a frozen network; each film has a layer of its own that answers with a peak at the nerve, and
layers that learn what it leaves. The paper has a second residual, from the first frame, which is left out.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from predictors.imaging.tracking.offline.outlined import Outlines
from predictors.imaging.tracking.windows import bump, peak, shifted, window

SIDE, TIMES = 48, 3.0  # samples of a window's sides, and boxes that it shows
LEVEL = 2  # of the network's layers, counted from the finest
KERNEL = 9  # of the filter, samples of features: three quarters of a window
HIDDEN = 8  # channels of the residual
SPREAD = 0.06  # SD of the answer, of a window
FINE = 8  # answers from sample to sample
AT_FIRST, LATER, EVERY = 40, 2, 4  # steps in the first frame; and later, after every so many frames
STEP, MOMENTUM, DECAY = 3e-4, 0.9, 1e-3  # of the descent: from 0, and soon stopped, or it learns the speckle
LEAST = 0.2  # of a perfect answer; below it the box stays and nothing is learned (choice)


class Answers:
    """The filter and its residual, of each film apart.

    Args:
        films: how many.
        channels: of features.
        like: whose device and type they take.
    """

    def __init__(self, films: int, channels: int, like: Tensor) -> None:
        chance = torch.Generator().manual_seed(0)
        inner = torch.randn((HIDDEN, channels, 1, 1), generator=chance) / channels**0.5
        begin = torch.zeros(1, channels, KERNEL, KERNEL), inner, torch.zeros(1, HIDDEN, 3, 3)
        self.layers = [one.repeat(films, 1, 1, 1).to(like).requires_grad_() for one in begin]
        self._films, self._descent = films, torch.optim.SGD(self.layers, STEP, MOMENTUM, weight_decay=DECAY)

    def __call__(self, features: Tensor) -> Tensor:
        """Return answers, (films, side, side), to features (films, channels, side, side)."""
        joined = features.flatten(0, 1)[None]  # a group a film
        base, inner, outer = self.layers
        hidden = functional.conv2d(joined, inner, groups=self._films).relu()
        said = functional.conv2d(joined, base, padding="same", groups=self._films)
        return (said + functional.conv2d(hidden, outer, padding="same", groups=self._films))[0]

    def learn(self, features: Tensor, wanted: Tensor, steps: int, counts: Tensor) -> None:
        """Learn to answer as is wanted, in films that count."""
        with torch.enable_grad():
            for _ in range(steps):
                off = ((self(features) - wanted).square().mean((1, 2)) * counts).sum()
                self._descent.zero_grad()
                off.backward()
                self._descent.step()


def crest_like(network: Outlines, films: Tensor, first: Tensor) -> Tensor:
    """Return boxes; see `predictors.imaging.tracking`."""

    def seen(frame: Tensor, boxes: Tensor) -> Tensor:
        with torch.no_grad():
            layer = network.layers(window(frame, boxes, TIMES, (SIDE, SIDE))[:, None] - 0.5)[LEVEL]
            return (layer - layer.mean((2, 3), keepdim=True)) / layer.std((2, 3), keepdim=True).clamp(
                min=1e-3
            )

    features = seen(films[:, 0], first)
    side = features.shape[-1]
    middle = films.new_full((len(films),), -0.5)  # between samples, as sides are even
    wanted = bump(side, SPREAD * side, middle, middle)
    filters = Answers(len(films), features.shape[1], films)
    filters.learn(features, wanted, AT_FIRST, films.new_ones(len(films)))
    boxes, said = first, [first]
    for number, frame in enumerate(films.unbind(1)[1:], 1):
        with torch.no_grad():
            answers = filters(seen(frame, boxes))[:, None]
        fine = FINE * (side - 1) + 1
        x, z, value = peak(
            functional.interpolate(answers, (fine, fine), mode="bicubic", align_corners=True)[:, 0]
        )
        found = value > LEAST
        step = found * TIMES / side / FINE
        boxes = shifted(boxes, step * x, step * z, frame.shape)
        said.append(boxes)
        if number % EVERY == 0:
            filters.learn(seen(frame, boxes), wanted, LATER, found.to(films))
    return torch.stack(said, dim=1)
