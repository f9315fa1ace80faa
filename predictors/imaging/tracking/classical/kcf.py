"""A kernelised correlation filter (KCF: Henriques, IEEE PAMI 2015;37:583), on grey.

Ridge regression, in closed form, on how alike a window is to the template in each of its places, by a Gaussian kernel.
"""

from __future__ import annotations

import torch
from torch import Tensor

from predictors.imaging.tracking.windows import bump, peak, shifted, standard, taper, window

SIDE = 64  # samples of a window
TIMES = 3.0  # boxes that are searched
SPREAD = 0.08  # SD of the answer, of a window
KERNEL = 0.2  # SD of the kernel, as in the paper
RIDGE = 1e-4  # as in the paper
RATE = 0.05  # share of the newest window in the filter and in the template (choice; the paper has 0.02)
LEAST = 0.12  # of a perfect answer; below it nothing is learned (choice)


def kcf(films: Tensor, first: Tensor) -> Tensor:
    """Return boxes; see `predictors.imaging.tracking`."""
    fading, middle = taper(SIDE, films), films.new_zeros(1)
    goal = torch.fft.rfft2(torch.fft.ifftshift(bump(SIDE, SPREAD * SIDE, middle, middle)))

    def seen(frame: Tensor, boxes: Tensor) -> Tensor:
        return torch.fft.rfft2(standard(window(frame, boxes, TIMES, (SIDE, SIDE))) * fading)

    template, boxes, said = seen(films[:, 0], first), first, [first]
    dual = goal / (alike(template, template) + RIDGE)
    for frame in films.unbind(1)[1:]:
        answers = torch.fft.irfft2(dual * alike(seen(frame, boxes), template), s=(SIDE, SIDE))
        x, z, value = peak(torch.fft.fftshift(answers, dim=(1, 2)))
        found = value > LEAST
        boxes = shifted(boxes, found * x * TIMES / SIDE, found * z * TIMES / SIDE, frame.shape)
        share, newest = (RATE * found)[:, None, None], seen(frame, boxes)
        dual = dual + share * (goal / (alike(newest, newest) + RIDGE) - dual)
        template = template + share * (newest - template)
        said.append(boxes)
    return torch.stack(said, dim=1)


def alike(one: Tensor, other: Tensor) -> Tensor:
    """Return the spectrum of the kernel of windows in all places, of spectra (films, side, side // 2 + 1)."""
    first, second = (torch.fft.irfft2(each, s=(SIDE, SIDE)) for each in (one, other))
    both = torch.fft.irfft2(one * other.conj(), s=(SIDE, SIDE))
    squares = first.square().sum((1, 2), keepdim=True) + second.square().sum((1, 2), keepdim=True)
    apart = (squares - 2.0 * both).clamp(min=0.0) / SIDE**2
    return torch.fft.rfft2(torch.exp(-apart / KERNEL**2))
