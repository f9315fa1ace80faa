"""Will the index leave 40-60 within five minutes? The probability, learned as such instead of read off a forecast.

What tells is how this patient's index has wandered so far: a small network over `memory.keeping` and `memory.recent`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from predictors.depth.memory import keeping, recent
from predictors.depth.memory.keeping import HIGH, LOW, Keeping
from predictors.depth.memory.recent import Recent
from predictors.depth.memory.recurrent import LONGEST
from predictors.depth.phases import phases
from predictors.learning.cases import Cases
from predictors.learning.contract import Recipe
from predictors.learning.descent import Lesson
from predictors.learning.network import ByDescent, NetworkObserver
from predictors.learning.watching import INTERVAL, follow
from predictors.learning.weights import Weights
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import Readings
from sim.published import ADULTS, warn_outside

WITHIN = 300  # s
INSIDE, OUTSIDE = 6, 6  # samples before and from an exit on
NAME = f"leaves_in_{WITHIN}s"
FEATURES = keeping.FEATURES + recent.FEATURES
BATCH, PER_EPOCH, STEP, DECAY = 1024, 100_000, 3e-3, 0.1
AT_ONCE = 65536  # moments, when nothing is learned


def exits(level: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Return where the 30 s mean (samples, cases) leaves the range for a minute after a minute inside, bool."""
    inside = (level >= LOW) & (level <= HIGH) & counted
    outside = ~((level >= LOW) & (level <= HIGH)) & counted
    leaves = outside.copy()
    for back in range(1, INSIDE + 1):
        leaves[back:] &= inside[:-back]
        leaves[:back] = False
    for on in range(1, OUTSIDE):
        leaves[:-on] &= outside[on:]
        leaves[-on:] = False
    return leaves


def until_exit(leaves: np.ndarray) -> np.ndarray:
    """Return the samples from each sample to the next exit after it, (samples, cases); very many where none comes."""
    soonest, ahead = np.full(leaves.shape[1], 10 * len(leaves)), np.empty(leaves.shape, dtype=int)
    for sample in range(len(leaves) - 1, -1, -1):
        ahead[sample] = soonest - sample
        soonest = np.where(leaves[sample], sample, soonest)
    return ahead


class Network(nn.Module):
    """Features to the log odds that the index leaves its range."""

    def __init__(self, units: int = 32, dropout: float = 0.1):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(FEATURES, units),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(units, units),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(units, 1),
        )
        self.mean: Tensor
        self.sd: Tensor
        self.register_buffer("mean", torch.zeros(FEATURES))
        self.register_buffer("sd", torch.ones(FEATURES))

    def forward(self, inputs: Tensor) -> Tensor:
        """Return (moments,) from inputs (moments, FEATURES)."""
        return self.layers((inputs - self.mean) / self.sd)[..., 0]


@dataclass(frozen=True)
class ExitState:
    """What the index has shown lately, and how it has kept in range."""

    recent: Recent
    keeping: Keeping


@dataclass(frozen=True)
class ExitObserver(NetworkObserver):
    """Says how likely the index is to leave 40-60 within five minutes; 1 where it is out already."""

    @property
    def estimates(self) -> Mapping[str, tuple[float, float, str]]:
        """The probability."""
        return {NAME: (0.0, 1.0, "probability")}

    def initial(self, covariates: Covariates) -> ExitState:
        """Return somebody nobody has looked at."""
        warn_outside("predictor exits", covariates, ADULTS)
        return begin(covariates, self.control_period)

    def update(self, state: ExitState, readings: Readings) -> tuple[ExitState, Mapping[str, Array]]:
        """Return the memory and the probability at the time of the readings."""
        state, shown = look(state, readings, self.control_period)
        with torch.no_grad():
            odds = self.network(torch.from_numpy(np.ascontiguousarray(shown.T))).numpy()
        return state, {NAME: np.where(state.keeping.inside > 0.0, 1.0 / (1.0 + np.exp(-odds)), 1.0)}


