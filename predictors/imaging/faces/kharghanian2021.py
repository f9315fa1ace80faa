"""The successor (Kharghanian, J Vis Commun Image R 2021;76:103062): four layers that are told who is in pain.

What reaches hidden units is normalised over a batch before its sigmoid, and each machine also learns to keep pictures
with pain apart from those without: by the distances between both groups and within them, as the abstract has it. Form
and weight of that term are ours.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from predictors.imaging.faces.kharghanian2016 import BeliefNetwork, Boltzmann, contrast

APART = 0.01  # weight of the term of groups; ten times as much left less of pain, on other people
MEMORY = 0.1  # of means and spreads that later pictures are normalised by: how much of them a batch replaces
LEAST = 1e-4  # variance and distance


class Normalised(Boltzmann):
    """A machine whose hidden units are reached by numbers of mean 0 and SD 1; it stays one with other weights."""

    mean: Tensor
    variance: Tensor

    def __init__(self, inputs: int, filters: int, side: int, grey: bool) -> None:
        super().__init__(inputs, filters, side, grey)
        self.gain = nn.Parameter(torch.ones(filters))
        self.register_buffer("mean", torch.zeros(filters))
        self.register_buffer("variance", torch.ones(filters))

    def filters(self) -> tuple[Tensor, Tensor]:
        """Return weights and what hidden units are on by themselves, such that what reaches them is normalised."""
        gain = self.gain / (self.variance + LEAST).sqrt()
        return self.weights * gain[:, None, None, None], self.hidden - self.mean * gain

    @torch.no_grad()
    def met(self, seen: Tensor) -> None:
        """Take in how what is seen reaches hidden units."""
        reached = self.scale * functional.conv2d(seen, self.weights)
        self.mean.lerp_(reached.mean((0, 2, 3)), MEMORY)
        self.variance.lerp_(reached.var((0, 2, 3)), MEMORY)


class DiscriminantNetwork(BeliefNetwork):
    """Normalised machines on top of each other, four of them as published (`FOUR`)."""

    machine = Normalised

    def learn_labelled(self, images: Tensor, pain: Tensor, batch: int, passes: int) -> None:
        """Learn from images (images, height, width) and whether each shows pain, (images,), as `learn` does."""

        def loss(machine: Boltzmann, seen: Tensor, some: Tensor) -> Tensor:
            assert isinstance(machine, Normalised)
            machine.met(seen[some])
            return contrast(machine, seen[some]) + APART * mingled(
                machine.pooled(seen[some]).flatten(1), pain[some]
            )

        self.layered(images, batch, passes, loss)


def mingled(features: Tensor, pain: Tensor) -> Tensor:
    """Return the log of how far features are from the mean of their group, by how far both groups are apart.

    Distances are squared; it is 0 of a batch with one group alone.

    Args:
        features: (images, features).
        pain: (images,), whether each shows pain.
    """
    if pain.all() or not pain.any():
        return features.new_zeros(())
    groups = [features[pain], features[~pain]]
    middles = [group.mean(0) for group in groups]
    within = sum(
        (group - middle).square().sum(1).mean() for group, middle in zip(groups, middles, strict=True)
    )
    return torch.log((within + LEAST) / ((middles[0] - middles[1]).square().sum() + LEAST))
