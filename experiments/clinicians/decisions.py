"""What recorded clinicians had in mind, sample by sample, and what they then decided: material for a fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.human.attention import FEATURES, INDUCED, Mind, features, noticed
from experiments.clinicians.hazards import Process
from experiments.clinicians.targets import Course
from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL
from sim.surgery import CLOSING, EMERGENCE, INCISION, MAINTENANCE, PREPARATION

SPARED = 3  # samples between moments at which nothing happened (choice)
CUT = 300.0  # s after the beginning of surgery that count as incision (choice)
CLOSES = 900.0  # s before the end of surgery from which surgeons close, as nobody wrote down (choice)


def minds(cases: Cases) -> np.ndarray:
    """Return what was in mind of index, pressure and heart rate after each sample, (samples, 3, cases)."""
    shown = np.stack([cases["bis"], cases["pressure"], cases["heart_rate"]], axis=1)
    kept, now = np.empty(shown.shape), np.full(shown.shape[1:], np.nan)
    for row, seen in enumerate(shown):
        now = noticed(now, np.nan_to_num(seen), np.isfinite(seen), INTERVAL)
        kept[row] = now
    return kept


def stages(cases: Cases, begun: np.ndarray) -> np.ndarray:
    """Return the phases that a clinician sees, (samples, cases), from the times of surgery alone.

    Args:
        begun: (cases,), sample of the first drug.
    """
    known, sample = cases["phase"], np.arange(len(cases["phase"]))[:, None]
    operating, over = known == MAINTENANCE, known == EMERGENCE
    first = np.where(operating.any(axis=0), operating.argmax(axis=0), len(known))
    end = np.where(over.any(axis=0), over.argmax(axis=0), len(known) + CLOSES)
    phase = np.where(sample >= begun + INDUCED / INTERVAL, PREPARATION, 0)
    for phase_begins, name in (
        (first, INCISION),
        (first + CUT / INTERVAL, MAINTENANCE),
        (np.maximum(end - CLOSES / INTERVAL, first), CLOSING),
        (end, EMERGENCE),
    ):
        phase = np.where(sample >= phase_begins, name, phase)
    return phase


@dataclass(frozen=True)
class Story:
    """One dial of one case, over the samples in which it was in use.

    Attributes:
        features: (features, samples), just before each sample's decision.
        way: (samples,), 1 up, -1 down, 0 left alone.
        moved: (samples,), log of the new over the old target.
        phase: (samples,).
    """

    features: np.ndarray
    way: np.ndarray
    moved: np.ndarray
    phase: np.ndarray


def story(
    mine: Course, other: Course, same_time: bool, seen: np.ndarray, phase: np.ndarray, age: float
) -> Story:
    """Return the decisions of one dial.

    Args:
        mine, other: what this pump and the other drug's were set to, with a plateau each.
        same_time: whether a decision on the other dial in the same sample is known to this one.
        seen: (samples, 3), what was in mind.
        phase: (samples,), of the surgery.
        age: years.
    """
    sample = np.arange(mine.sample[0] + 1, mine.sample[-1])
    target, since, turned = before(mine, sample)
    _, other_since, other_turned = before(other, sample + same_time)
    other_since = np.maximum(other_since - same_time * INTERVAL, 0.0)
    index, pressure, rate = seen[sample - 1].T
    at = Mind(
        index,
        pressure,
        rate,
        target,
        np.full(len(sample), age),
        since,
        turned,
        other_since,
        other_turned,
        phase[sample],
    )
    way, moved = np.zeros(len(sample)), np.zeros(len(sample))
    change = np.log(mine.target[1:-1] / mine.target[:-2])
    where = mine.sample[1:-1] - sample[0]
    way[where], moved[where] = np.sign(change), change
    return Story(features(at), way, moved, phase[sample])


def before(course: Course, sample: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return target in force just before each sample, s since it was set (infinity: not yet), and which way it went."""
    last = np.searchsorted(course.sample, sample, side="left") - 1
    known = np.maximum(last, 0)
    way = np.sign(np.diff(course.target, prepend=course.target[:1]))
    since = np.where(last >= 0, (sample - course.sample[known]) * INTERVAL, np.inf)
    return course.target[known], since, np.where(last >= 0, way[known], 0.0)


def process(stories: list[Story]) -> Process:
    """Return the decisions of one dial in all cases, ready for a fit of hazards."""
    chosen = [story.way != 0.0 for story in stories]
    sizes = [len(story.way) for story in stories]
    moments = [np.arange(number % SPARED, size, SPARED) for number, size in enumerate(sizes)]
    empty = np.zeros((len(FEATURES), 0))

    def each(rows: list[np.ndarray]) -> np.ndarray:
        return np.repeat(np.arange(len(stories)), [len(row) for row in rows])

    events = [np.flatnonzero(mask) for mask in chosen]
    return Process(
        np.concatenate(
            [empty, *(story.features[:, row] for story, row in zip(stories, events, strict=True))], axis=1
        ),
        np.concatenate([story.way[row] for story, row in zip(stories, events, strict=True)]),
        each(events),
        np.concatenate(
            [empty, *(story.features[:, row] for story, row in zip(stories, moments, strict=True))], axis=1
        ),
        each(moments),
        SPARED * INTERVAL / 60.0,
        len(stories),
    )
