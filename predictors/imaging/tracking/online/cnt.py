"""Convolutions without training, after CNT (Zhang, IEEE Trans Image Process 2016;25:1779).

Filters are patches of the first box, less the mean of patches about it; their answers where they stand describe the
nerve, weak ones set to 0, and particles follow what is described alike. The paper chooses patches by clustering and
takes 100; here a few are drawn.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from predictors.imaging.tracking.particles import Particles
from predictors.imaging.tracking.windows import cuts, window

SIDE, TIMES = 64, 3.5  # samples of a window's sides, and boxes that it shows
PATCH = 6  # samples, as in the paper
FILTERS = 16
SURROUNDINGS = 8  # patches about the nerve that are taken off each filter, as their mean
POINTS, CONTEXT = 6, 1.3  # of answers in a particle, along a side, and how many boxes it shows
PARTICLES, STEP = 100, (1.2, 0.8, 0.01)  # SD of a guess: pixels aside and below, share of the size
ALIKE = 0.05  # of a squared distance of descriptions: what makes a guess e times less likely
RATE = 0.05  # share of the newest frame in what the nerve is described as, as in the paper


def cnt_like(films: Tensor, first: Tensor, seed: int = 0) -> Tensor:
    """Return boxes; see `predictors.imaging.tracking`. `seed` is of patches and guesses."""
    kernels = filters(patches(window(films[:, 0], first, TIMES, (SIDE, SIDE))), seed)
    model = _described(_answers(kernels, films[:, 0], first), first, first[:, None])
    boxes, said = first, [first]
    particles = Particles(first, PARTICLES, STEP, seed)
    for frame in films.unbind(1)[1:]:
        looks, maps = boxes, _answers(kernels, frame, boxes)
        apart = (_described(maps, looks, particles.moved()) - model).square().sum(2)
        boxes = particles.weighed(-apart / ALIKE)
        newest = _described(maps, looks, boxes[:, None])
        model = functional.normalize(torch.lerp(model, newest, RATE), dim=2)
        said.append(boxes)
    return torch.stack(said, dim=1)


def patches(windows: Tensor) -> Tensor:
    """Return all patches of windows, of mean 0 and length 1, (films, PATCH², places)."""
    each = functional.unfold(windows[:, None], PATCH)
    return functional.normalize(each - each.mean(1, keepdim=True), dim=1, eps=1e-3)


def filters(each: Tensor, seed: int) -> Tensor:
    """Return filters, (films, FILTERS, PATCH²): of patches within the box, less the mean of some about it."""
    chance = torch.Generator(each.device).manual_seed(seed)
    side = SIDE - PATCH + 1
    place = TIMES * ((torch.arange(side, device=each.device) + 0.5) / side - 0.5)  # boxes
    within = torch.maximum(place.abs()[:, None], place.abs()).flatten() < 0.5
    here, about = (one.nonzero()[:, 0] for one in (within, ~within))

    def chosen(numbers: Tensor, count: int) -> Tensor:
        return numbers[torch.randint(len(numbers), (count,), generator=chance, device=each.device)]

    own = each[..., chosen(here, FILTERS)]
    others = each[..., chosen(about, FILTERS * SURROUNDINGS)].unflatten(2, (FILTERS, SURROUNDINGS)).mean(3)
    return functional.normalize(own - others, dim=1).transpose(1, 2)


def _answers(kernels: Tensor, frame: Tensor, looks: Tensor) -> Tensor:
    """Return the filters' answers in windows, (films, filters, side, side)."""
    side = SIDE - PATCH + 1
    return (kernels @ patches(window(frame, looks, TIMES, (SIDE, SIDE)))).unflatten(2, (side, side))


def _described(maps: Tensor, looks: Tensor, boxes: Tensor) -> Tensor:
    """Return answers in boxes, (films, boxes, numbers), those below their median 0, of length 1."""
    scale = SIDE / TIMES / looks[:, None, 2:]
    middles = (boxes[..., :2] - looks[:, None, :2]) * scale + 0.5 * maps.shape[-1]
    within = torch.cat([middles, boxes[..., 2:] * scale], dim=2)
    found = cuts(maps, within, CONTEXT, (POINTS, POINTS)).flatten(2)
    strong = found.abs() - found.abs().median(2, keepdim=True).values
    return functional.normalize(found.sign() * strong.clamp(min=0.0), dim=2)
