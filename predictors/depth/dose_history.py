"""Current BIS from doses and demographics alone: a recurrent network over the concentrations of several models."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from predictors.depth import exposure
from predictors.depth.exposure import Exposure
from predictors.depth.phases import scored
from predictors.depth.recurrent import LONGEST, Recurrent, cases_first, sequence
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

LARGEST_LOSS = 1.02  # in root mean squared error, that spreading the answers may cost


class Network(nn.Module):
    """Current BIS from the concentrations that the doses so far have led to."""

    def __init__(self, cells: int = 32, units: int = 32, dropout: float = 0.2):
        super().__init__()
        self.body = Recurrent(exposure.FEATURES, cells, units, dropout)
        self.output = nn.Linear(units, 1)

    def forward(self, inputs: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return BIS/100 (time, patients) and the hidden state."""
        summary, hidden = self.body(inputs, hidden)
        return torch.sigmoid(self.output(summary)[..., 0]), hidden


@dataclass(frozen=True)
class DoseHistoryState:
    """Drug in the body, and the memory of the network, (cells, patients)."""

    exposure: Exposure
    hidden: Array


@dataclass(frozen=True)
class DoseHistoryObserver(NetworkObserver):
    """Estimates the present index without ever looking at it.

    Attributes:
        stretch: (centre, factor), by which the network's answer is spread out (see the card), BIS/100.
    """

    stretch: tuple[float, float] = (0.0, 1.0)

    @property
    def estimates(self) -> Mapping[str, tuple[float, float, str]]:
        """The index now."""
        return {"bis": (0.0, 100.0, "")}

    def initial(self, covariates: Covariates) -> DoseHistoryState:
        """Return drug-free patients."""
        hidden = np.zeros((self.network.body.cells, len(covariates.age)))
        return DoseHistoryState(exposure.begin(covariates, self.control_period), hidden)

    def update(
        self, state: DoseHistoryState, readings: Readings
    ) -> tuple[DoseHistoryState, Mapping[str, Array]]:
        """Return the state and the estimate at the time of the readings."""
        drugs = exposure.advance(state.exposure, readings.infused, self.control_period)
        with torch.no_grad():
            out, hidden = self.network(sequence(exposure.features(drugs)), sequence(state.hidden))
        bis = np.clip(100.0 * stretched(out[0].numpy(), self.stretch), 0.0, 100.0)
        return replace(state, exposure=drugs, hidden=hidden[0].numpy().T), {"bis": bis}


class DoseHistory(ByDescent):
    """Index now from doses alone: a recurrent network over the concentrations of six kinetic models."""

    name = "dose_history"
    task = "depth"
    question = "now"
    network = Network
    limits = (
        "Doses follow the index, so part of what it learned is the clinician: do not read dose-response from it"
        " (`experiments.explain`), and never let it choose a dose.",
        "Within maintenance its concordance is low: without readings nobody knows how sensitive a patient is.",
    )
    sizes: ClassVar[Mapping[str, Any]] = {"cells": 48, "units": 32, "dropout": 0.2}

    def of(self, weights: Weights) -> DoseHistoryObserver:
        """Return the observer with these weights. Raises ValueError if they do not fit."""
        return DoseHistoryObserver(self.filled(weights), setting(weights, "stretch", _pair))

    def lesson(self, network: Network, train: Cases, validation: Cases, recipe: Recipe) -> Lesson:
        """Least squares on the present index; how far to spread the answers is chosen on validation cases."""
        inputs, target = examples(train, recipe.device)
        checked, truth = examples(validation, recipe.device)

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
            return {"stretch": stretch(answer[np.isfinite(wanted)], wanted[np.isfinite(wanted)])}

        return Lesson(loss, score, train.count, settle=settle)


def examples(cases: Cases, device: str) -> tuple[Tensor, Tensor]:
    """Return what the network is shown of whole cases, (time, cases, features), and BIS now, NaN where none."""
    cases = cases.shortened(LONGEST)

    def step(state: Exposure, seen: Readings) -> tuple[Exposure, dict[str, np.ndarray]]:
        state = exposure.advance(state, seen.infused, INTERVAL)
        return state, {"inputs": exposure.features(state)}

    shown = follow(step, exposure.begin(cases.person, INTERVAL), cases)["inputs"]
    target = np.where(scored(cases), cases["bis"], np.nan).astype(np.float32)
    return cases_first(shown, device).nan_to_num(), torch.from_numpy(target).to(device)


def stretched(answer: np.ndarray, by: tuple[float, float]) -> np.ndarray:
    """Return answers spread from a centre by a factor."""
    centre, factor = by
    return centre + factor * (answer - centre)


def stretch(answer: np.ndarray, target: np.ndarray) -> tuple[float, float]:
    """Return (centre, factor) that spread least-squares answers towards the spread of the truth.

    Least squares shrinks what it cannot know, and concordance punishes that. The factor is the one of greatest
    concordance among those that raise the root mean squared error by no more than 2 %.
    """
    centre = float(answer.mean())

    def error(factor: float) -> float:
        return float(np.sqrt(np.mean((stretched(answer, (centre, factor)) - target) ** 2)))

    allowed = [factor for factor in np.arange(1.0, 2.01, 0.05) if error(factor) <= LARGEST_LOSS * error(1.0)]
    best = max(allowed, key=lambda factor: concordance(target, stretched(answer, (centre, factor))))
    return centre, float(round(best, 2))


def _pair(values: Any) -> tuple[float, float]:
    centre, factor = values
    return float(centre), float(factor)


DOSE_HISTORY = DoseHistory()
