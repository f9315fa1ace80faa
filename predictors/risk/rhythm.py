"""Kinds of heart beats, from the electrocardiogram around each and how early it came: a convolutional network.

Three convolutions of eleven samples and two dense layers, as in public notebooks on the MIT-BIH recordings.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from predictors.learning.contract import Recipe
from predictors.learning.descent import Lesson, descend, parts
from sim.arrays import Array

BATCH, STEP, HELD_BACK = 128, 4e-3, 10  # every so many-th beat chooses the epoch
TIMES = 3  # numbers on time: s before, s after, s before beside the person's mean


class Network(nn.Module):
    """Samples and times to log odds of kinds."""

    def __init__(self, kinds: int, channels: int = 16, dropout: float = 0.2):
        super().__init__()
        layers: list[nn.Module] = []
        for before in (1, channels, channels):
            layers += [nn.Conv1d(before, channels, 11, padding=5), nn.BatchNorm1d(channels), nn.ReLU()]
            layers += [nn.MaxPool1d(2)]
        self.body = nn.Sequential(*layers, nn.AdaptiveAvgPool1d(8), nn.Flatten())
        self.output = nn.Sequential(
            nn.Linear(8 * channels + TIMES, 64), nn.ReLU(), nn.Dropout(dropout), nn.Linear(64, kinds)
        )

    def forward(self, wave: Tensor, times: Tensor) -> Tensor:
        """Return (beats, kinds) of (beats, samples) and (beats, 3)."""
        return self.output(torch.cat([self.body(wave[:, None]), times], -1))


def learn(wave: Array, times: Array, kind: Array, kinds: int, recipe: Recipe) -> Network:
    """Return a network that has learned kinds of beats.

    Args:
        wave, times: (beats, samples) and (beats, 3), standardised.
        kind: (beats,), whole numbers from 0.
        kinds: how many there are.
        recipe: how to descend.

    Raises:
        ValueError: all beats are of one kind.
    """
    if len(np.unique(kind)) < 2:
        raise ValueError(f"kind: all {len(kind)} beats are of kind {kind[0]}; two or more are needed")
    torch.manual_seed(recipe.seed)
    network = Network(kinds)
    shown, told, true = _tensors(wave, times, kind)
    held = torch.arange(len(kind)) % HELD_BACK == 0
    learned = torch.nonzero(~held)[:, 0]

    def loss(lots: Tensor) -> Tensor:
        own = learned[lots]
        return nn.functional.cross_entropy(network(shown[own], told[own]), true[own])

    def score() -> float:
        return float(nn.functional.cross_entropy(network(shown[held], told[held]), true[held]))

    descend(network, Lesson(loss, score, len(learned), BATCH), recipe)
    return network.eval()


def probabilities(network: Network, wave: Array, times: Array) -> Array:
    """Return the probabilities of kinds, (beats, kinds)."""
    shown, told, _ = _tensors(wave, times, np.zeros(len(wave), dtype=int))
    with torch.no_grad():
        odds = [network(shown[part], told[part]) for part in parts(len(shown), 2048)]
    return torch.softmax(torch.cat(odds), -1).numpy()


def _tensors(wave: Array, times: Array, kind: Array) -> tuple[Tensor, Tensor, Tensor]:
    first, second = (torch.from_numpy(np.ascontiguousarray(one, dtype=np.float32)) for one in (wave, times))
    return first, second, torch.from_numpy(kind.astype(np.int64))
