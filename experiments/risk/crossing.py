"""Learners on recorded people: everybody is answered for by models that learned from other subjects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import Progress

from experiments.judging.folds import by_subject
from experiments.risk.contract import PERMUTED, Learner, Probabilities, System
from experiments.risk.judging import scores
from sim.outcomes.people import People, refuse_constant

RECORDED = "recorded"


def recorded(system: System, data: Path, learners: tuple[str, ...], count: int, seed: int) -> pd.DataFrame:
    """Return the scores of learners, everybody by default, on the people of a file. Raises ValueError on bad data."""
    people = system.recorded(data)
    refuse_constant(str(data), people.outcomes, fewest=2)
    fold = folds(people, count, seed)
    chosen = {name: one for name, one in system.learners.items() if not learners or name in learners}
    answers: dict[str, Probabilities] = {}
    with Progress(console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task("learning", total=len(chosen) + 1)
        for name, learner in chosen.items():
            answers[name] = crossed(people, learner, fold, seed)
            bar.advance(line)
        if system.control in chosen:
            answers[PERMUTED] = crossed(people.permuted(seed), chosen[system.control], fold, seed)
    return scores(system, people, answers, {"variant": RECORDED, "n": 0}, seed)


def folds(people: People, count: int, seed: int) -> np.ndarray:
    """Return the fold of each person. Raises ValueError where a fold would have everybody or nobody with an outcome."""
    fold = by_subject(people.subject, count, seed)
    for number in range(count):
        chosen = people.select(fold == number)
        refuse_constant(f"fold {number + 1} of {count}", chosen.outcomes)
    return fold


def crossed(people: People, learner: Learner, fold: np.ndarray, seed: int) -> Probabilities:
    """Return what a learner says of everybody, of each fold having learned from the others."""
    said: dict[str, np.ndarray] = {}
    for number in np.unique(fold):
        inside = fold == number
        answers = learner(people.select(~inside), seed)(people.select(inside))
        for name, one in answers.items():
            said.setdefault(name, np.full(people.outcomes[name].shape, np.nan))[..., inside] = one
    return said
