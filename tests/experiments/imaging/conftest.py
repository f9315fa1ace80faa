"""Networks learn from few phantoms, met again and again: to make others takes longer than to learn from them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from experiments.imaging.contract import Lessons, phantoms
from sim.arrays import map_arrays

MADE = 96


@cache
def made(generate, seed, size):
    """The phantoms that all lessons with this seed take theirs from."""
    return phantoms(generate, seed, np.arange(MADE), size)


@pytest.fixture(scope="module")
def few_lessons():
    """Lessons hand out the same phantoms again after the first; those that are judged are others, as ever."""

    def handed_out(lessons, numbers):
        return map_arrays(lambda one: one[numbers % MADE], made(lessons.generate, lessons.seed, lessons.size))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lessons, "phantoms", handed_out)
        yield
