"""A system on recorded people: who learns, in folds of subjects; who comes with weights, as they are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import Progress

from experiments.judging.folds import by_subject
from experiments.risk import page
from experiments.risk.contract import PERMUTED, Learner, Probabilities, System
from experiments.risk.judging import scores
from experiments.running.results import write_csv, write_figure, write_json, write_run, write_text
from sim.outcomes.people import People, refuse_constant

if TYPE_CHECKING:
    from experiments.risk.study import Risk

RECORDED = "recorded"


def study(system: System, config: Risk, console: Console) -> None:
    """Judge everybody on recorded people, and write. Raises ValueError on bad data; nothing has been written then."""
    if system.recorded is None:
        raise ValueError(f"data: {system.name} reads no recorded people; synthetic")
    people = system.recorded(Path(config.data))
    own = People(people.subject, people.columns, {name: people.outcomes[name] for name in system.outcomes})
    refuse_constant(config.data, own.outcomes, fewest=2)
    fold = folds(own, config.folds, config.seed)
    write_run(config.out, config)
    learners = {
        name: one
        for name, one in system.recorded_learners.items()
        if not config.learners or name in config.learners
    }
    answers: dict[str, Probabilities] = {}
    with Progress(console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task("learning", total=len(learners) + 1)
        for name, learner in learners.items():
            answers[name] = crossed(own, learner, fold, config.seed)
            bar.advance(line)
        if system.control in learners:
            permuted = own.permuted(config.seed)
            answers[PERMUTED] = crossed(permuted, learners[system.control], fold, config.seed)
    answers |= {f"{name} (shipped)": make()(own) for name, make in system.shipped.items()}
    rows = scores(system, own, answers, {"variant": RECORDED, "n": 0}, config.seed)
    _write(system, config, rows)


def folds(people: People, count: int, seed: int) -> np.ndarray:
    """Return the fold of each person. Raises ValueError where a fold would have everybody or nobody with an outcome."""
    fold = by_subject(people.subject, count, seed)
    for number in range(count):
        chosen = people.select(fold == number)
        refuse_constant(f"fold {number + 1} of {count}", chosen.outcomes)
    return fold


def crossed(people: People, learner: Learner, fold: np.ndarray, seed: int) -> Probabilities:
    """Return what a learner says of everybody, of each fold having learned from the others."""
    said = {name: np.full(one.shape, np.nan) for name, one in people.outcomes.items()}
    for number in np.unique(fold):
        inside = fold == number
        answers = learner(people.select(~inside), seed)(people.select(inside))
        for name, one in answers.items():
            said[name][..., inside] = one
    return said


def _write(system: System, config: Risk, rows: pd.DataFrame) -> None:
    write_csv(config.out / "scores.csv", rows)
    if config.json is not None:
        write_json(config.json, {"scores": rows.to_dict("records")})
    write_text(config.out / "report.md", page.report(system, config.out))
    write_figure(config.out / "page.png", page.draw(system, config.out))
