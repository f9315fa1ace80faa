"""The correlation filter MOSSE (Bolme, CVPR 2010), on grey."""

from __future__ import annotations

from torch import Tensor

from predictors.imaging.tracking.filters import filtered
from predictors.imaging.tracking.windows import standard


def mosse(films: Tensor, first: Tensor) -> Tensor:
    """Return boxes; see `predictors.imaging.tracking`."""
    return filtered(films, first, lambda windows: [standard(windows)[:, None]])
