"""Deep belief networks: each layer learned as a Boltzmann machine of the one below, then all tuned to the classes.

Hinton, Neural Comput 2006;18:1527. A perceptron is the same network without what was learned beforehand.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from predictors.pain import boltzmann
from predictors.pain.networks import EPOCHS, Networks, scatter, tune

HIDDEN = (32, 16)
PRETRAINING = 50  # epochs of each machine


def belief_networks(
    inputs: Tensor,
    labels: Tensor,
    counts: Tensor,
    classes: int,
    seed: int,
    hidden: Sequence[int] = HIDDEN,
    passes: float = 1.0,
) -> Networks:
    """Return deep belief networks, one for each row of counts.

    Args:
        inputs: standardised features, (samples, features).
        labels: (samples,), whole numbers from 0.
        counts: how often each network sees each sample, (members, samples).
        classes: number of them.
        seed: of weights, order and hidden states.
        hidden: units of the layers.
        passes: share of the usual number of passes over the samples, where there are many.
    """
    chance = torch.Generator().manual_seed(seed)
    networks = Networks((inputs.shape[-1], *hidden, classes), len(counts))
    scatter(networks, chance)
    machines = pretrained(inputs, counts, hidden, chance, math.ceil(passes * PRETRAINING))
    for layer, machine in enumerate(machines):
        networks.weights[layer].data.copy_(machine.weights)
        networks.biases[layer].data.copy_(machine.hidden)
    tune(networks, inputs, labels, counts, chance, math.ceil(passes * EPOCHS))
    return networks


def pretrained(
    inputs: Tensor, counts: Tensor, hidden: Sequence[int], chance: torch.Generator, epochs: int = PRETRAINING
) -> list[boltzmann.Machine]:
    """Return the machines of the layers, lowest first, each learned from what the one below says of the samples."""
    machines: list[boltzmann.Machine] = []
    seen = inputs[None]
    for units in hidden:
        machine = boltzmann.begin(len(counts), seen.shape[-1], units, not machines, chance)
        machines.append(boltzmann.learn(machine, seen, counts, epochs, chance))
        seen = boltzmann.upward(machines[-1], seen)
    return machines


def perceptrons(
    inputs: Tensor, labels: Tensor, counts: Tensor, classes: int, seed: int, hidden: Sequence[int] = HIDDEN
) -> Networks:
    """Return networks of the same shape that start from chance; see `belief_networks`."""
    chance = torch.Generator().manual_seed(seed)
    networks = Networks((inputs.shape[-1], *hidden, classes), len(counts))
    scatter(networks, chance)
    tune(networks, inputs, labels, counts, chance)
    return networks