class Exits(ByDescent):
    """Probability that the index leaves 40-60 within 5 min: a small network over how it has wandered."""

    name = "exits"
    task = "depth"
    question = "exits"
    network = Network
    sizes: ClassVar[Mapping[str, Any]] = {"units": 32, "dropout": 0.1}
    limits = (
        "Most exits come unannounced: see the share announced at a rate of false alarms that can be borne.",
        "It knows nothing of what surgeons or the pumps are about to do.",
    )

    def of(self, weights: Weights) -> ExitObserver:
        """Return the observer with these weights. Raises ValueError if they do not fit."""
        return ExitObserver(self.filled(weights))

    def recipe(self, recipe: Recipe) -> Recipe:
        """A step size of its own, gentler where the recipe is, and more decay."""
        return replace(recipe, step=STEP * recipe.step / Recipe().step, decay=DECAY)

    def prepare(self, network: Network, train: Cases) -> None:
        """Standardise features by those of the training cases."""
        inputs, _ = examples(train, "cpu")
        network.mean.copy_(inputs.mean(0))
        network.sd.copy_(inputs.std(0) + 1e-3)

    def lesson(self, network: Network, train: Cases, validation: Cases, recipe: Recipe) -> Lesson:
        """Cross-entropy of moments drawn with replacement: an epoch does not pass through all."""
        inputs, target = examples(train, recipe.device)
        checked, truth = examples(validation, recipe.device)
        entropy = nn.functional.binary_cross_entropy_with_logits

        def loss(lots: Tensor) -> Tensor:
            chosen = torch.randint(len(inputs), (len(lots),), device=inputs.device)
            return entropy(network(inputs[chosen]), target[chosen])

        def score() -> float:
            every = torch.arange(len(checked), device=checked.device).split(AT_ONCE)
            total = sum(float(entropy(network(checked[part]), truth[part])) * len(part) for part in every)
            return total / max(len(checked), 1)

        return Lesson(loss, score, PER_EPOCH, BATCH)


def begin(person: Covariates, period: float) -> ExitState:
    """Return the memory of somebody nobody has looked at."""
    return ExitState(recent.begin(person, period), keeping.begin(person))


def look(state: ExitState, readings: Readings, period: float) -> tuple[ExitState, np.ndarray]:
    """Add readings; return the memory, and what the network is shown, (FEATURES, patients)."""
    shown = recent.look(state.recent, readings, period)
    kept = keeping.follow(state.keeping, shown.level, period)
    return ExitState(shown, kept), np.concatenate([keeping.features(kept), recent.features(shown, period)])


def moments(cases: Cases) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what the network is shown, (samples, FEATURES, cases), moments in range and the samples to the next exit.

    Moments and samples to the next exit are (samples, cases).
    """

    def step(state: ExitState, seen: Readings) -> tuple[ExitState, dict[str, np.ndarray]]:
        state, shown = look(state, seen, INTERVAL)
        return state, {"inputs": shown, "level": state.keeping.level}

    cases = cases.shortened(LONGEST)
    said = follow(step, begin(cases.person, INTERVAL), cases)
    counted = (phases(cases) >= 0) & np.isfinite(said["level"])
    inside = counted & (said["level"] >= LOW) & (said["level"] <= HIGH)
    return said["inputs"], inside, until_exit(exits(said["level"], counted))


def examples(cases: Cases, device: str) -> tuple[Tensor, Tensor]:
    """Return all moments in range: what the network is shown, (moments, FEATURES), and whether an exit follows."""
    shown, inside, ahead = moments(cases)
    inputs = np.moveaxis(shown, 1, -1)[inside]
    leaves = (ahead <= round(WITHIN / INTERVAL))[inside].astype(np.float32)
    return torch.from_numpy(inputs).to(device), torch.from_numpy(leaves).to(device)


EXITS = Exits()
