"""Networks learn from phantoms that are made as they are needed: no image is met twice."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from torch import Tensor, nn

from experiments.imaging.contract import Lessons
from predictors.imaging import shipped
from predictors.learning.contract import Recipe
from predictors.learning.descent import Lesson, descend
from sim.imaging.phantoms import Phantoms

STEP = 1e-2  # of the descent, at its largest
EXAMPLES = 256  # phantoms that methods without weights look at


def examples(lessons: Lessons, count: int = 0) -> Phantoms:
    """Return the first phantoms of lessons, `EXAMPLES` or so many: made once for all methods that look at them."""
    return _first(lessons, count or EXAMPLES)


@lru_cache(maxsize=1)
def _first(lessons: Lessons, count: int) -> Phantoms:
    return lessons.phantoms(np.arange(count))


def trained(
    network: nn.Module, loss: Callable[[Phantoms], Tensor], lessons: Lessons, step: float = STEP
) -> nn.Module:
    """Return a network that has learned, ready to answer; its last weights are kept: there is nothing to choose by."""
    return descended(network, lambda numbers: loss(lessons.phantoms(numbers)), lessons, step)


def descended(
    network: nn.Module, loss: Callable[[np.ndarray], Tensor], lessons: Lessons, step: float = STEP
) -> nn.Module:
    """Return `trained`'s, whose loss is told the numbers of what is to be learned from, from 0 on, each once.

    Raises ValueError on known weights that do not fit.
    """
    lessons.learned.append(network)
    if lessons.known is not None:
        return shipped.filled(network, lessons.known).to(lessons.device)
    lesson = Lesson(
        loss=lambda numbers: loss(numbers.cpu().numpy()),
        score=lambda: 0.0,
        count=lessons.steps * lessons.batch,
        batch=lessons.batch,
    )
    recipe = Recipe(epochs=1, step=step, seed=lessons.seed, device=lessons.device)
    descend(network.to(lessons.device), lesson, recipe, lessons.report)
    return network.eval()
