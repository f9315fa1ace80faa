"""Hypotension foreseen in the loop: how likely a minute below 65 mmHg begins within 5, 10 and 15 min.

A recurrent network over trends of pressure, heart rate and doses. What it says of the three horizons is one hazard a
horizon beyond the one before, so that a longer one is never less likely.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from predictors.depth.memory.recurrent import Recurrent, sequence
from predictors.learning.cases import Cases
from predictors.learning.contract import Published, Recipe
from predictors.learning.descent import Lesson, parts
from predictors.learning.network import ByDescent, NetworkObserver
from predictors.learning.watching import INTERVAL
from predictors.learning.weights import Weights
from predictors.risk.hypotension import material, trends
from predictors.risk.hypotension.events import HORIZONS
from predictors.risk.hypotension.material import ESTIMATES, EVERY
from predictors.risk.hypotension.trends import FEATURES, Trends
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import Readings
from sim.published import ADULTS, warn_outside

STEP, DECAY = 3e-3, 0.02
FARTHEST = 5.0  # SDs of a feature that is believed
SCALE = 10.0  # mmHg of a change that counts as one
ACROSS = 0.2  # weight of the pressure's loss beside the cross-entropies
JITTER = 0.1  # SDs of noise on what is shown while it learns, so that no number is trusted to the last digit


class Network(nn.Module):
    """What is shown, (time, patients, FEATURES), to log odds and change of the pressure at every horizon."""

    def __init__(self, cells: int = 32, units: int = 48, dropout: float = 0.2):
        super().__init__()
        self.body = Recurrent(FEATURES, cells, units, dropout)
        self.hazards = nn.Linear(units, len(HORIZONS))
        self.change = nn.Linear(units, len(HORIZONS))
        self.mean: Tensor
        self.sd: Tensor
        self.register_buffer("mean", torch.zeros(FEATURES))
        self.register_buffer("sd", torch.ones(FEATURES))

    def forward(self, shown: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return log odds and changes, (time, patients, HORIZONS), and what is carried on; see `Recurrent`."""
        inputs = ((shown - self.mean) / self.sd).clamp(-FARTHEST, FARTHEST)
        if self.training:
            inputs = inputs + JITTER * torch.randn_like(inputs)
        summary, hidden = self.body(inputs, hidden)
        calm = torch.cumsum(nn.functional.softplus(self.hazards(summary) - 3.0), dim=-1)
        return torch.log(torch.expm1(calm.clamp(1e-6, 30.0))), self.change(summary), hidden


@dataclass(frozen=True)
class HypotensionState:
    """Attributes: trends; hidden, (carried, patients), what the network carries on."""

    trends: Trends
    hidden: Array


@dataclass(frozen=True)
class HypotensionObserver(NetworkObserver):
    """Foresees hypotension; where no pressure has been seen for a minute, it goes by the last one."""

    @property
    def estimates(self) -> Mapping[str, tuple[float, float, str]]:
        """Probabilities and pressures by horizon."""
        return ESTIMATES

    def initial(self, covariates: Covariates) -> HypotensionState:
        """Return people whom nobody has looked at."""
        warn_outside("predictor hypotension", covariates, ADULTS)
        carried = np.zeros((self.network.body.carried, len(covariates.age)))
        return HypotensionState(trends.begin(covariates), carried)

    def update(
        self, state: HypotensionState, readings: Readings
    ) -> tuple[HypotensionState, Mapping[str, Array]]:
        """Return the memory and the estimates at the time of the readings."""
        memory = trends.look(state.trends, readings, self.control_period)
        with torch.no_grad():
            odds, change, hidden = self.network(sequence(trends.features(memory)), sequence(state.hidden))
        then = trends.level(memory) + SCALE * change[0].numpy().T
        answers = [*torch.sigmoid(odds)[0].numpy().T, *np.clip(then, 0.0, 200.0)]
        carried = np.ascontiguousarray(hidden[0].numpy().T)
        return HypotensionState(memory, carried), dict(zip(ESTIMATES, answers, strict=True))

    def answer(self, cases: Cases) -> dict[str, Array]:
        """Return what it says of whole cases every 30 s, (samples, cases), NaN between and where it may say nothing."""
        seen = material.shown(cases)
        chance, then = (np.zeros((len(seen.level), len(HORIZONS), cases.count)) for _ in range(2))
        body = self.network.body
        body.every = 1  # what is shown here is thinned already
        for part in parts(cases.count):
            with torch.no_grad():
                odds, change, _ = self.network(_sequences(seen.inputs[..., part]).double())
            chance[..., part] = np.moveaxis(torch.sigmoid(odds).numpy(), 1, -1)
            then[..., part] = seen.level[:, None, part] + SCALE * np.moveaxis(change.numpy(), 1, -1)
        body.every = EVERY
        return material.said(seen, chance, then, int(cases.samples(INTERVAL).max()))


