"""Small networks side by side, each with its own weights and its own share of the samples, and how they are tuned."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn

BATCH = 32
STEP, DECAY, EPOCHS = 3e-3, 1e-2, 60


class Networks(nn.Module):
    """Networks of sigmoid units that answer the log odds of classes.

    Args:
        sizes: of the layers: features, hidden units ..., classes.
        members: networks side by side.
    """

    def __init__(self, sizes: Sequence[int], members: int = 1):
        super().__init__()
        pairs = list(itertools.pairwise(sizes))
        self.weights = nn.ParameterList([torch.zeros(members, *pair) for pair in pairs])
        self.biases = nn.ParameterList([torch.zeros(members, 1, after) for _, after in pairs])

    def forward(self, inputs: Tensor) -> Tensor:
        """Return log odds up to a constant, (members, samples, classes), of (..., samples, features)."""
        for weights, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            inputs = torch.sigmoid(inputs @ weights + bias)
        return inputs @ self.weights[-1] + self.biases[-1]


def scatter(networks: Networks, chance: torch.Generator) -> None:
    """Draw first weights that keep the spread of what passes through. Glorot, AISTATS 2010."""
    with torch.no_grad():
        for weights in networks.weights:
            reach = (6.0 / sum(weights.shape[1:])) ** 0.5
            weights.copy_(reach * (2.0 * torch.rand(weights.shape, generator=chance) - 1.0))


def tune(
    networks: Networks,
    inputs: Tensor,
    labels: Tensor,
    counts: Tensor,
    chance: torch.Generator,
    epochs: int = EPOCHS,
) -> None:
    """Descend on the cross-entropy by Adam, in place; each network sees each sample as often as its counts say.

    Args:
        networks: side by side.
        inputs: (samples, features).
        labels: (samples,), whole numbers from 0.
        counts: (members, samples).
        chance: of the order of samples.
        epochs: passes over the samples.
    """
    optimiser = torch.optim.AdamW(networks.parameters(), STEP, weight_decay=DECAY)
    for _ in range(epochs):
        for part in torch.randperm(len(inputs), generator=chance).split(BATCH):
            optimiser.zero_grad()
            log = torch.log_softmax(networks(inputs[part]), -1)
            entropy = -log.gather(-1, labels[part].expand(len(log), -1)[..., None])[..., 0]
            often = counts[:, part]
            ((often * entropy).sum(-1) / often.sum(-1).clamp(min=1.0)).sum().backward()
            optimiser.step()


def probabilities(networks: Networks, inputs: Tensor) -> Tensor:
    """Return the probabilities of classes that each network gives, (members, samples, classes)."""
    with torch.no_grad():
        return torch.softmax(networks(inputs), -1)
