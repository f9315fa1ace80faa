"""The correlation filter MOSSE (Bolme, CVPR 2010), of one channel or, as in DSST (Danelljan, BMVC 2014), of several.

The filter that would have answered to all windows so far with a peak where the nerve was, in closed form.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from predictors.imaging.tracking.windows import peak, shifted, window

SIDE = 64  # samples of a window
TIMES = 3.0  # boxes that are searched
SPREAD = 0.08  # SD of the answer, of a window
RATE = 0.05  # share of the newest window in the filter (choice; the paper has 0.125 for quicker scenes)
LAMBDA = 1e-2  # of the mean power
LEAST = 0.12  # of a perfect answer; below it the filter learns nothing (choice)

Features = Callable[[Tensor], Tensor]  # (films, side, side) -> (films, channels, side, side)


def grey(windows: Tensor) -> Tensor:
    """Return windows of mean 0 and SD 1, as the paper shows them to its filter."""
    spread = windows.std((1, 2), keepdim=True).clamp(min=1e-3)
    return ((windows - windows.mean((1, 2), keepdim=True)) / spread)[:, None]


def mosse(films: Tensor, first: Tensor, features: Features = grey) -> Tensor:
    """Return boxes; see `predictors.imaging.tracking`. `features` is what the filter is shown."""
    hann = torch.hann_window(SIDE, periodic=False, device=films.device)
    taper = hann[:, None] * hann
    place = (torch.arange(SIDE, device=films.device) - SIDE // 2) / (SPREAD * SIDE)
    wanted = torch.exp(-0.5 * (place[:, None] ** 2 + place**2))
    goal = torch.fft.rfft2(torch.fft.ifftshift(wanted))

    def spectrum(frame: Tensor, boxes: Tensor) -> Tensor:
        return torch.fft.rfft2(features(window(frame, boxes, TIMES, (SIDE, SIDE))) * taper)

    def learned(seen: Tensor) -> tuple[Tensor, Tensor]:
        return goal * seen.conj(), (seen * seen.conj()).real.sum(1, keepdim=True)

    boxes, said = first, [first]
    above, below = learned(spectrum(films[:, 0], first))
    for frame in films.unbind(1)[1:]:
        seen = spectrum(frame, boxes)
        answer = (above * seen).sum(1) / (below + LAMBDA * below.mean((2, 3), keepdim=True))[:, 0]
        maps = torch.fft.fftshift(torch.fft.irfft2(answer, s=(SIDE, SIDE)), dim=(1, 2))
        x, z, value = peak(maps)
        found = value > LEAST
        boxes = shifted(boxes, found * x * TIMES / SIDE, found * z * TIMES / SIDE, frame.shape)
        share = (RATE * found)[:, None, None, None]
        more, power = learned(spectrum(frame, boxes))
        above, below = above + share * (more - above), below + share * (power - below)
        said.append(boxes)
    return torch.stack(said, dim=1)
