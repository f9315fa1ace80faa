"""A one-dimensional convolutional network that reads the raw pulse wave."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

RATE = 25.0  # Hz, to which the wave is thinned out
CROP = 60.0  # s of a window that are read at once
EPOCHS, BATCH, STEP, DECAY = 20, 32, 3e-3, 1e-2


class Network(nn.Module):
    """Samples to log odds of classes; what is found anywhere in a window counts alike."""

    def __init__(self, classes: int, channels: int = 8, dropout: float = 0.2):
        super().__init__()
        layers: list[nn.Module] = []
        for before, after, width in (
            (1, channels, 9),
            (channels, 2 * channels, 7),
            (2 * channels, 2 * channels, 5),
        ):
            layers += [nn.Conv1d(before, after, width, stride=2), nn.BatchNorm1d(after), nn.SiLU()]
        self.body = nn.Sequential(*layers)
        self.output = nn.Sequential(nn.Dropout(dropout), nn.Linear(4 * channels, classes))

    def forward(self, samples: Tensor) -> Tensor:
        """Return (windows, classes) of (windows, samples)."""
        found = self.body(samples[:, None])
        return self.output(torch.cat([found.mean(-1), found.std(-1)], -1))


def thinned(ppg: np.ndarray, rate: float) -> Tensor:
    """Return windows (samples, windows) at `rate` Hz as (windows, samples) at `RATE`, each a mean of some."""
    every = round(rate / RATE)
    rows = len(ppg) // every * every
    return torch.from_numpy(ppg[:rows].reshape(-1, every, ppg.shape[-1]).mean(axis=1).T.astype(np.float32))


def learn(samples: Tensor, labels: Tensor, classes: int, seed: int, epochs: int = EPOCHS) -> Network:
    """Return a network that has learned classes of windows, each time from another minute of them.

    Args:
        samples: (windows, samples), standardised.
        labels: (windows,), whole numbers from 0.
        classes: number of them.
        seed: of weights, crops and order.
        epochs: passes over the windows.
    """
    torch.manual_seed(seed)
    chance = torch.Generator().manual_seed(seed)
    network, length = Network(classes), min(round(CROP * RATE), samples.shape[1])
    optimiser = torch.optim.AdamW(network.parameters(), STEP, weight_decay=DECAY)
    steps = epochs * -(-len(samples) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, STEP, total_steps=steps)
    for _ in range(epochs):
        for part in torch.randperm(len(samples), generator=chance).split(BATCH):
            start = int(torch.randint(samples.shape[1] - length + 1, (1,), generator=chance))
            optimiser.zero_grad()
            odds = network(samples[part, start : start + length])
            nn.functional.cross_entropy(odds, labels[part]).backward()
            optimiser.step()
            schedule.step()
    return network.eval()


def probabilities(network: Network, samples: Tensor) -> np.ndarray:
    """Return the probabilities of classes, (windows, classes)."""
    with torch.no_grad():
        return torch.softmax(network(samples), -1).numpy()
