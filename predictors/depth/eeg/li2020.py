"""Depth from the last minute of the EEG's features by a recurrent network, with an auto-encoder before it or without.

Li, Front Neurosci 2020;14:26: features, stacked denoising auto-encoder, long short-term memory. The encoder is frozen
once it has learned; 64 cells look back on 12 steps, a minute. The paper's headline is the prediction probability Pk;
the accuracy of four levels is known from a review only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from predictors.depth.eeg import answers, material
from predictors.depth.eeg.answers import DEPTH, ESTIMATES, HIGH, LEVEL, LOW, Head
from predictors.depth.eeg.autoencoder import AutoEncoder, pretrain
from predictors.depth.eeg.epochs import SILENT, STEPS
from predictors.depth.eeg.features import COUNT, features
from predictors.learning.cases import Cases
from predictors.learning.contract import Published, Recipe
from predictors.learning.descent import Lesson
from predictors.learning.network import ByDescent, NetworkObserver
from predictors.learning.weights import Weights
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import Readings
from sim.published import ADULTS, warn_outside

FARTHEST = 5.0  # standard deviations, of a feature that is believed
BATCH, STEP = 256, 1e-3
EVERY = 2  # steps between examples
AWAKE = 93.0  # of somebody of whom nothing has been heard


class Network(nn.Module):
    """The last minute of features, (moments, STEPS, COUNT), to what is said of depth."""

    def __init__(self, cells: int = 64, encoder: bool = True):
        super().__init__()
        self.encoder = AutoEncoder(COUNT) if encoder else None
        self.memory = nn.LSTM(16 if encoder else COUNT, cells, batch_first=True)
        self.head = Head(cells)
        self.mean: Tensor
        self.sd: Tensor
        self.register_buffer("mean", torch.zeros(COUNT))
        self.register_buffer("sd", torch.ones(COUNT))

    def standardised(self, inputs: Tensor) -> Tensor:
        """Return features in standard deviations of the training cases."""
        return ((inputs - self.mean) / self.sd).clamp(-FARTHEST, FARTHEST)

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return log odds of the levels (moments, 4) and quantiles of depth (moments, 3)."""
        shown = self.standardised(inputs)
        if self.encoder is not None:
            with torch.no_grad():
                shown = self.encoder.encode(shown)
        return self.head(self.memory(shown)[0][:, -1])


@dataclass(frozen=True)
class Heard:
    """What has been heard.

    Attributes:
        recent: the last minute of features, (COUNT, STEPS, patients), NaN before any.
        age: steps since anything was heard, (patients,).
        depth, level: said last, (patients,).
    """

    recent: Array
    age: Array
    depth: Array
    level: Array