class Hypotension(ByDescent):
    """Probability that a minute below 65 mmHg begins within 5, 10 and 15 min, and the pressure expected then."""

    name = "hypotension"
    task = material.TASK
    question = material.QUESTION
    network = Network
    sizes: ClassVar[Mapping[str, Any]] = {"cells": 32, "units": 48, "dropout": 0.2}
    limits = material.LIMITS
    published = (
        Published("AUROC, 15 min ahead, case-control selection", 0.897, "Lee S, Br J Anaesth 2021;126:808"),
    )

    def of(self, weights: Weights) -> HypotensionObserver:
        """Return the observer with these weights. Raises ValueError if they do not fit."""
        network = self.filled(weights)
        network.body.every = EVERY
        return HypotensionObserver(network)

    def recipe(self, recipe: Recipe) -> Recipe:
        """A step size of its own, gentler where the recipe is, and more decay."""
        return replace(recipe, step=STEP * recipe.step / Recipe().step, decay=DECAY)

    def prepare(self, network: Network, train: Cases) -> None:
        """Standardise what is shown by the training cases."""
        seen = material.shown(train)
        inputs = np.moveaxis(seen.inputs, 1, -1)[seen.may]
        network.mean.copy_(torch.from_numpy(inputs.mean(axis=0)))
        network.sd.copy_(torch.from_numpy(inputs.std(axis=0) + 1e-3))

    def lesson(self, network: Network, train: Cases, validation: Cases, recipe: Recipe) -> Lesson:
        """Cross-entropies of all horizons, and the pressure's absolute error, over whole cases."""
        taught, checked = (_examples(cases, recipe.device) for cases in (train, validation))

        def loss(chosen: Tensor) -> Tensor:
            return _loss(network, taught, chosen)

        def score() -> float:
            every = torch.arange(validation.count).split(128)
            return sum(float(_loss(network, checked, part)) * len(part) for part in every) / validation.count

        return Lesson(loss, score, train.count)


Examples = tuple[Tensor, Tensor, Tensor]


def _examples(cases: Cases, device: str) -> Examples:
    """Return what is shown (moments, cases, FEATURES), what happens and the change of the pressure, NaN unasked."""
    seen, (happens, then) = material.shown(cases), material.truths(cases)
    material.require_both(happens[np.isfinite(happens)])
    asked = seen.asked[:, None]
    change = (then - seen.level[:, None]) / SCALE
    targets = (_sequences(np.where(asked, one, np.nan).astype(np.float32)) for one in (happens, change))
    first, second = (one.to(device) for one in targets)
    return _sequences(seen.inputs).to(device), first, second


def _sequences(values: Array) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(values, -1, 1)))


def _loss(network: Network, examples: Examples, chosen: Tensor) -> Tensor:
    inputs, happens, change = (one[:, chosen] for one in examples)
    odds, moved, _ = network(inputs)
    known, also = ~happens.isnan(), ~change.isnan()
    entropy = nn.functional.binary_cross_entropy_with_logits(odds[known], happens[known])
    error = nn.functional.smooth_l1_loss(moved[also], change[also])
    return entropy + ACROSS * error


HYPOTENSION = Hypotension()
