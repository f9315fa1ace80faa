"""What networks for the index now share: the network itself, the observer that runs it, and how it learns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from predictors.depth.memory.recurrent import LONGEST, Recurrent, cases_first, sequence
from predictors.depth.phases import scored
from predictors.learning.cases import Cases
from predictors.learning.contract import Recipe
from predictors.learning.descent import Lesson, known, parts
from predictors.learning.measures import concordance
from predictors.learning.network import ByDescent, NetworkObserver
from predictors.learning.watching import INTERVAL, follow
from predictors.learning.weights import Weights, setting
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import Readings
from sim.published import ADULTS, warn_outside


class Sight(Protocol):
    """What is remembered of a case, and what of it a network is shown."""

    features: int

    def begin(self, person: Covariates, period: float) -> Any:
        """Return the memory of somebody of whom nothing has been seen."""

    def look(self, memory: Any, readings: Readings, period: float) -> tuple[Any, Array]:
        """Return the memory with readings added, and what is shown, (features, patients)."""


class Network(nn.Module):
    """Features to the index now, BIS/100."""

    def __init__(self, inputs: int, cells: int = 48, units: int = 32, dropout: float = 0.2, every: int = 1):
        super().__init__()
        self.body = Recurrent(inputs, cells, units, dropout, every)
        self.output = nn.Linear(units, 1)

    def forward(self, inputs: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Return BIS/100 (time, patients), and what is carried on; see `Recurrent`."""
        summary, hidden = self.body(inputs, hidden)
        return torch.sigmoid(self.output(summary)[..., 0]), hidden


@dataclass(frozen=True)
class PresentState:
    """What has been seen, and what the network carries, (carried, patients)."""

    memory: Any
    hidden: Array


@dataclass(frozen=True)
class PresentObserver(NetworkObserver):
    """Estimates the present index without ever looking at it.

    Attributes:
        sight: what the network is shown.
        stretch: (centre, factor), by which the network's answer is spread out (see the card), BIS/100.
    """

    sight: Sight = field(kw_only=True)
    stretch: tuple[float, float] = (0.0, 1.0)

    @property
    def estimates(self) -> Mapping[str, tuple[float, float, str]]:
        """The index now."""
        return {"bis": (0.0, 100.0, "")}

    def initial(self, covariates: Covariates) -> PresentState:
        """Return patients of whom nothing has been seen."""
        warn_outside("predictor of the present index", covariates, ADULTS)
        hidden = np.zeros((self.network.body.carried, len(covariates.age)))
        return PresentState(self.sight.begin(covariates, self.control_period), hidden)

    def update(self, state: PresentState, readings: Readings) -> tuple[PresentState, Mapping[str, Array]]:
        """Return the state and the estimate at the time of the readings."""
        memory, shown = self.sight.look(state.memory, readings, self.control_period)
        with torch.no_grad():
            out, hidden = self.network(sequence(shown), sequence(state.hidden))
        bis = np.clip(100.0 * stretched(out[0].numpy(), self.stretch), 0.0, 100.0)
        return PresentState(memory, hidden[0].numpy().T), {"bis": bis}


class Present(ByDescent):
    """Index now by a recurrent network.

    Attributes:
        sight: what it is shown.
        costs: factor by which spreading the answers may raise the root mean squared error.
    """

    task = "depth"
    question = "now"
    sight: ClassVar[Sight]
    costs: ClassVar[float]
    sizes: ClassVar[Mapping[str, Any]] = {"cells": 48, "units": 32, "dropout": 0.2, "every": 3}

    def network(self, **sizes: Any) -> Network:
        """Return a network that is shown what this predictor sees."""
        return Network(self.sight.features, **sizes)

    def of(self, weights: Weights) -> PresentObserver:
        """Return the observer with these weights. Raises ValueError if they do not fit."""
        return PresentObserver(
            self.filled(weights), sight=self.sight, stretch=setting(weights, "stretch", _pair)
        )

    def lesson(self, network: Network, train: Cases, validation: Cases, recipe: Recipe) -> Lesson:
        """Least squares on the present index; how far to spread the answers is chosen on validation cases."""
        inputs, target = examples(self.sight, train, recipe.device)
        checked, truth = examples(self.sight, validation, recipe.device)

        def loss(chosen: Tensor) -> Tensor:
            answer, _ = network(inputs[:, chosen])
            wanted, weight = known(target[:, chosen])
            return (((10.0 * answer - wanted / 10.0) ** 2) * weight).sum() / weight.sum().clamp(min=1.0)

        def score() -> float:
            wanted, weight = known(truth)
            total = 0.0
            for part in parts(wanted.shape[1]):
                answer, _ = network(checked[:, part])
                total += float((((100.0 * answer - wanted[:, part]) ** 2) * weight[:, part]).sum())
            return math.sqrt(total / max(float(weight.sum()), 1.0))

        def settle() -> dict[str, Any]:
            with torch.no_grad():
                answer = network(checked)[0].cpu().numpy()
            wanted = truth.cpu().numpy() / 100.0
            there = np.isfinite(wanted)
            return {"stretch": stretch(answer[there], wanted[there], self.costs)}

        return Lesson(loss, score, train.count, settle=settle)


def examples(sight: Sight, cases: Cases, device: str) -> tuple[Tensor, Tensor]:
    """Return what a network is shown of whole cases, (time, cases, features), and BIS now, NaN where none."""
    cases = cases.shortened(LONGEST)

    def step(memory: Any, seen: Readings) -> tuple[Any, dict[str, np.ndarray]]:
        memory, shown = sight.look(memory, seen, INTERVAL)
        return memory, {"inputs": shown}

    shown = follow(step, sight.begin(cases.person, INTERVAL), cases)["inputs"]
    target = np.where(scored(cases), cases["bis"], np.nan).astype(np.float32)
    return cases_first(shown, device).nan_to_num(), torch.from_numpy(target).to(device)


def stretched(answer: np.ndarray, by: tuple[float, float]) -> np.ndarray:
    """Return answers spread from a centre by a factor."""
    centre, factor = by
    return centre + factor * (answer - centre)


def stretch(answer: np.ndarray, target: np.ndarray, costs: float) -> tuple[float, float]:
    """Return (centre, factor) that spread least-squares answers towards the spread of the truth.

    Least squares shrinks what it cannot know, and concordance punishes that. The factor is the one of greatest
    concordance among those that raise the root mean squared error by no more than a factor `costs`.
    """
    centre = float(answer.mean())

    def error(factor: float) -> float:
        return float(np.sqrt(np.mean((stretched(answer, (centre, factor)) - target) ** 2)))

    allowed = [factor for factor in np.arange(1.0, 2.01, 0.05) if error(factor) <= costs * error(1.0)]
    best = max(allowed, key=lambda factor: concordance(target, stretched(answer, (centre, factor))))
    return centre, float(round(best, 2))


def _pair(values: Any) -> tuple[float, float]:
    centre, factor = values
    return float(centre), float(factor)
