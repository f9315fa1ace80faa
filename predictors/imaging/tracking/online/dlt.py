"""Features of a denoising auto-encoder in a particle filter, after DLT (Wang, NIPS 2013).

Beforehand it learns, without labels, to take noise from windows of any place of films. While following, a head on its
innermost layer tells the nerve from what is beside it, and learns again when it is no longer sure. The paper renews
the layers below the head, too; here they stay.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from predictors.imaging.tracking.online.heads import answers, around, fitted, moved
from predictors.imaging.tracking.pairs import Pairs
from predictors.imaging.tracking.particles import Particles
from predictors.imaging.tracking.windows import cuts

SIDE, TIMES = 16, 1.6  # samples of a window's sides, and boxes that it shows
SIZES = 160, 64
NOISE = 0.5  # SD, of a window's own
ANYWHERE = 16  # windows of each frame that it learns from
PARTICLES, STEP = 150, (1.2, 0.8, 0.01)  # SD of a guess: pixels aside and below, share of the size
SHARP = 2.0  # how much log odds count
SURE = 0.8  # probability of the best guess, below which the head learns again, as in the paper
EVERY = 10  # or after so many frames


class AutoEncoder(nn.Module):
    """Windows with noise in, as they were out."""

    def __init__(self) -> None:
        super().__init__()
        inner = [nn.Linear(SIDE**2, SIZES[0]), nn.Sigmoid(), nn.Linear(*SIZES), nn.Sigmoid()]
        self.described = nn.Sequential(*inner)
        self.back = nn.Sequential(nn.Linear(SIZES[1], SIZES[0]), nn.Sigmoid(), nn.Linear(SIZES[0], SIDE**2))

    def forward(self, frame: Tensor, boxes: Tensor) -> Tensor:
        """Return (films, boxes, features) of what lies about boxes (films, boxes, 4)."""
        return 2.0 * self.described(seen(frame, boxes)) - 1.0

    def loss(self, pairs: Pairs) -> Tensor:
        """Return how much noise is left: of windows as large as the nerve's, but anywhere."""
        places = torch.rand((len(pairs.later), ANYWHERE, 2), device=pairs.later.device)
        height, width = pairs.later.shape[-2:]
        middles = places * places.new_tensor([width, height])
        sides = pairs.template[:, None, 2:].expand_as(middles)
        clean = seen(pairs.later, torch.cat([middles, sides], dim=2))
        noisy = clean + NOISE * torch.randn_like(clean)
        return functional.mse_loss(self.back(self.described(noisy)), clean)


def seen(frame: Tensor, boxes: Tensor) -> Tensor:
    """Return windows about boxes (films, boxes, 4), of mean 0 and SD 1, (films, boxes, samples)."""
    shown = cuts(frame[:, None], boxes, TIMES, (SIDE, SIDE)).flatten(2)
    return (shown - shown.mean(2, keepdim=True)) / shown.std(2, keepdim=True).clamp(min=1e-3)


def dlt_like(network: AutoEncoder, films: Tensor, first: Tensor, seed: int = 0) -> Tensor:
    """Return boxes; see `predictors.imaging.tracking`. `seed` is of the guesses."""
    offsets, shown = around(films.device)
    at_first = network(films[:, 0], moved(first, offsets))
    head, said = fitted(at_first, shown), [first]
    particles = Particles(first, PARTICLES, STEP, seed)
    for number, frame in enumerate(films.unbind(1)[1:], 1):
        likely = answers(network(frame, particles.moved()), head)
        boxes = particles.weighed(SHARP * likely)
        said.append(boxes)
        unsure = (likely.max(1).values.sigmoid() < SURE) | (number % EVERY == 0)
        known = torch.cat([at_first, network(frame, moved(boxes, offsets))], dim=1)
        again = fitted(known, shown.repeat(2), head, steps=1)
        head = torch.where(unsure[:, None], again, head)
    return torch.stack(said, dim=1)
