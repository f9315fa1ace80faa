"""The study of beats from first to last: simulate, learn fold by fold, judge, write."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from rich.console import Console
from rich.progress import track

from experiments.judging.folds import by_case, by_subject
from experiments.judging.scores import SCORES
from experiments.risk.rhythm import page
from experiments.risk.rhythm.contenders import CONTENDERS, NETWORK, Beats
from experiments.running.results import write_csv, write_figure, write_run, write_text
from experiments.sites.purposes import seed_for
from sim.waves.pulse.ectopy import KINDS, rhythm

FOLDS = {
    page.PEOPLE: lambda person, count, seed: by_subject(person, count, seed),
    page.BEATS: lambda person, count, seed: by_case(len(person), count, seed),
}
LEVELS = 250  # to which probabilities are rounded when they are ranked


@dataclass(frozen=True)
class Study:
    """Simulate heart beats, and let everybody say of which kind they are.

    Attributes:
        people: how many; each has `beats`.
        beats: of each person.
        contenders: who takes part; everybody by default.
        folds: of people, and of beats.
        seed: of people, folds, models and resampling.
        out: folder of the results.
    """

    people: int = 120
    beats: int = 150
    contenders: tuple[str, ...] = ()
    folds: int = 5
    seed: int = 0
    out: Path = Path("results/rhythm")

    def check(self) -> None:
        """Raise ValueError on the first bad option."""
        for name in self.contenders:
            if name not in CONTENDERS:
                raise ValueError(f"contenders: {name!r} is not allowed; {', '.join(CONTENDERS)}")
        if self.beats < 2:
            raise ValueError(f"beats: {self.beats} is not allowed; 2 or more")
        if not 2 <= self.folds <= self.people:
            raise ValueError(
                f"folds: {self.folds} is not allowed of {self.people} people; 2 to {self.people}"
            )
        seed_for("test", self.seed)


def study(config: Study) -> None:
    """Do it all. Raises ValueError on a bad option; nothing has been written then."""
    config.check()
    torch.set_num_threads(1)
    beats = Beats.of(rhythm(np.arange(config.people), config.beats, seed_for("test", config.seed)))
    write_run(config.out, config)
    every = [(name, folds) for name in config.contenders or CONTENDERS for folds in FOLDS]
    bar = track(
        every, "answering", console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    )
    rows = [row for name, folds in bar for row in judged(beats, name, folds, config)]
    write_csv(config.out / "scores.csv", pd.DataFrame(rows))
    write_text(config.out / "report.md", page.report(config.out))
    write_figure(config.out / "page.png", page.draw(config.out))


def answer(beats: Beats, name: str, folds: str, config: Study) -> np.ndarray:
    """Return the probabilities of kinds of all beats, (beats, kinds), each by who had not learned from its fold."""
    fold = FOLDS[folds](beats.person, config.folds, config.seed)
    said = np.zeros((len(beats.kind), len(KINDS)))
    for number in range(config.folds):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        said[test] = CONTENDERS[name](beats.select(train), beats.select(test), config.seed)
    return said


def judged(beats: Beats, name: str, folds: str, config: Study) -> Iterator[dict[str, object]]:
    """Yield the scores of a contender; of the network also those against the kinds of other beats."""
    said = answer(beats, name, folds, config)
    yield from scores(name, folds, said, beats.kind, config)
    if name == NETWORK:
        others = np.random.default_rng(config.seed).permutation(beats.kind)
        yield from scores(page.PERMUTED, folds, said, others, config)


def scores(
    name: str, folds: str, said: np.ndarray, kind: np.ndarray, config: Study
) -> Iterator[dict[str, object]]:
    """Yield accuracy and macro F1 of kinds, and scores of the ventricular one, with intervals over people."""
    ventricular = np.round(LEVELS * said[:, 2]) / LEVELS
    asked = {
        "accuracy": (kind, said.argmax(axis=1)),
        "macro_F1": (kind, said.argmax(axis=1)),
        **dict.fromkeys(page.VENTRICULAR, ((kind == 2) * 1.0, ventricular)),
    }
    people = np.arange(config.people)
    for metric, columns in asked.items():
        true, told = (one.reshape(config.people, config.beats).T for one in columns)
        score = SCORES.get(metric)
        own = score.reduce(true, told, np.ones(true.shape, dtype=bool), people)
        value = score.interval(own, None, people, config.seed)
        about = {"model": name, "folds": folds, "metric": metric, "people": config.people}
        about |= {"beats": len(kind), "prevalence": float((kind == 0).mean())}
        yield about | value._asdict()
