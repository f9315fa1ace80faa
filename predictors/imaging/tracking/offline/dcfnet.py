"""Features after DCFNet (Wang, arXiv 1704.04057) and CFNet (Valmadre, CVPR 2017): good for a correlation filter.

The filter of the first frame in closed form is a layer through which features learn; while following it is renewed.
"""

from __future__ import annotations

from torch import Tensor, nn

from predictors.imaging.tracking.filters import SIDE, SPREAD, TIMES, Filter, filtered
from predictors.imaging.tracking.pairs import Pairs
from predictors.imaging.tracking.windows import bump, standard, window

SIZES = 16, 16


class FilterFeatures(nn.Module):
    """Features of windows, as fine as they are; those of the first layer alone may be negative at the end."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in zip((1, *SIZES[:-1]), SIZES, strict=True):
            layers += [
                nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
                nn.BatchNorm2d(outputs),
                nn.ReLU(),
            ]
        self.seen = nn.Sequential(*layers[:-1])  # features may be negative

    def forward(self, windows: Tensor) -> Tensor:
        """Return (films, channels, side, side) of windows (films, side, side)."""
        return self.seen(standard(windows)[:, None])

    def loss(self, pairs: Pairs) -> Tensor:
        """Return how far the filter's answers are from a peak where the nerve is."""
        first, later = (
            self(window(frame, boxes, TIMES, (SIDE, SIDE)))
            for frame, boxes in ((pairs.first, pairs.template), (pairs.later, pairs.before))
        )
        x, z = ((pairs.box - pairs.before)[:, :2] / pairs.before[:, 2:] * SIDE / TIMES).T
        wanted = bump(SIDE, SPREAD * SIDE, x, z)
        return (Filter(first).answer(later) - wanted).square().sum((1, 2)).mean() / wanted[0].sum()


def dcfnet_like(network: FilterFeatures, films: Tensor, first: Tensor) -> Tensor:
    """Return boxes; see `predictors.imaging.tracking`."""
    return filtered(films, first, lambda windows: [network(windows)])
