"""What everything that learns must offer: one object a predictor, which trains, is built from weights, and answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np

from predictors.learning.cases import Cases
from predictors.learning.watching import watch
from predictors.learning.weights import Weights

Progress = Callable[[float], None]  # called with the share done
Tensors = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Recipe:
    """How to descend: epochs, largest step size, weight decay, seed, device."""

    epochs: int = 40
    step: float = 4e-3
    decay: float = 1e-3
    seed: int = 0
    device: str = "cpu"


@dataclass(frozen=True)
class Course:
    """What a training is given.

    Attributes:
        train: cases to learn from.
        validation: cases that choose (epoch, settings).
        recipe: how to descend.
        begin: earlier weights to go on from.
        progress: called with the share done.
    """

    train: Cases
    validation: Cases
    recipe: Recipe
    begin: Tensors | None = None
    progress: Progress | None = None

    def report(self, share: float) -> None:
        """Tell how much is done, 0 to 1, if somebody wants to know."""
        if self.progress:
            self.progress(share)


@dataclass(frozen=True)
class Learned:
    """Attributes: tensors by name; settings, what a predictor needs beside them; notes for the card."""

    tensors: dict[str, np.ndarray]
    settings: dict[str, Any] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)


class Published(NamedTuple):
    """A figure of the paper that a predictor comes from: score, value, source."""

    score: str
    value: float
    source: str


class Predictor(Protocol):
    """A published system or one of ours: a file with its network, what that is shown, loss, answers and limits.

    What it makes of weights either streams (`sim.interfaces.Observer`) or answers whole cases at once (`Answering`).
    """

    name: str
    """of its registry entry, its weights and its card"""
    task: str
    """name of the task it learns, see `experiments.tasks`"""
    question: str
    """which of the task's questions it answers"""
    limits: tuple[str, ...]
    """where it must not be trusted, in sentences"""
    published: tuple[Published, ...]
    """figures of its paper"""

    def learn(self, course: Course) -> Learned:
        """Return what was learned."""

    def of(self, weights: Weights) -> Any:
        """Return what predicts with these weights. Raises ValueError if they do not fit."""


class Answering(Protocol):
    """What answers whole cases at once."""

    def answer(self, cases: Cases) -> Mapping[str, np.ndarray]:
        """Return name -> (samples, cases) or (cases,), NaN where it says nothing."""


def said(model: Any, cases: Cases, names: tuple[str, ...] | None = None) -> dict[str, np.ndarray]:
    """Return what a model says over whole cases: at once if it can, else watching them step by step."""
    if not hasattr(model, "answer"):
        return watch(model, cases, names)
    answers = model.answer(cases)
    return {name: answers[name] for name in names or answers}
