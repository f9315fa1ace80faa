"""Everybody answers for windows whose fold was left out of what it learned from."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from experiments.judging.folds import by_case, by_subject
from experiments.pain.contenders import CONTENDERS, Lesson, Shown
from predictors.pain.classes import class_of

FOLDS = {"subject": by_subject, "window": lambda subject, count, seed: by_case(len(subject), count, seed)}


class Part(NamedTuple):
    """One contender, number of classes, and way of dealing folds."""

    contender: str
    classes: int
    folds: str


class Answered(NamedTuple):
    """What was to be said of all windows, (windows,), and what was, (windows, classes)."""

    labels: np.ndarray
    probability: np.ndarray


def parts(contenders: tuple[str, ...], classes: tuple[int, ...]) -> list[Part]:
    """Return every combination, those that take longest first."""
    order = [name for name in reversed([*CONTENDERS]) if name in contenders]
    return [Part(name, number, folds) for name in order for number in classes for folds in FOLDS]


def answer(
    part: Part,
    shown: Shown,
    rating: np.ndarray,
    recording: np.ndarray,
    count: int,
    seed: int,
    report: Callable[[float], None] = lambda share: None,
) -> dict[str, Answered]:
    """Return what a contender's rows of the table say.

    Args:
        part: who, of how many classes, in which folds.
        shown: all windows.
        rating: (windows,), 0-10.
        recording: (windows,), number of the recording each is of.
        count: folds.
        seed: of folds, models and the permutation.
        report: is told the share done.
    """
    fold = FOLDS[part.folds](shown.subject, count, seed)
    labels = class_of(rating, part.classes)
    if part.contender == "permuted":
        labels = others(labels, recording, seed)
    found: dict[str, np.ndarray] = {}
    for number in range(count):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        lesson = Lesson(shown.select(train), labels[train], shown.select(test), part.classes, seed)
        for row, said in CONTENDERS[part.contender](lesson).items():
            found.setdefault(row, np.zeros((len(labels), part.classes)))[test] = said
        report((number + 1) / count)
    return {row: Answered(labels, said) for row, said in found.items()}


def others(labels: np.ndarray, recording: np.ndarray, seed: int) -> np.ndarray:
    """Return labels of which each recording has another one's: they say nothing of it, but the same of its windows."""
    _, first, owner = np.unique(recording, return_index=True, return_inverse=True)
    return np.random.default_rng(seed).permutation(labels[first])[owner]
