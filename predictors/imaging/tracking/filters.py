"""Correlation filters in closed form: what would have answered to all windows so far with a peak at the nerve.

MOSSE (Bolme, CVPR 2010) for one channel; for several as in DSST (Danelljan, BMVC 2014).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from predictors.imaging.tracking.windows import bump, peak, shifted, taper, window

SIDE = 64  # samples of a window
TIMES = 3.0  # boxes that are searched
SPREAD = 0.08  # SD of the answer, of a window
RATE = 0.05  # share of the newest window in the filter (choice; MOSSE has 0.125 for quicker scenes)
LAMBDA = 1e-2  # of the mean power
LEAST = 0.12  # of a perfect answer; below it the filter learns nothing (choice)

Layers = Callable[
    [Tensor], Sequence[Tensor]
]  # (films, side, side) -> layers of (films, channels, side, side)


class Filter:
    """The filter of a layer of features.

    Args:
        features: (films, channels, side, side), of windows with the nerve in their middle.
    """

    def __init__(self, features: Tensor) -> None:
        side, middle = features.shape[-1], features.new_zeros(1)
        self._taper = taper(side, features)
        self._goal = torch.fft.rfft2(torch.fft.ifftshift(bump(side, SPREAD * side, middle, middle)))[None]
        self._above, self._below = self._learned(features)

    def answer(self, features: Tensor) -> Tensor:
        """Return answers to windows, (films, side, side); where the nerve lies in the middle, their middle is 1."""
        shown = self._spectrum(features)
        powers = self._below + LAMBDA * self._below.mean((2, 3), keepdim=True)
        found = torch.fft.irfft2((self._above * shown).sum(1) / powers[:, 0], s=features.shape[-2:])
        return torch.fft.fftshift(found, dim=(1, 2))

    def renew(self, features: Tensor, share: Tensor) -> None:
        """Learn from windows with the nerve in their middle, as much as (films,) shares say."""
        share = share[:, None, None, None]
        above, below = self._learned(features)
        self._above = self._above + share * (above - self._above)
        self._below = self._below + share * (below - self._below)

    def _learned(self, features: Tensor) -> tuple[Tensor, Tensor]:
        shown = self._spectrum(features)
        return self._goal * shown.conj(), (shown * shown.conj()).real.sum(1, keepdim=True)

    def _spectrum(self, features: Tensor) -> Tensor:
        return torch.fft.rfft2(features * self._taper)


def filtered(films: Tensor, first: Tensor, layers: Layers, weights: Sequence[float] = (1.0,)) -> Tensor:
    """Return boxes; see `predictors.imaging.tracking`.

    Args:
        films, first: see there.
        layers: what filters are shown, a filter a layer.
        weights: of the layers' answers, whose weighted mean says where the nerve is.
    """

    def seen(frame: Tensor, boxes: Tensor) -> Sequence[Tensor]:
        return layers(window(frame, boxes, TIMES, (SIDE, SIDE)))

    boxes, said = first, [first]
    filters = [Filter(layer) for layer in seen(films[:, 0], first)]
    for frame in films.unbind(1)[1:]:
        answers = [one.answer(layer) for one, layer in zip(filters, seen(frame, boxes), strict=True)]
        weighted = [weight * one for weight, one in zip(weights, answers, strict=True)]
        x, z, value = peak(torch.stack(weighted).sum(0) / sum(weights))
        found = value > LEAST
        boxes = shifted(boxes, found * x * TIMES / SIDE, found * z * TIMES / SIDE, frame.shape)
        for one, layer in zip(filters, seen(frame, boxes), strict=True):
            one.renew(layer, RATE * found)
        said.append(boxes)
    return torch.stack(said, dim=1)
