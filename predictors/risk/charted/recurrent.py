"""A recurrent network over charts of irregular values: what is old counts for less, and how old it is is known.

Gated units (Cho, EMNLP 2014) as in Meyer A, Lancet Respir Med 2018;6:905; values that fade towards the average as they
age, at a rate learned for each channel, as in Che Z, Sci Rep 2018;8:6085.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

DAY = 24.0  # h, from which an age counts as old


class Network(nn.Module):
    """Charts to log odds, one for each outcome.

    Attributes:
        mean, sd: of the channels, by which they are standardised.
        known_mean, known_sd: of what is known beforehand.
        fading: (channels,), whose softplus is the rate of fading, 1/h.
    """

    mean: Tensor
    sd: Tensor
    known_mean: Tensor
    known_sd: Tensor

    def __init__(self, channels: int, known: int, outcomes: int, units: int = 48, dropout: float = 0.1):
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("sd", torch.ones(channels))
        self.register_buffer("known_mean", torch.zeros(known))
        self.register_buffer("known_sd", torch.ones(known))
        self.fading = nn.Parameter(torch.full((channels,), -4.0))
        self.memory = nn.GRU(2 * channels + known, units, batch_first=True)
        self.output = nn.Sequential(nn.Dropout(dropout), nn.Linear(units, outcomes))

    def forward(
        self, last: Tensor, since: Tensor, known: Tensor, hidden: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return log odds, (patients, steps, outcomes), and the memory after the last step, (1, patients, units).

        Args:
            last: values, (patients, steps, channels), NaN where none is known yet.
            since: their ages, h.
            known: (patients, known), of each patient.
            hidden: the memory before the first step; none at admission.
        """
        values = torch.nan_to_num((last - self.mean) / self.sd).clamp(-8.0, 8.0)
        age = since.clamp(max=DAY)
        faded = values * torch.exp(-nn.functional.softplus(self.fading) * age)
        people = ((known - self.known_mean) / self.known_sd)[:, None].expand(-1, last.shape[1], -1)
        found, hidden = self.memory(torch.cat([faded, age / DAY, people], -1), hidden)
        return self.output(found), hidden