@dataclass(frozen=True)
class EEGObserver(NetworkObserver):
    """Estimates depth from the EEG alone; where that is not heard, the last answer stands and may be anything."""

    waves: ClassVar[tuple[str, ...]] = ("eeg",)

    @property
    def estimates(self) -> Mapping[str, tuple[float, float, str]]:
        """Depth with quantiles, and its level: 0 (80-100), 1, 2, 3 (below 40)."""
        return ESTIMATES

    def initial(self, covariates: Covariates) -> Heard:
        """Return patients, taken to be awake, of whom nothing has been heard."""
        warn_outside("predictor of depth from the EEG", covariates, ADULTS)
        nobody = np.zeros(len(covariates.age))
        recent = np.full((COUNT, STEPS, len(nobody)), np.nan)
        return Heard(recent, nobody + np.inf, nobody + AWAKE, nobody)

    def update(self, state: Heard, readings: Readings) -> tuple[Heard, Mapping[str, Array]]:
        """Return what has been heard, and the estimates at the time of the readings."""
        return self.listen(state, readings.waves["eeg"])

    def listen(self, state: Heard, eeg: Array) -> tuple[Heard, Mapping[str, Array]]:
        """Add EEG, (samples, patients) of whole steps; return what has been heard, and what is said then."""
        recent, age = state.recent, state.age
        for step in np.moveaxis(features(eeg).astype(float), 1, 0):
            there = np.isfinite(step).all(axis=0)
            now = np.where(there, step, recent[:, -1])
            past = np.where(np.isfinite(recent), recent, now[:, None])  # it had always been as it was first
            recent = np.concatenate([past[:, 1:], now[:, None]], axis=1)
            age = np.where(there, 0.0, age + 1.0)
        fresh = age < SILENT
        said = self.say(recent)
        depth = np.where(fresh, said[DEPTH], state.depth)
        level = np.where(fresh, said[LEVEL], state.level)
        spread = {LOW: np.where(fresh, said[LOW], 0.0), HIGH: np.where(fresh, said[HIGH], 100.0)}
        return Heard(recent, age, depth, level), {DEPTH: depth, **spread, LEVEL: level}

    def say(self, recent: Array) -> dict[str, Array]:
        """Return estimates (...) from minutes of features (COUNT, STEPS, ...)."""
        moments = recent.reshape(COUNT, STEPS, -1).T
        inputs = torch.from_numpy(np.ascontiguousarray(np.nan_to_num(moments), dtype=np.float64))
        with torch.no_grad():
            parts = [self.network(part) for part in inputs.split(answers.AT_ONCE)]
        odds, quantiles = (torch.cat(side) for side in zip(*parts, strict=True))
        return {name: one.reshape(recent.shape[2:]) for name, one in answers.spoken(odds, quantiles).items()}

    def answer(self, cases: Cases) -> Mapping[str, Array]:
        """Return what it says at every step of whole cases, (steps, cases); NaN where it is not heard for too long."""
        shown, age = material.minutes(cases)
        return {name: np.where(age < SILENT, values, np.nan) for name, values in self.say(shown).items()}


class Recurrent(ByDescent):
    """Depth from features of the EEG by a recurrent network."""

    task = material.TASK
    question = material.QUESTION
    network = Network
    encoder: ClassVar[bool]
    limits = material.LIMITS

    @property
    def sizes(self) -> Mapping[str, Any]:  # type: ignore[override]
        """Of the network."""
        return {"cells": 64, "encoder": self.encoder}

    def of(self, weights: Weights) -> EEGObserver:
        """Return the observer with these weights. Raises ValueError if they do not fit."""
        return EEGObserver(self.filled(weights))

    def recipe(self, recipe: Recipe) -> Recipe:
        """A step size of its own, gentler where the recipe is."""
        return replace(recipe, step=STEP * recipe.step / Recipe().step)

    def prepare(self, network: Network, train: Cases) -> None:
        """Standardise features by those of the training cases; train the auto-encoder and freeze it."""
        values, age = material.features_of(train)
        inputs = torch.from_numpy(np.moveaxis(values, 0, -1)[np.isfinite(age)])
        network.mean.copy_(inputs.mean(0))
        network.sd.copy_(inputs.std(0) + 1e-3)
        if network.encoder is not None:
            pretrain(network.encoder, network.standardised(inputs), seed=0)
            network.encoder.requires_grad_(False)

    def lesson(self, network: Network, train: Cases, validation: Cases, recipe: Recipe) -> Lesson:
        """Cross-entropy of the levels and pinball loss of the quantiles of depth."""
        shown, checked = (material.examples(cases, EVERY) for cases in (train, validation))
        return answers.lesson(network, shown, checked, BATCH)


class Li2020(Recurrent):
    """Depth from EEG (Li 2020): twelve features, a denoising auto-encoder, long short-term memory over a minute."""

    name = "li2020"
    encoder = True
    published = (Published("accuracy of four levels", 0.8556, "a review of Front Neurosci 2020;14:26"),)


class WithoutEncoder(Recurrent):
    """The same without the auto-encoder: long short-term memory over the features themselves."""

    name = "eeg_lstm"
    encoder = False


LI2020, EEG_LSTM = Li2020(), WithoutEncoder()
