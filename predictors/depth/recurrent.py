"""The part that networks over whole cases share: features to a memory, and on to a summary of each moment."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from sim.arrays import Array

LONGEST = 15000.0  # s of a case that trains; few last longer than four hours


class Recurrent(nn.Module):
    """Features to a memory (a gated recurrent unit) and on to a summary, (time, patients, units).

    What is trained on whole cases is what runs in the loop: a sequence of one step with the hidden state of the last.
    """

    def __init__(self, inputs: int, cells: int, units: int, dropout: float):
        super().__init__()
        self.cells = cells
        self.encode = nn.Linear(inputs, cells)
        self.memory = nn.GRU(cells, cells)
        self.mix = nn.Linear(cells + inputs, units)
        self.dropout = nn.Dropout(dropout)

    def forward(self, inputs: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the summaries and the last hidden state (1, patients, cells)."""
        kept, hidden = self.memory(torch.tanh(self.encode(inputs)), hidden)
        return self.dropout(nn.functional.elu(self.mix(torch.cat([kept, inputs], -1)))), hidden


def sequence(columns: Array) -> Tensor:
    """Return (features, patients) as a sequence of one step, (1, patients, features)."""
    return torch.from_numpy(np.ascontiguousarray(columns.T))[None]


def cases_first(values: np.ndarray, device: str) -> Tensor:
    """Return (time, ..., cases) as (time, cases, ...) on a device."""
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(values, -1, 1))).to(device)
