"""Teaches a recurrent network what recorded clinicians decided every 30 s, from what they knew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from agents.human.habits import DRUGS
from agents.learned.cloned import Network
from agents.learned.imitation import CLASSES, DECISION, HOLD, INPUTS, Sight, decision, shown
from experiments.clinicians.decisions import before
from experiments.clinicians.habits import Practice
from predictors.learning.contract import Recipe
from predictors.learning.descent import Fitted, Lesson, descend
from predictors.learning.watching import INTERVAL

SIZE = 32  # of the network's state (choice)
DROPOUT = 0.2  # of the head's inputs (choice)
UNKNOWN = -100  # class where nothing is to be learned: a pump not yet or no longer running
EVERY = round(DECISION / INTERVAL)  # samples


class Clinician(nn.Module):
    """A gated recurrent unit and a linear head on its state and inputs; `agents.learned.cloned` runs it in NumPy."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = nn.GRU(INPUTS, SIZE)
        self.dropout = nn.Dropout(DROPOUT)
        self.head = nn.Linear(SIZE + INPUTS, 2 * CLASSES)

    def forward(self, seen: Tensor) -> Tensor:
        """Return logits (decisions, cases, 2, CLASSES) for what is shown, (decisions, cases, INPUTS)."""
        state, _ = self.memory(seen)
        return self.head(self.dropout(torch.cat([state, seen], dim=2))).reshape(*seen.shape[:2], 2, CLASSES)

    def tensors(self) -> dict[str, np.ndarray]:
        """Return the weights as the agent names them."""
        return {name.removeprefix("memory."): tensor.numpy() for name, tensor in self.state_dict().items()}


@dataclass(frozen=True)
class Lessons:
    """Recorded cases, decision by decision: seen (decisions, cases, INPUTS), kind (decisions, cases, 2)."""

    seen: Tensor
    kind: Tensor


def lessons(recorded: Practice) -> Lessons:
    """Return what was known and decided, from the first drug on."""
    laid = [_case(recorded, case) for case in range(recorded.cases.count)]
    longest = max(len(kind) for _, kind in laid)
    seen = np.zeros((longest, len(laid), INPUTS), dtype=np.float32)
    kind = np.full((longest, len(laid), 2), UNKNOWN)
    for case, (known, classes) in enumerate(laid):
        seen[: len(classes), case], kind[: len(classes), case] = known, classes
    return Lessons(torch.from_numpy(seen), torch.from_numpy(kind))


def _case(recorded: Practice, case: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what was shown (decisions, INPUTS) and decided (decisions, 2) in one case."""
    pair, person = recorded.pumps[case], recorded.cases.person
    first, last = min(one.sample[0] for one in pair), max(one.sample[-1] for one in pair)
    sample = np.arange(first + EVERY, last, EVERY)
    now = [before(one, sample) for one in pair]
    later = [before(one, sample + EVERY)[0] for one in pair]
    running = np.stack([(sample > one.sample[0]) & (sample <= one.sample[-1]) for one in pair])
    target, since, turned = (np.stack([pump[row] for pump in now]) for row in range(3))
    index, pressure, rate = recorded.seen[sample - 1, :, case].T
    phase = recorded.phase[sample, case]
    time = (sample - first) * INTERVAL
    who = [
        np.full(len(sample), getattr(person, name)[case]) for name in ("age", "female", "height", "weight")
    ]
    sight = Sight(index, pressure, rate, np.where(running, target, 0.0), since, turned, time, phase, *who)
    kind = np.where(running, decision(target, np.stack(later)), UNKNOWN)
    return shown(sight).T, kind.T


def starts(recorded: Practice) -> np.ndarray:
    """Return (2, 3): mean log of the first target at 60 years, its change in ten years, and its SD, by drug."""
    decades = (recorded.cases.person.age - 60.0) / 10.0
    known = np.stack([np.ones_like(decades), decades], axis=1)
    rows = []
    for drug in range(2):
        first = np.log([pair[drug].target[0] for pair in recorded.pumps])
        line, *_ = np.linalg.lstsq(known, first, rcond=None)
        rows.append([*line, (first - known @ line).std()])
    return np.array(rows)


def surprise(network: Clinician, given: Lessons, chosen: Tensor | None = None) -> Tensor:
    """Return the mean negative log-likelihood of a decision, nats."""
    seen, kind = (
        (given.seen, given.kind) if chosen is None else (given.seen[:, chosen], given.kind[:, chosen])
    )
    longest = int((kind != UNKNOWN).any(dim=2).any(dim=1).sum())
    logits = network(seen[:longest])
    return nn.functional.cross_entropy(
        logits.reshape(-1, CLASSES), kind[:longest].reshape(-1), ignore_index=UNKNOWN
    )


def train(
    recorded: Practice, others: Practice, recipe: Recipe, report: Callable[[float], None] = lambda share: None
) -> tuple[dict[str, np.ndarray], Fitted]:
    """Return the agent's tensors, and how the training went; `others` choose the epoch."""
    torch.manual_seed(recipe.seed)
    network, mine, theirs = Clinician(), lessons(recorded), lessons(others)
    with torch.no_grad():  # begin with odds that never change
        network.head.weight.mul_(0.1)
        network.head.bias.copy_(torch.from_numpy(np.log(shares(mine)).ravel()))
    lesson = Lesson(
        loss=lambda chosen: surprise(network, mine, chosen),
        score=lambda: float(surprise(network, theirs)),
        count=recorded.cases.count,
    )
    fitted = descend(network, lesson, recipe, report)
    return {**network.tensors(), "start": starts(recorded)}, fitted


def scores(tensors: dict[str, np.ndarray], given: Lessons, usual: np.ndarray) -> dict[str, float]:
    """Return how well decisions were foreseen: nats a decision, those of odds that never change, and AUC of turns.

    Args:
        tensors: of the agent.
        given: cases that it has not seen.
        usual: (2, CLASSES), shares of the classes in the training, by drug.
    """
    odds, kind = _foreseen(Network(tensors), given.seen.numpy()), given.kind.numpy()
    nats, same, found = [], [], {}
    for drug, name in enumerate(DRUGS):
        known = kind[:, :, drug] != UNKNOWN
        was, chance = kind[:, :, drug][known], odds[:, :, drug][known]
        nats.append(-np.log(chance[np.arange(len(was)), was]))
        same.append(-np.log(usual[drug, was]))
        found[f"auc_{name}"] = float(roc_auc_score(was != HOLD, 1.0 - chance[:, HOLD]))
    return {
        "nats": float(np.concatenate(nats).mean()),
        "nats_same_odds": float(np.concatenate(same).mean()),
        **found,
    }


def _foreseen(network: Network, seen: np.ndarray) -> np.ndarray:
    """Return the odds of every decision as the agent computes them, (decisions, cases, 2, CLASSES)."""
    state, every = np.zeros((network.size, seen.shape[1])), []
    for row in seen:
        state, odds = network.step(state, row.T)
        every.append(np.moveaxis(odds, 2, 0))
    return np.array(every)


def shares(given: Lessons) -> np.ndarray:
    """Return how often each class was decided, (2, CLASSES); none is impossible."""
    kind = given.kind.numpy()
    counts = [
        np.bincount(kind[:, :, drug][kind[:, :, drug] != UNKNOWN], minlength=CLASSES) + 0.5
        for drug in range(2)
    ]
    return np.stack([count / count.sum() for count in counts])
