"""Pain from the last frames of a film (Rodriguez, IEEE Trans Cybern 2017): a recurrent network over features of frames.

As in the authors' code: one layer, its weights uniform from -0.1 to 0.1 at first, over features that a network of
single frames has learned. Features, cells and descent are smaller ones (ours).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from predictors.imaging.faces.frames import FEATURES

Cells = type[nn.LSTM] | type[nn.GRU]
CELLS = 64
REACH = 0.1  # of weights at first


class Recurrent(nn.Module):
    """Says how probable pain is in the last frame of a window, and how intense it would be.

    Args:
        cells: of what kind, `nn.LSTM` or `nn.GRU`.
    """

    def __init__(self, cells: Cells = nn.LSTM) -> None:
        super().__init__()
        self.memory = cells(FEATURES, CELLS, batch_first=True)
        self.said = nn.Linear(CELLS, 2)
        for weights in self.memory.parameters():
            nn.init.uniform_(weights, -REACH, REACH)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logit of pain and the intensity, PSPI, each (windows,), of (windows, frames, features)."""
        out = self.said(self.memory(features)[0][:, -1])
        return out[:, 0], out[:, 1]


def windows(features: Tensor, length: int) -> Tensor:
    """Return the frames up to each, (films, frames, length, features), of (films, frames, features).

    Before its first frame a film is taken to have stood still.
    """
    before = features[:, :1].expand(-1, length - 1, -1)
    return torch.cat([before, features], 1).unfold(1, length, 1).movedim(-1, 2)
