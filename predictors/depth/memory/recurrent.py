"""The part that networks over whole cases share: features to a memory, and on to a summary of each moment."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from sim.arrays import Array

LONGEST = 15000.0  # s of a case that trains; few last longer than four hours


class Recurrent(nn.Module):
    """Features to a memory (a gated recurrent unit) and on to a summary, (time, patients, units).

    The memory may move at every `every`-th moment only, and reaches as many times further back then; the summary is of
    the memory and the features of its own moment. What is trained on whole cases is what runs in the loop, one moment
    after the other: how many moments ago the memory moved is kept beside it.

    Attributes:
        carried: numbers that are carried from moment to moment.
    """

    def __init__(self, inputs: int, cells: int, units: int, dropout: float, every: int = 1):
        super().__init__()
        self.every, self.carried = every, cells + 1
        self.encode = nn.Linear(inputs, cells)
        self.memory = nn.GRU(cells, cells)
        self.mix = nn.Linear(cells + inputs, units)
        self.dropout = nn.Dropout(dropout)

    def forward(self, inputs: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Return the summaries of whole cases; or of one moment, and what is carried on from it.

        Args:
            inputs: (time, patients, features); one moment if something is carried.
            hidden: (1, patients, carried), 0 at the beginning of a case.
        """
        if hidden is None:
            kept, _ = self.memory(torch.tanh(self.encode(inputs[:: self.every])))
            kept = kept.repeat_interleave(self.every, dim=0)[: len(inputs)]
        else:
            since, before = hidden[..., -1:], hidden[..., :-1].contiguous()
            _, moved = self.memory(torch.tanh(self.encode(inputs)), before)
            kept = torch.where(since == 0.0, moved, before)
            hidden = torch.cat([kept, torch.remainder(since + 1.0, self.every)], -1)
        return self.dropout(nn.functional.elu(self.mix(torch.cat([kept, inputs], -1)))), hidden


def sequence(columns: Array) -> Tensor:
    """Return (features, patients) as a sequence of one step, (1, patients, features)."""
    return torch.from_numpy(np.ascontiguousarray(columns.T))[None]


def cases_first(values: np.ndarray, device: str) -> Tensor:
    """Return (time, ..., cases) as (time, cases, ...) on a device."""
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(values, -1, 1))).to(device)
