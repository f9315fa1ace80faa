"""What predictors with a network share: they learn by descent, and their weights are the network's tensors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import torch
from torch import nn

from predictors.learning.cases import Cases
from predictors.learning.contract import Course, Learned, Recipe
from predictors.learning.descent import Lesson, descend
from predictors.learning.watching import INTERVAL
from predictors.learning.weights import Shipped, Weights, fill, setting

FINE_TUNING = 0.4  # of the step size, when training goes on from earlier weights


@dataclass(frozen=True)
class NetworkObserver:
    """What observers with a network are made of.

    Attributes:
        network: filled, in double precision.
        control_period: s between readings.
    """

    network: Any
    control_period: float = field(default=INTERVAL, kw_only=True)


class ByDescent(Shipped, ABC):
    """A predictor whose network learns by gradient descent; its file says which network, and what from.

    Attributes:
        network: the kind of network; called with `sizes`.
        sizes: of the network that is trained; what is loaded is sized by its own configuration.
    """

    network: Callable[..., nn.Module]
    sizes: ClassVar[Mapping[str, Any]] = {}

    @abstractmethod
    def lesson(self, network: Any, train: Cases, validation: Cases, recipe: Recipe) -> Lesson:
        """Return what the network is to learn from these cases."""

    def learn(self, course: Course) -> Learned:
        """Train a network, from earlier weights more gently."""
        recipe, begin = course.recipe, course.begin
        if begin is not None:
            recipe = replace(recipe, step=FINE_TUNING * recipe.step)
        recipe = self.recipe(recipe)
        torch.manual_seed(recipe.seed)
        network = self.network(**self.sizes)
        self.prepare(network, course.train)
        if begin is not None:
            network.load_state_dict(
                {name: torch.from_numpy(np.array(array)) for name, array in begin.items()}
            )
        network.to(recipe.device)
        lesson = self.lesson(network, course.train, course.validation, recipe)
        fitted = descend(network, lesson, recipe, course.report)
        tensors = {
            name: tensor.detach().cpu().float().numpy() for name, tensor in network.state_dict().items()
        }
        settings = {"network": dict(self.sizes), **lesson.settle()}
        return Learned(tensors, settings, {"epochs": recipe.epochs, "kept_epoch": fitted.best})

    def recipe(self, recipe: Recipe) -> Recipe:
        """Return the recipe that this predictor makes of the one asked for."""
        return recipe

    def prepare(self, network: Any, train: Cases) -> None:
        """Set what of the network is no matter of descent (scales of inputs)."""

    def filled(self, weights: Weights) -> Any:
        """Return a network with these weights. Raises ValueError if they do not fit."""
        return fill(setting(weights, "network", lambda sizes: self.network(**sizes)), weights)
