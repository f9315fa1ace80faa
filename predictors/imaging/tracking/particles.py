"""Particles: many boxes guess where the nerve went, and go on as often as they are believed (Isard, IJCV 1998;29:5)."""

from __future__ import annotations

import torch
from torch import Tensor

SMALLEST, LARGEST = 0.8, 1.25  # of the first box's sides


class Particles:
    """Guesses of where the nerve is; all films share their chances, so that none depends on those beside it.

    Args:
        first: (films, 4), pixels, where all begin.
        count: guesses.
        step: SD of a guess: pixels aside and below, share of the size.
        seed: of the chances.
    """

    def __init__(self, first: Tensor, count: int, step: tuple[float, float, float], seed: int) -> None:
        self._chance = torch.Generator(first.device).manual_seed(seed)
        self._count, self._step, self._first = count, first.new_tensor(step), first
        self._places = first[:, None, :2].repeat(1, count, 1)
        self._sizes = first.new_ones((len(first), count, 1))
        self._guesses = first[:, None].repeat(1, count, 1)

    def moved(self, velocity: Tensor | float = 0.0) -> Tensor:
        """Return the guesses for the next frame, (films, particles, 4); velocity: pixels a frame, (films, 1, 2)."""
        self._places = self._places + velocity + self._step[:2] * self._normals(2)
        self._sizes = (self._sizes * (1.0 + self._step[2] * self._normals(1))).clamp(SMALLEST, LARGEST)
        self._guesses = torch.cat([self._places, self._sizes * self._first[:, None, 2:]], dim=2)
        return self._guesses

    def weighed(self, likely: Tensor) -> Tensor:
        """Return the mean box, (films, 4), by how likely guesses are, logs, (films, particles); draw them again."""
        weights = torch.softmax(likely, dim=1)
        mean = (weights[..., None] * self._guesses).sum(1)
        kept = self._resampled(weights)
        self._places, self._sizes = (
            one.gather(1, kept[..., None].expand(-1, -1, one.shape[2])) for one in (self._places, self._sizes)
        )
        return mean

    def _normals(self, numbers: int) -> Tensor:
        shape = 1, self._count, numbers
        return torch.randn(shape, generator=self._chance, device=self._first.device)

    def _resampled(self, weights: Tensor) -> Tensor:
        """Return which particles go on, systematically: each about as often as it counts."""
        start = torch.rand(1, generator=self._chance, device=weights.device)
        steps = (torch.arange(self._count, device=weights.device) + start) / self._count
        each = steps.expand(len(weights), -1).contiguous()
        return torch.searchsorted(weights.cumsum(1), each).clamp(max=self._count - 1)
