"""Policies from logged steps alone: behaviour cloning, conservative Q-learning, implicit Q-learning.

The smallest honest implementations: d3rlpy holds gymnasium at an old release, so it does not install beside ours.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, smooth_l1_loss

from agents.learned.offline import TEMPERATURE
from experiments.offline.logs import Steps

DISCOUNT = 0.9  # of a minute: what is 10 min ahead counts a third (choice)
LARGEST_WEIGHT = 100.0  # of a logged move in the policy of implicit Q-learning, as there

Report = Callable[[float], None]


class Learned(NamedTuple):
    """A network of scores, and the temperature at which they are odds; 0: the best move, always."""

    network: nn.Sequential
    temperature: float


@dataclass(frozen=True)
class Descent:
    """How to descend (choice).

    Attributes:
        steps, batch: how many, and logged decisions in each.
        rate: of Adam at the beginning; it falls to nothing.
        sizes: of the hidden layers.
        discount: of what follows a decision.
        follows: share of a network that its slow copy takes over a step.
        seed: of weights and batches.
    """

    steps: int = 5000
    batch: int = 256
    rate: float = 1e-3
    sizes: tuple[int, ...] = (64, 64)
    discount: float = DISCOUNT
    follows: float = 0.01
    seed: int = 0


class Given:
    """Logged steps as tensors, and how many moves there are."""

    def __init__(self, steps: Steps, moves: int):
        self.seen, self.after = torch.from_numpy(steps.seen), torch.from_numpy(steps.after)
        self.move = torch.from_numpy(np.asarray(steps.move, dtype=np.int64))
        self.reward = torch.from_numpy(steps.reward)
        self.moves, self.inputs, self.count = moves, steps.seen.shape[1], len(steps.move)


def perceptron(inputs: int, sizes: Sequence[int], outputs: int) -> nn.Sequential:
    """Return linear layers with rectifiers between."""
    layers: list[nn.Module] = []
    for size in sizes:
        layers += [nn.Linear(inputs, size), nn.ReLU()]
        inputs = size
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


def clone(given: Given, how: Descent, report: Report = lambda share: None) -> Learned:
    """Behaviour cloning: log-odds of what was done."""
    torch.manual_seed(how.seed)
    network = perceptron(given.inputs, how.sizes, given.moves)
    descend(
        [network],
        lambda rows: cross_entropy(network(given.seen[rows]), given.move[rows]),
        given.count,
        how,
        report,
    )
    return Learned(network, 1.0)


def q_learning(given: Given, how: Descent, report: Report = lambda share: None) -> Learned:
    """Q-learning without a price on moves that were not made, for comparison."""
    return conservative(given, how, report, price=0.0)


def conservative(
    given: Given, how: Descent, report: Report = lambda share: None, price: float = 0.02
) -> Learned:
    """Conservative Q-learning: values of moves, those that were not made priced down.

    CQL(H), Kumar, NeurIPS 2020, on double Q-learning (van Hasselt, AAAI 2016).

    Args:
        price: of values that exceed that of the move made; 0 is Q-learning.
    """
    torch.manual_seed(how.seed)
    values = perceptron(given.inputs, how.sizes, given.moves)
    slow = copy.deepcopy(values)

    def loss(rows: Tensor) -> Tensor:
        every = values(given.seen[rows])
        own = _of(every, given.move[rows])
        with torch.no_grad():
            best = values(given.after[rows]).argmax(dim=1)
            ahead = _of(slow(given.after[rows]), best)
            goal = given.reward[rows] + how.discount * ahead
        return smooth_l1_loss(own, goal) + price * (torch.logsumexp(every, dim=1) - own).mean()

    descend([values], loss, given.count, how, report, lambda: follow(slow, values, how))
    return Learned(values, 0.0)


def implicit(
    given: Given,
    how: Descent,
    report: Report = lambda share: None,
    expectile: float = 0.8,
    eager: float = 10.0,
) -> Learned:
    """Implicit Q-learning: the moves made that proved better than usual, as nothing is asked of others.

    Kostrikov, ICLR 2022. Scores are log-odds in which such moves count more; the likeliest move is made.

    Args:
        expectile: of the values of moves made, that stands for the best of them, 0.5 to 1.
        eager: inverse temperature of advantages in the policy.
    """
    torch.manual_seed(how.seed)
    policy = perceptron(given.inputs, how.sizes, given.moves)
    state = perceptron(given.inputs, how.sizes, 1)
    pair = [perceptron(given.inputs, how.sizes, given.moves) for _ in range(2)]
    slow = [copy.deepcopy(one) for one in pair]

    def loss(rows: Tensor) -> Tensor:
        seen, move = given.seen[rows], given.move[rows]
        with torch.no_grad():
            made = torch.minimum(*(_of(one(seen), move) for one in slow))
            goal = given.reward[rows] + how.discount * state(given.after[rows])[:, 0]
        gain = made - state(seen)[:, 0]
        asymmetric = torch.where(gain > 0.0, expectile, 1.0 - expectile) * gain**2
        weight = torch.exp(eager * gain.detach()).clamp(max=LARGEST_WEIGHT)
        imitated = cross_entropy(policy(seen), move, reduction="none")
        errors = sum(((_of(one(seen), move) - goal) ** 2).mean() for one in pair)
        return asymmetric.mean() + (weight * imitated).mean() + errors

    def then() -> None:
        for one, other in zip(slow, pair, strict=True):
            follow(one, other, how)

    descend([policy, state, *pair], loss, given.count, how, report, then)
    return Learned(policy, 0.0)


def descend(
    networks: Sequence[nn.Module],
    loss: Callable[[Tensor], Tensor],
    count: int,
    how: Descent,
    report: Report = lambda share: None,
    then: Callable[[], None] = lambda: None,
) -> None:
    """Train networks in place by Adam on batches drawn from `count` rows; `then` is called after every step."""
    random = np.random.default_rng(how.seed)
    parameters = [parameter for network in networks for parameter in network.parameters()]
    optimiser = torch.optim.Adam(parameters, how.rate)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.01, how.steps)
    for step in range(how.steps):
        optimiser.zero_grad()
        loss(torch.from_numpy(random.integers(count, size=how.batch))).backward()
        optimiser.step()
        schedule.step()
        then()
        if step % 50 == 0:
            report(step / how.steps)
    report(1.0)


def tensors(learned: Learned) -> dict[str, np.ndarray]:
    """Return the weights as `agents.learned.offline` names them."""
    layers = [layer for layer in learned.network if isinstance(layer, nn.Linear)]
    out = {TEMPERATURE: np.array(learned.temperature)}
    for i, layer in enumerate(layers):
        out[f"weight{i}"] = layer.weight.detach().numpy().copy()
        out[f"bias{i}"] = layer.bias.detach().numpy().copy()
    return out


def _of(values: Tensor, move: Tensor) -> Tensor:
    return values.gather(1, move[:, None])[:, 0]


def follow(slow: nn.Module, fast: nn.Module, how: Descent) -> None:
    """Bring a slow copy a little closer to its network."""
    with torch.no_grad():
        for mine, other in zip(slow.parameters(), fast.parameters(), strict=True):
            mine.lerp_(other, how.follows)
