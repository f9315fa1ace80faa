"""Landmarks without a network: how well each pixel answers, and where landmarks mostly lie.

A map is the logarithm of a normal density of places, learned from marks, plus the answer of each pixel, weighed as
suits marks that were held back. Answers are how bright it is thereabouts, or those of a correlation filter in closed
form, learned from many images (Bolme, CVPR 2009:2105 and CVPR 2010:2544).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from predictors.imaging import heat

HELD = 0.25  # share of the images by which weights are chosen
WEIGHTS = 0.0, 1.0, 3.0, 10.0, 30.0, 100.0
SMOOTH = 3  # pixels over which brightness is averaged
SPREAD = 1.0  # pixels, SD of the answer that is wanted of a filter
LAMBDA = 1e-2  # of the mean power
TOGETHER = 120  # images that are looked at in one go

Maps = Callable[[Tensor], Tensor]  # (images, height, width) -> (images, points or 1, height, width)
Method = Callable[[Tensor, Tensor, tuple[float, float]], Maps]


def learned(method: Method, images: Tensor, marks: Tensor, pixel: tuple[float, float]) -> Maps:
    """Return maps, (images, points, height, width), whose highest values say where points are.

    Args:
        method: `brightness` or `correlation`.
        images: (images, height, width), 0 to 1.
        marks: (images, points, 2), mm, x before z.
        pixel: mm, height and width.
    """
    held = round(HELD * len(images))
    answers = method(images[held:], marks[held:], pixel)
    places = _places(images, marks, pixel)

    def maps(weight: float, shown: Tensor) -> Tensor:
        return places + weight * answers(shown)

    off = [
        (heat.highest(maps(weight, images[:held]), pixel) - marks[:held]).norm(dim=-1).mean()
        for weight in WEIGHTS
    ]
    best = WEIGHTS[int(torch.stack(off).argmin())]
    return lambda shown: maps(best, shown)


def spotted(maps: Maps, images: Tensor, pixel: tuple[float, float]) -> tuple[Tensor, Tensor]:
    """Return where maps are highest, (images, points, 2), mm, and how high they are there, (images, points)."""
    found = [(heat.highest(one, pixel), one.amax((2, 3))) for one in map(maps, images.split(TOGETHER))]
    places, heights = zip(*found, strict=True)
    return torch.cat(places), torch.cat(heights)


def brightness(images: Tensor, marks: Tensor, pixel: tuple[float, float]) -> Maps:
    """Return how bright pixels are thereabouts; nothing is learned."""
    return lambda shown: functional.avg_pool2d(shown[:, None], SMOOTH, 1, SMOOTH // 2)


def correlation(images: Tensor, marks: Tensor, pixel: tuple[float, float]) -> Maps:
    """Learn filters that would have answered to all images with a peak at the marks, by least squares."""
    shape = (images.shape[1], images.shape[2])
    z, x = ((torch.arange(side, device=images.device) + 0.5) for side in shape)
    down = (z - marks[..., 1:] / pixel[0]) / SPREAD
    across = (x - marks[..., :1] / pixel[1]) / SPREAD
    wanted = torch.fft.rfft2(torch.exp(-0.5 * (down[..., :, None] ** 2 + across[..., None, :] ** 2)))
    seen = _spectrum(images)
    power = (seen * seen.conj()).real.sum(0)
    filters = (wanted * seen.conj()).sum(0) / (power + LAMBDA * power.mean())
    return lambda shown: torch.fft.irfft2(_spectrum(shown) * filters, s=shape)


def _spectrum(images: Tensor) -> Tensor:
    grey = images - images.mean((1, 2), keepdim=True)
    return torch.fft.rfft2(grey / grey.std((1, 2), keepdim=True).clamp(min=1e-3))[:, None]


def _places(images: Tensor, marks: Tensor, pixel: tuple[float, float]) -> Tensor:
    """Return the logarithm of the normal density of where each point lies, (points, height, width)."""
    z, x = (
        (torch.arange(side, device=images.device) + 0.5) * one
        for side, one in zip(images.shape[1:], pixel, strict=True)
    )
    grid = torch.stack(torch.meshgrid(x, z, indexing="xy"), dim=-1)
    maps = [
        torch.distributions.MultivariateNormal(one.mean(0), one.T.cov()).log_prob(grid)
        for one in marks.unbind(1)
    ]
    return torch.stack(maps)
