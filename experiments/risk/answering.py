"""Who answers: each learner, at each size, from people of each variant; then what everybody says of others."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch

from experiments.risk.contract import ORACLE, PERMUTED, Generate, Probabilities, System
from experiments.sites.purposes import seed_for
from predictors.learning.measures import roc_area
from sim.outcomes.people import People


class Part(NamedTuple):
    """One learner, learning from so many people of a variant, once of several times."""

    variant: str
    size: int
    learner: str
    repeat: int


@dataclass(frozen=True)
class Answered:
    """What was said of the people who are judged, and the AUROC on those learned from; how long learning took, s."""

    said: Probabilities
    at_home: Mapping[str, float]
    seconds: float


def parts(
    system: System,
    variants: tuple[str, ...],
    sizes: tuple[int, ...],
    learners: tuple[str, ...],
    repeats: int,
    permutations: int,
) -> list[Part]:
    """Return every combination, the largest first, and the control as often as labels are permuted."""
    often = dict.fromkeys(learners, repeats)
    if system.control in learners:
        often[PERMUTED] = permutations
    return [
        Part(variant, size, learner, repeat)
        for size in sorted(sizes, reverse=True)
        for variant in variants
        for learner, times in often.items()
        for repeat in range(times)
    ]


def judged(system: System, variant: str, count: int, seed: int) -> People:
    """Return the people of a variant who are judged."""
    return generated(system.variants[variant], count, seed_for("test", seed))


@lru_cache(maxsize=2)
def generated(generate: Generate, count: int, seed: int) -> People:
    """Return people, the last ones again without generating them: parts that follow each other share them."""
    return generate(count, seed)


def answer(system: System, test: int, seed: int, part: Part) -> Answered:
    """Return what a part says of who is judged. Raises ValueError where nobody can learn from these people."""
    torch.set_num_threads(1)
    train = generated(system.variants[part.variant], part.size, seed_for("training", seed) + part.repeat)
    learner = system.learners[system.control if part.learner == PERMUTED else part.learner]
    train = train.permuted(seed + part.repeat) if part.learner == PERMUTED else train
    begun = time.perf_counter()
    model = learner(train, seed + part.repeat)
    seconds = time.perf_counter() - begun
    home = model(train)
    areas = {name: area(train.outcomes[name], home[name]) for name in system.outcomes}
    return Answered(model(judged(system, part.variant, test, seed)), areas, seconds)


def area(outcome: np.ndarray, said: np.ndarray) -> float:
    """Return the AUROC of all samples that are known."""
    kept = np.isfinite(outcome) & np.isfinite(said)
    return float(roc_area(outcome[kept] > 0.5, said[kept], np.ones((1, int(kept.sum()))))[0])


def everybody(people: People, answers: Mapping[str, Probabilities]) -> dict[str, Probabilities]:
    """Return the answers and, where somebody knows the true risk, the oracle's."""
    return {**answers, **({ORACLE: people.risks} if people.risks else {})}
