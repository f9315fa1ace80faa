"""What a risk system says: all that `experiments.risk` knows of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sim.outcomes.people import People

Probabilities = Mapping[str, np.ndarray]  # outcome -> probability, shaped like the outcome
Answer = Callable[[People], Probabilities]
Learner = Callable[[People, int], Answer]  # people to learn from, seed
Generate = Callable[[int, int], People]  # people, seed
ORACLE, PERMUTED = "oracle (true risk)", "permuted labels"


class Printed(NamedTuple):
    """A figure of the paper: predictor of ours that it stands beside, outcome, score, value and its interval."""

    predictor: str
    outcome: str
    score: str
    value: float
    low: float = float("nan")
    high: float = float("nan")


@dataclass(frozen=True)
class System:
    """A published risk model with the cohorts it is tried on.

    Attributes:
        name: as in the registry.
        description: in a line.
        title: of the report.
        caveat: what must be said wherever its figures stand: what the generator was tuned on.
        quoted: what others say its figures are, and what they are.
        source: of the figures.
        variants: name -> who generates people.
        outcomes: which outcomes are judged.
        sizes: people to learn from.
        test: people who are judged: others than any that somebody learned from.
        learners: name -> who learns.
        control: the learner who is also shown what became of others (`PERMUTED`).
        recorded: reads recorded people of a file or folder, on whom learners are judged in folds of subjects.
        recorded_learners: who learns from recorded people, where that is not who learns from generated ones.
        recorded_baselines: learners to whom differences are taken then.
        baselines: learners to whom differences are taken.
        metrics: of `experiments.judging.scores`.
        printed: figures of the paper.
        printed_size: people that the paper's models learned from, or the nearest of `sizes`; 0 where none is near.
        race: two learners: from how many people does the first pass the second?
    """

    name: str
    description: str
    title: str
    caveat: str
    quoted: str
    source: str
    variants: Mapping[str, Generate]
    outcomes: tuple[str, ...]
    sizes: tuple[int, ...]
    test: int
    learners: Mapping[str, Learner]
    control: str
    recorded: Callable[[Path], People]
    recorded_learners: Mapping[str, Learner] = field(default_factory=dict)
    recorded_baselines: tuple[str, ...] = ()
    baselines: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ("AUROC", "AUPRC", "Brier", "calibration_slope")
    printed: tuple[Printed, ...] = ()
    printed_size: int = 0
    race: tuple[str, str] | None = None

    def on_recorded(self) -> System:
        """Return the system as it is judged on recorded people."""
        if not self.recorded_learners:
            return self
        return replace(self, learners=self.recorded_learners, baselines=self.recorded_baselines, printed=())
