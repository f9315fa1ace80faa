"""A stacked denoising auto-encoder of features, 12-32-16-32-12, learned before anything is known of depth.

Each layer learns to give back what it was shown without the noise that was added to it, with few units active at a
time; then all layers together. Vincent, J Mach Learn Res 2010;11:3371; sparsity: Ng, CS294A 2011. Sizes, noise and
sparsity are ours: Li, Front Neurosci 2020;14:26 as far as known says none of them.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

SIZES = (32, 16)
NOISE = 0.2  # standard deviations of a feature, and of its code above
ACTIVE, SPARSITY = 0.05, 0.02  # share of the time that a unit is active, and what that weighs
EPOCHS, BATCH, STEP = 6, 256, 4e-3


class AutoEncoder(nn.Module):
    """Standardised features (..., inputs) to a code (..., 16) and back."""

    def __init__(self, inputs: int, sizes: tuple[int, ...] = SIZES):
        super().__init__()
        every = (inputs, *sizes)
        pairs = list(pairwise(every))
        self.encoders = nn.ModuleList(nn.Linear(wide, narrow) for wide, narrow in pairs)
        self.decoders = nn.ModuleList(nn.Linear(narrow, wide) for wide, narrow in pairs)
        self.mean: Tensor
        self.sd: Tensor
        self.register_buffer("mean", torch.zeros(every[-1]))
        self.register_buffer("sd", torch.ones(every[-1]))

    def encode(self, inputs: Tensor) -> Tensor:
        """Return the code, standardised by the one of training cases: sparse codes are small."""
        for layer in self.encoders:
            inputs = torch.sigmoid(layer(inputs))
        return (inputs - self.mean) / self.sd

    def through(self, inputs: Tensor, first: int, last: int) -> tuple[Tensor, list[Tensor]]:
        """Return the inputs of layer `first` as given back by layers `first` to `last`, and the codes between."""
        codes = []
        for layer in range(first, last + 1):
            inputs = torch.sigmoid(self.encoders[layer](inputs))
            codes.append(inputs)
        for layer in range(last, first - 1, -1):
            inputs = self.decoders[layer](inputs)
            if layer > 0 and layer > first:
                inputs = torch.sigmoid(inputs)
        return (torch.sigmoid(inputs) if first > 0 else inputs), codes

    def forward(self, inputs: Tensor) -> Tensor:
        """Return features as they are given back."""
        return self.through(inputs, 0, len(self.encoders) - 1)[0]


def pretrain(network: AutoEncoder, inputs: Tensor, seed: int, epochs: int = EPOCHS) -> None:
    """Train layer by layer, then all together, in place; `inputs` (examples, features), standardised."""
    random = torch.Generator().manual_seed(seed)
    depth = len(network.encoders)
    shown = inputs
    for layer in range(depth):
        _descend(network, shown, layer, layer, random, epochs)
        with torch.no_grad():
            shown = torch.sigmoid(network.encoders[layer](shown))
    _descend(network, inputs, 0, depth - 1, random, epochs)
    with torch.no_grad():
        code = network.encode(inputs)
        network.mean.copy_(code.mean(0))
        network.sd.copy_(code.std(0) + 1e-3)


def sparsity(codes: list[Tensor]) -> Tensor:
    """Return how far units are from being active as rarely as asked: Kullback-Leibler divergence, summed over units."""
    total = torch.zeros(())
    for code in codes:
        mean = code.mean(0).clamp(1e-4, 1.0 - 1e-4)
        rare = ACTIVE * torch.log(ACTIVE / mean)
        total = total + (rare + (1.0 - ACTIVE) * torch.log((1.0 - ACTIVE) / (1.0 - mean))).sum()
    return total


def _descend(
    network: AutoEncoder, inputs: Tensor, first: int, last: int, random: torch.Generator, epochs: int
) -> None:
    layers = [*network.encoders[first : last + 1], *network.decoders[first : last + 1]]
    optimiser = torch.optim.Adam([weight for layer in layers for weight in layer.parameters()], STEP)
    scale = inputs.std(0)
    for _ in range(epochs):
        for chosen in torch.randperm(len(inputs), generator=random).split(BATCH):
            clean = inputs[chosen]
            noise = NOISE * scale * torch.randn(clean.shape, generator=random, dtype=clean.dtype)
            back, codes = network.through(clean + noise, first, last)
            loss = (((back - clean) / (scale + 1e-3)) ** 2).mean() + SPARSITY * sparsity(codes)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
