"""Restricted Boltzmann machines, many side by side, learned by contrastive divergence.

Visible units are Gaussian of unit variance (what is standardised) or Bernoulli (what another machine says); hidden ones
are Bernoulli. Hinton, Neural Comput 2002;14:1771; constants as in his practical guide (UTML TR 2010-003).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import softplus

BATCH = 32
STEP = {True: 0.01, False: 0.05}  # of Gaussian machines, which diverge sooner, and of others
MOMENTUM, FIRST_MOMENTUM, FIRST_EPOCHS = 0.9, 0.5, 5
DECAY = 2e-4
START = 0.05  # SD of the first weights
MOST_HIDDEN = 16  # units whose states can all be summed over


@dataclass(frozen=True)
class Machine:
    """Machines side by side.

    Attributes:
        weights: (machines, visible, hidden).
        visible: biases, (machines, 1, visible).
        hidden: biases, (machines, 1, hidden).
        gaussian: whether visible units are.
    """

    weights: Tensor
    visible: Tensor
    hidden: Tensor
    gaussian: bool


def begin(machines: int, visible: int, hidden: int, gaussian: bool, chance: torch.Generator) -> Machine:
    """Return machines that have learned nothing."""
    weights = START * torch.randn(machines, visible, hidden, generator=chance)
    return Machine(weights, torch.zeros(machines, 1, visible), torch.zeros(machines, 1, hidden), gaussian)


def upward(machine: Machine, visible: Tensor) -> Tensor:
    """Return the probabilities of hidden units, (machines, samples, hidden), of (..., samples, visible)."""
    return torch.sigmoid(visible @ machine.weights + machine.hidden)


def downward(machine: Machine, hidden: Tensor) -> Tensor:
    """Return what visible units are expected to be, (machines, samples, visible)."""
    drive = hidden @ machine.weights.mT + machine.visible
    return drive if machine.gaussian else torch.sigmoid(drive)


def free_energy(machine: Machine, visible: Tensor) -> Tensor:
    """Return the free energy, (machines, samples), of (..., samples, visible)."""
    hidden = softplus(visible @ machine.weights + machine.hidden).sum(-1)
    if machine.gaussian:
        return 0.5 * ((visible - machine.visible) ** 2).sum(-1) - hidden
    return -(visible * machine.visible).sum(-1) - hidden


def log_partition(machine: Machine) -> Tensor:
    """Return the logarithm of the partition function, (machines,), by a sum over all hidden states.

    Raises:
        ValueError: more hidden units than that is possible for.
    """
    count = machine.hidden.shape[-1]
    if count > MOST_HIDDEN:
        raise ValueError(f"hidden: {count} units are not allowed; {MOST_HIDDEN} or fewer can be summed over")
    states = torch.tensor(list(itertools.product((0.0, 1.0), repeat=count)), dtype=machine.weights.dtype)
    drive = states @ machine.weights.mT
    own = (states * machine.hidden).sum(-1)
    if machine.gaussian:
        inner = (0.5 * drive**2 + drive * machine.visible).sum(-1) + own
        return torch.logsumexp(inner, -1) + 0.5 * drive.shape[-1] * math.log(2.0 * math.pi)
    return torch.logsumexp(softplus(drive + machine.visible).sum(-1) + own, -1)


def log_likelihood(machine: Machine, visible: Tensor) -> Tensor:
    """Return the exact logarithm of the likelihood, (machines, samples); see `log_partition`."""
    return -free_energy(machine, visible) - log_partition(machine)[:, None]


def contrast(
    machine: Machine, visible: Tensor, counts: Tensor, chance: torch.Generator
) -> tuple[Tensor, ...]:
    """Return by how much weights and biases should rise: what is seen less what the machine makes of it (CD-1).

    Args:
        machine: before the step.
        visible: (machines or 1, samples, visible).
        counts: how often each machine sees each sample, (machines, samples).
        chance: of the hidden states.
    """
    total = counts.sum(-1).clamp(min=1.0)[:, None, None]
    seen = upward(machine, visible)
    states = (torch.rand(seen.shape, generator=chance) < seen).to(seen.dtype)
    made = downward(machine, states)  # the mean, not a draw: less noise, as the guide advises
    believed = upward(machine, made)
    often = counts[..., None] / total
    weights = visible.mT @ (often * seen) - made.mT @ (often * believed)
    return (
        weights,
        (often * (visible - made)).sum(1, keepdim=True),
        (often * (seen - believed)).sum(1, keepdim=True),
    )


def learn(machine: Machine, visible: Tensor, counts: Tensor, epochs: int, chance: torch.Generator) -> Machine:
    """Return the machines after some epochs of contrastive divergence.

    Args:
        machine: at the beginning.
        visible: (machines or 1, samples, visible).
        counts: how often each machine sees each sample, (machines, samples).
        epochs: passes over the samples.
        chance: of order and hidden states.
    """
    held = [machine.weights, machine.visible, machine.hidden]
    speed = [torch.zeros_like(one) for one in held]
    for epoch in range(epochs):
        momentum = FIRST_MOMENTUM if epoch < FIRST_EPOCHS else MOMENTUM
        for part in torch.randperm(visible.shape[1], generator=chance).split(BATCH):
            now = replace(machine, weights=held[0], visible=held[1], hidden=held[2])
            rise = contrast(now, visible[:, part], counts[:, part], chance)
            step = STEP[machine.gaussian]
            speed = [momentum * old + step * new for old, new in zip(speed, rise, strict=True)]
            held = [
                (1.0 - step * DECAY * (i == 0)) * a + b
                for i, (a, b) in enumerate(zip(held, speed, strict=True))
            ]
    return replace(machine, weights=held[0], visible=held[1], hidden=held[2])
