"""Depth from the raw EEG of the last minute, by a convolutional network that finds its own bands.

Filters, the logarithm of their power in every second, then filters over seconds: Schirrmeister, Hum Brain Mapp
2017;38:5391 (its shallow network), with a memory of a minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from predictors.depth.eeg import answers, epochs, material
from predictors.depth.eeg.answers import Head
from predictors.depth.eeg.epochs import SECONDS, SILENT, STEPS
from predictors.depth.eeg.material import EEG, Examples
from predictors.learning.cases import Cases
from predictors.learning.contract import Recipe
from predictors.learning.descent import Lesson
from predictors.learning.network import ByDescent
from predictors.learning.weights import Weights
from sim.arrays import Array
from sim.signals.eeg import RATE

TYPICAL, FARTHEST = 20.0, 10.0  # µV, by which EEG is divided, and the most of it
LENGTH, STRIDE = 32, 4  # samples
SMALLEST = 1e-4
EVERY, BATCH, STEP = 12, 128, 3e-3
AT_ONCE = 1024  # moments, when nothing is learned


class Network(nn.Module):
    """A minute of EEG, (moments, STEPS, SAMPLES), µV, to what is said of depth."""

    def __init__(self, filters: int = 24, units: int = 32):
        super().__init__()
        self.bands = nn.Conv1d(1, filters, LENGTH, STRIDE, padding=LENGTH // 2, bias=False)
        self.norm = nn.BatchNorm1d(filters)
        self.seconds = nn.Conv1d(filters, units, SECONDS, SECONDS)
        self.steps = nn.Conv1d(units, units, STEPS)
        self.head = Head(units)

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return log odds of the levels (moments, 4) and quantiles of depth (moments, 3)."""
        wave = (inputs.reshape(len(inputs), 1, -1) / TYPICAL).clamp(-FARTHEST, FARTHEST)
        power = nn.functional.avg_pool1d(self.bands(wave) ** 2, RATE // STRIDE)
        shown = nn.functional.silu(self.seconds(self.norm(torch.log(power + SMALLEST))))
        return self.head(nn.functional.silu(self.steps(shown))[..., 0])


@dataclass(frozen=True)
class Minutes:
    """Minutes of EEG that are cut out when they are asked for: there would not be room for all of them.

    Attributes:
        eeg: (steps, cases, SAMPLES), µV, gaps held.
        step, case: of the end of each minute, (moments,).
    """

    eeg: Tensor
    step: Tensor
    case: Tensor

    def __getitem__(self, chosen: Tensor) -> Tensor:
        """Return minutes, (chosen, STEPS, SAMPLES)."""
        back = self.step[chosen, None] - torch.arange(STEPS - 1, -1, -1)
        return self.eeg[back.clamp(min=0), self.case[chosen, None]]


def minutes(cases: Cases) -> tuple[Tensor, Array]:
    """Return EEG of cases with gaps held, (steps, cases, SAMPLES), and steps since any was heard, (steps, cases)."""
    cut = epochs.epochs(cases[EEG])
    known = np.where(epochs.heard(cut)[:, None], cut, np.nan)
    values, age = epochs.held(np.moveaxis(known, 1, 0))
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(np.nan_to_num(values), 0, -1))), age


def examples(cases: Cases, every: int) -> Examples:
    """Return minutes of EEG with the true depth at their ends, of every so many steps."""
    eeg, age = minutes(cases)
    chosen = material.moments(cases, age, every)
    step, case = (torch.from_numpy(place) for place in np.nonzero(chosen))
    return Examples(Minutes(eeg, step, case), *material.targets(cases, chosen))


@dataclass(frozen=True)
class Convolution:
    """Says depth of whole cases from their raw EEG."""

    network: Any

    def answer(self, cases: Cases) -> Mapping[str, Array]:
        """Return what it says at every step, (steps, cases); NaN where EEG has not been heard for too long."""
        eeg, age = minutes(cases)
        step, case = (place.ravel() for place in np.indices(age.shape))
        every = Minutes(eeg, torch.from_numpy(step), torch.from_numpy(case))
        with torch.no_grad():
            parts = [self.network(every[part].double()) for part in torch.arange(age.size).split(AT_ONCE)]
        odds, quantiles = (torch.cat(side) for side in zip(*parts, strict=True))
        said = answers.spoken(odds, quantiles)
        return {name: np.where(age < SILENT, one.reshape(age.shape), np.nan) for name, one in said.items()}


class EEGNetwork(ByDescent):
    """Depth from the raw EEG of the last minute: a convolutional network that finds its own bands."""

    name = "eeg_cnn"
    task = material.TASK
    question = material.QUESTION
    network = Network
    sizes: ClassVar[Mapping[str, Any]] = {"filters": 24, "units": 32}
    limits = material.LIMITS

    def of(self, weights: Weights) -> Convolution:
        """Return what answers with these weights. Raises ValueError if they do not fit."""
        return Convolution(self.filled(weights))

    def recipe(self, recipe: Recipe) -> Recipe:
        """A step size of its own, gentler where the recipe is."""
        return replace(recipe, step=STEP * recipe.step / Recipe().step)

    def lesson(self, network: Network, train: Cases, validation: Cases, recipe: Recipe) -> Lesson:
        """Cross-entropy of the levels and pinball loss of the quantiles of depth."""
        return answers.lesson(network, examples(train, EVERY), examples(validation, EVERY), BATCH)


EEG_CNN = EEGNetwork()
