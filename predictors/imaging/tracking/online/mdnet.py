"""Layers shared by films, a head for each of them, after MDNet (Nam, CVPR 2016).

Beforehand, layers learn with a head for every film, whose nerve it tells from what is beside it; heads are then left
out. A new film's head learns from its first frame, and again from what it found. Windows are cut from features of a
whole window, as in the paper's quicker successor (Jung, ECCV 2018).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from predictors.imaging.tracking.online.heads import answers, around, fitted, moved
from predictors.imaging.tracking.pairs import Pairs
from predictors.imaging.tracking.windows import cuts, shifted, window

SIDE, TIMES = 64, 3.5  # samples of a window's sides, and boxes that it shows
SAMPLES, CONTEXT = 5, 1.5  # of features in a candidate, along a side, and how many boxes it shows
CHANNELS, DESCRIBED = 24, 48
REACH, STEP = 0.5, 0.0625  # boxes that are searched to each side, and from candidate to candidate
BEST = 5  # candidates whose mean is the answer, as in the paper
EVERY = 10  # frames after which the head learns again, as in the paper
MEMORY = 3  # newest frames that it learns from, beside the first


class SharedLayers(nn.Module):
    """Features of candidates.

    Args:
        films: that it learns from, each with a head of its own.
    """

    def __init__(self, films: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in ((1, 12), (12, CHANNELS)):
            layers += [
                nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
                nn.BatchNorm2d(outputs),
                nn.ReLU(),
            ]
        self.seen = nn.Sequential(*layers[:3], nn.MaxPool2d(2), *layers[3:])
        self.described = nn.Sequential(nn.Linear(CHANNELS * SAMPLES**2, DESCRIBED), nn.Tanh())
        self.heads = nn.Embedding(films, DESCRIBED + 1)
        nn.init.normal_(self.heads.weight, std=0.1)

    def forward(self, frame: Tensor, looks: Tensor, candidates: Tensor) -> Tensor:
        """Return (films, candidates, features) of boxes (films, candidates, 4) near those where one looks."""
        maps = self.seen(window(frame, looks, TIMES, (SIDE, SIDE))[:, None] - 0.5)
        scale = maps.shape[-1] / TIMES / looks[:, None, 2:]
        middles = (candidates[..., :2] - looks[:, None, :2]) * scale + 0.5 * maps.shape[-1]
        within = torch.cat([middles, candidates[..., 2:] * scale], dim=2)
        return self.described(cuts(maps, within, CONTEXT, (SAMPLES, SAMPLES)).flatten(2))

    def loss(self, pairs: Pairs) -> Tensor:
        """Return how unlikely the films' own heads find what windows show."""
        offsets, shown = around(pairs.box.device)
        here = torch.cat([pairs.box[:, :2], pairs.template[:, 2:]], dim=1)
        features = self(pairs.later, pairs.before, moved(here, offsets))
        logits = answers(features, self.heads(pairs.film))
        each = functional.binary_cross_entropy_with_logits(
            logits, shown.to(logits).expand_as(logits), reduction="none"
        )
        return 0.5 * (each[:, shown].mean() + each[:, ~shown].mean())


def mdnet_like(network: SharedLayers, films: Tensor, first: Tensor) -> Tensor:
    """Return boxes; see `predictors.imaging.tracking`."""
    offsets, shown = around(films.device)
    line = torch.arange(-REACH, REACH + 0.5 * STEP, STEP, device=films.device)
    searched = torch.cartesian_prod(line, line)

    def learned_from(frame: Tensor, boxes: Tensor) -> Tensor:
        return network(frame, boxes, moved(boxes, offsets))

    at_first = learned_from(films[:, 0], first)
    head, newest, boxes, said = fitted(at_first, shown), [at_first], first, [first]
    for number, frame in enumerate(films.unbind(1)[1:], 1):
        likely = answers(network(frame, boxes, moved(boxes, searched)), head)
        value, best = likely.topk(BEST, dim=1)
        x, z = searched[best].mean(1).T
        found = value.mean(1) > 0.0
        boxes = shifted(boxes, found * x, found * z, frame.shape)
        said.append(boxes)
        if number % EVERY == 0:
            newest = [*newest, learned_from(frame, boxes)][-MEMORY:]
            kept = torch.cat([at_first, *newest], dim=1)
            again = fitted(kept, shown.repeat(len(newest) + 1), head, steps=1)
            head = torch.where(found[:, None], again, head)
    return torch.stack(said, dim=1)
