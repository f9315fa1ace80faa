"""A convolutional deep belief network (Kharghanian, EMBC 2016): features of faces that nobody labelled.

Convolutional restricted Boltzmann machines with probabilistic max pooling (Lee, ICML 2009), learned one after the other
by one step of contrastive divergence, towards units that are seldom on. The number of filters is ours: 24 of 9 x 9 and
48 of 5 x 5, each pooled by 2; two more layers are ours, too. The successor of 2021 is in `kharghanian2021`.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from predictors.imaging.faces.light import evened

Layers = tuple[tuple[int, int], ...]  # filters, and their side
LAYERS: Layers = ((24, 9), (48, 5))
FOUR: Layers = (*LAYERS, (64, 3), (128, 2))
SELDOM, PRESSED = 0.05, 5.0  # how often units should be on, and how hard that is asked for
POOL = 2
STEP = 5e-3  # of Adam: gradients of contrastive divergence differ much between layers
CERTAIN = 40.0  # what reaches a unit that is on for sure: more would not be counted
TOGETHER = 500  # images that are looked at in one go
SCATTER = 0.5  # SD of what is seen, given what is hidden, where that is a picture


class Boltzmann(nn.Module):
    """A convolutional restricted Boltzmann machine.

    Args:
        inputs: channels.
        filters, side: of the first layer of weights.
        grey: whether what is seen is normal, as pictures are, and not 0 to 1.
    """

    def __init__(self, inputs: int, filters: int, side: int, grey: bool) -> None:
        super().__init__()
        self.weights = nn.Parameter(0.1 / side * torch.randn(filters, inputs, side, side))
        self.hidden = nn.Parameter(torch.full((filters,), -2.0))
        self.seen = nn.Parameter(torch.zeros(inputs))
        self.grey = grey
        self.scale = SCATTER**-2 if grey else 1.0

    def filters(self) -> tuple[Tensor, Tensor]:
        """Return the weights between what is seen and what is hidden, and what hidden units are on by themselves."""
        return self.weights, self.hidden

    def reached(self, seen: Tensor) -> Tensor:
        """Return what reaches the hidden units, (images, filters, height, width)."""
        weights, hidden = self.filters()
        return self.scale * functional.conv2d(seen, weights) + hidden[:, None, None]

    def blocks(self, seen: Tensor) -> Tensor:
        """Return the same block by block, (images, filters, rows, columns, units of a block)."""
        split = self.reached(seen).unflatten(3, (-1, POOL)).unflatten(2, (-1, POOL))
        return split.permute(0, 1, 2, 4, 3, 5).flatten(4)

    def pooled(self, seen: Tensor) -> Tensor:
        """Return how probably any unit of a block is on, (images, filters, rows, columns)."""
        together = POOL**2 * functional.avg_pool2d(self.reached(seen).clamp(max=CERTAIN).exp(), POOL)
        return 1.0 - 1.0 / (1.0 + together)

    def energy(self, seen: Tensor) -> Tensor:
        """Return the free energy, (images,): the less, the more probable."""
        if self.grey:
            own = 0.5 * ((seen - self.seen[:, None, None]) / SCATTER).square().flatten(1).sum(1)
        else:
            own = -(seen * self.seen[:, None, None]).flatten(1).sum(1)
        return own - _any(self.blocks(seen)).flatten(1).sum(1)

    def dreamt(self, seen: Tensor) -> Tensor:
        """Return what the hidden units would show, after one of each block's units, or none, was drawn."""
        blocks = self.blocks(seen)
        chances = (blocks - _any(blocks)[..., None]).exp()
        up_to = (chances.cumsum(-1) > torch.rand_like(chances[..., :1])).to(seen)
        on = up_to.diff(dim=-1, prepend=torch.zeros_like(up_to[..., :1]))
        rows = on.unflatten(4, (POOL, POOL)).permute(0, 1, 2, 4, 3, 5).flatten(4).flatten(2, 3)
        shown = functional.conv_transpose2d(rows, self.filters()[0]) + self.seen[:, None, None]
        return shown if self.grey else shown.sigmoid()


Loss = Callable[[Boltzmann, Tensor, Tensor], Tensor]


class BeliefNetwork(nn.Module):
    """Machines on top of each other.

    Args:
        layers: filters of each, and their side.
        size: pixels of height and width of what is looked at.
        below: a network whose machines have learned, and lie under those of the other layers.

    Raises:
        ValueError: a size that a layer cannot pool.
    """

    machine: type[Boltzmann] = Boltzmann

    def __init__(self, layers: Layers = LAYERS, size: int = 48, below: BeliefNetwork | None = None) -> None:
        super().__init__()
        side = size
        for _, filter_side in layers:
            side, rest = divmod(side - filter_side + 1, POOL)
            if side < 1 or rest:
                raise ValueError(f"size: {size} is not allowed with {len(layers)} layers of machines; 48 is")
        inputs = [1, *(filters for filters, _ in layers)]
        self.machines: list[Boltzmann] = [] if below is None else [*below.machines]
        self.learned = len(self.machines)
        for number in range(self.learned, len(layers)):
            self.machines.append(self.machine(inputs[number], *layers[number], grey=number == 0))
        self.kept = nn.ModuleList(self.machines)

    def forward(self, images: Tensor) -> Tensor:
        """Return the features, (images, features), of images (images, height, width)."""
        return self.before(images, len(self.machines)).flatten(1)

    def before(self, images: Tensor, layer: int) -> Tensor:
        """Return what a layer sees."""
        x = evened(images)[:, None]
        for machine in self.machines[:layer]:
            x = machine.pooled(x)
        return x

    def learn(self, images: Tensor, batch: int, passes: int) -> None:
        """Learn from images (images, height, width), a layer after the other, each in some passes."""
        self.layered(images, batch, passes, lambda machine, seen, some: contrast(machine, seen[some]))

    def layered(self, images: Tensor, batch: int, passes: int, loss: Loss) -> None:
        """Lower a loss, layer after layer: of a machine, what it sees of all images, and numbers of some of them."""
        for layer, machine in [*enumerate(self.machines)][self.learned :]:
            with torch.no_grad():
                seen = torch.cat([self.before(some, layer) for some in images.split(TOGETHER)])
            descent = torch.optim.Adam(machine.parameters(), STEP)
            for _ in range(passes):
                for some in torch.randperm(len(seen), device=seen.device).split(batch):
                    descent.zero_grad()
                    loss(machine, seen, some).backward()
                    descent.step()


def contrast(machine: Boltzmann, seen: Tensor) -> Tensor:
    """Return what contrastive divergence lowers: the energy of what is there, less that of what is dreamt of it."""
    with torch.no_grad():
        dreamt = machine.dreamt(seen)
    units = seen.shape[-1] ** 2
    gap = (machine.energy(seen) - machine.energy(dreamt)).mean() / units
    often = machine.pooled(seen).mean((0, 2, 3)) / POOL**2
    return gap + PRESSED * (often - SELDOM).square().sum()


def _any(blocks: Tensor) -> Tensor:
    """Return the log of what a block's units weigh together with none of them, which weighs 1."""
    return functional.softplus(torch.logsumexp(blocks, dim=-1))
