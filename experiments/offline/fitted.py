"""Fitted Q evaluation: what policies are worth, learned from the steps of others (Le, ICML 2019).

All policies, and resamples of the cases for the interval (Hao, ICML 2021), are fitted at once as one batch of networks.
Values are in units of the reward of a minute.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from experiments.offline.learners import Descent, Report, descend, follow
from experiments.offline.logs import Log, steps

CASES = 50  # whose values are computed at once


class Fitted(NamedTuple):
    """What a fit says.

    Attributes:
        start: (policies, resamples), value of the first decisions.
        made: (policies, decisions, cases), value of the move made, by networks that have not seen the case.
        ahead: (policies, decisions + 1, cases), value of what the policy would do, likewise.
    """

    start: np.ndarray
    made: np.ndarray
    ahead: np.ndarray


class Many(nn.Module):
    """Networks of one shape side by side."""

    def __init__(self, copies: int, inputs: int, sizes: Sequence[int], outputs: int):
        super().__init__()
        pairs = [*pairwise([inputs, *sizes, outputs])]
        self.weights = nn.ParameterList(
            [torch.empty(copies, one, two).uniform_(-(one**-0.5), one**-0.5) for one, two in pairs]
        )
        self.biases = nn.ParameterList([torch.zeros(copies, 1, two) for _, two in pairs])

    def forward(self, seen: Tensor) -> Tensor:
        """Return outputs (copies, rows, outputs) for inputs (rows, inputs)."""
        hidden = seen
        for number, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            hidden = (torch.relu(hidden) if number else hidden) @ weight + bias
        return hidden


def fit(
    log: Log, odds: np.ndarray, how: Descent, resamples: int = 6, report: Report = lambda share: None
) -> Fitted:
    """Return what policies are worth by fitted Q evaluation.

    Args:
        log: of somebody else's cases.
        odds: (policies, decisions + 1, cases, moves), of the policies where these cases went.
        how: to descend.
        resamples: of the cases, each with a network of its own for every policy.
        report: called with the share done.
    """
    torch.manual_seed(how.seed)
    policies, moves = len(odds), odds.shape[-1]
    given = steps(log)
    row, case = np.nonzero(log.there)
    drawn = np.random.default_rng(how.seed).poisson(1.0, (resamples, log.count)).astype(np.float32)
    counts = torch.from_numpy(drawn)[:, case]  # (resamples, steps)
    after = torch.from_numpy(odds[:, row + 1, case].astype(np.float32))  # (policies, steps, moves)
    seen, then, reward = (torch.from_numpy(values) for values in (given.seen, given.after, given.reward))
    move = torch.from_numpy(given.move.astype(np.int64))
    network = Many(policies * resamples, given.seen.shape[1], how.sizes, moves)
    slow = copy.deepcopy(network)

    def loss(rows: Tensor) -> Tensor:
        own = network(seen[rows])[:, torch.arange(len(rows)), move[rows]]
        with torch.no_grad():
            ahead = slow(then[rows]).unflatten(0, (policies, resamples))
            ahead = (ahead * after[:, None, rows]).sum(dim=3).flatten(0, 1)
            goal = (1.0 - how.discount) * reward[rows] + how.discount * ahead
        weight = counts[:, rows].repeat(policies, 1)
        return (weight * (own - goal) ** 2).mean(dim=1).sum()

    descend([network], loss, len(row), how, report, lambda: follow(slow, network, how))
    return _values(log, odds, network, drawn)


def _values(log: Log, odds: np.ndarray, network: Many, drawn: np.ndarray) -> Fitted:
    """Return the values of all cases; of each by those resamples in which it was not drawn, if there is one."""
    policies, rows = len(odds), np.arange(len(log.move))
    start = np.zeros((policies, len(drawn)))
    made, ahead = np.zeros((policies, *log.move.shape)), np.zeros((policies, len(log.seen), log.count))
    for first in range(0, log.count, CASES):
        some = np.arange(first, min(first + CASES, log.count))
        with torch.no_grad():
            flat = network(torch.from_numpy(log.seen[:, some].reshape(-1, log.seen.shape[2]))).numpy()
        every = flat.reshape(policies, len(drawn), len(log.seen), len(some), -1)
        unseen = 1.0 * (drawn[:, some] == 0.0)
        unseen = np.where(unseen.any(axis=0), unseen, 1.0)
        unseen /= unseen.sum(axis=0)
        value = np.einsum("prtcm,rc->ptcm", every, unseen)
        there = np.take_along_axis(value[:, rows], log.move[None, :, some, None], axis=3)
        made[:, :, some] = there[..., 0]
        ahead[:, :, some] = (value * odds[:, :, some]).sum(axis=3)
        own = np.einsum("prcm,pcm->prc", every[:, :, 0], odds[:, 0, some])
        start += (own * drawn[:, some]).sum(axis=2)
    return Fitted(start / drawn.sum(axis=1), made, ahead)
