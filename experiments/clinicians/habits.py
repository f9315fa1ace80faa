"""From recorded cases to habits: what clinicians did, when, how far, and how they differ."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from agents.human.attention import FEATURES
from agents.human.habits import DRUGS, PROBABILITIES, SIZED, Dial, Habits
from agents.human.rescue import Rescue
from experiments.clinicians import hazards
from experiments.clinicians.decisions import CLOSES, Story, minds, process, stages, story
from experiments.clinicians.targets import Course, courses
from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL
from sim.surgery import EMERGENCE, INCISION

LOG_TARGET = FEATURES.index("log_target")
FEWEST = 8  # cases with targets of both pumps, and decisions of a kind (choice)
TRIMMED = 0.02  # of the recorded times at either end: they become the lowest and the highest (choice)
SHRUNK = 0.05  # of the correlations between traits, towards none (choice)


@dataclass(frozen=True)
class Practice:
    """Recorded cases as their clinicians lived them.

    Attributes:
        cases: those in which both pumps betrayed a target.
        seen: (samples, 3, cases), index, pressure and heart rate in mind.
        phase: (samples, cases), see `experiments.clinicians.decisions.stages`.
        pumps: their courses, propofol and remifentanil.
        stories: of the two dials.
    """

    cases: Cases
    seen: np.ndarray
    phase: np.ndarray
    pumps: list[tuple[Course, Course]]
    stories: tuple[list[Story], list[Story]]


def practice(cases: Cases) -> Practice:
    """Return what was done in recorded cases. Raises ValueError if too few betray their targets."""
    every = courses(cases)
    betrayed = np.flatnonzero([min(len(one.target) for one in pair) > 0 for pair in every])
    if len(betrayed) < FEWEST:
        raise ValueError(
            f"data: {len(betrayed)} cases with targets of both pumps are not enough; {FEWEST} or more, "
            "dosed by target-controlled infusion"
        )
    chosen, pumps = cases.select(betrayed), [every[case] for case in betrayed]
    seen = minds(chosen)
    phase = stages(chosen, np.array([min(one.sample[0] for one in pair) for pair in pumps]))
    stories = tuple(
        [
            story(
                pair[drug],
                pair[1 - drug],
                drug == 1,
                seen[:, :, case],
                phase[:, case],
                chosen.person.age[case],
            )
            for case, pair in enumerate(pumps)
        ]
        for drug in range(len(DRUGS))
    )
    return Practice(chosen, seen, phase, pumps, (stories[0], stories[1]))


def fitted(recorded: Practice, rescue: Rescue) -> Habits:
    """Return the habits under which the recorded decisions are most likely, and a way to treat hypotension."""
    decades = (recorded.cases.person.age - 60.0) / 10.0
    known = np.stack([np.ones_like(decades), decades], axis=1)
    dials, traits, spread = [], [], []
    for drug, stories in enumerate(recorded.stories):
        found = hazards.fit(process(stories))
        first = np.log([pair[drug].target[0] for pair in recorded.pumps])
        start, *_ = np.linalg.lstsq(known, first, rcond=None)
        own = first - known @ start
        dials.append(Dial(start, found.coefficients, *steps(stories)))
        traits += [own, *found.own]
        spread += [own.std(), *found.sd]
    correlation = (1.0 - SHRUNK) * np.corrcoef(traits) + SHRUNK * np.eye(len(traits))
    return Habits((dials[0], dials[1]), np.array(spread), correlation, times(recorded), rescue)


def steps(stories: list[Story]) -> tuple[np.ndarray, np.ndarray]:
    """Return mean log size of steps by what was in mind, (2, 2, features that size), and its deviation, (2, 2).

    Raises:
        ValueError: too few decisions of one kind.
    """
    taken = [story.way != 0.0 for story in stories]
    moved = np.concatenate([story.moved[mask] for story, mask in zip(stories, taken, strict=True)])
    late = np.concatenate([story.phase[mask] >= INCISION for story, mask in zip(stories, taken, strict=True)])
    seen = np.concatenate(
        [story.features[SIZED][:, mask] for story, mask in zip(stories, taken, strict=True)], axis=1
    )
    mean, sd = np.zeros((2, 2, len(SIZED))), np.zeros((2, 2))
    for i, up in enumerate((True, False)):
        for j, then in enumerate((False, True)):
            kind = ((moved > 0.0) == up) & (late == then)
            if kind.sum() < FEWEST:
                raise ValueError(f"data: {kind.sum()} decisions of a kind are not enough; {FEWEST} or more")
            size, known = np.log(np.abs(moved[kind])), seen[:, kind].T
            mean[i, j], *_ = np.linalg.lstsq(known, size, rcond=None)
            sd[i, j] = (size - known @ mean[i, j]).std()
    return mean, sd


def times(recorded: Practice) -> np.ndarray:
    """Return quantiles of when things were done that have their time, s; see `agents.human.habits.TIMES`.

    Raises:
        ValueError: no case with a known end of surgery.
    """
    begun, ended = (
        np.array([[course.sample[row] for course in pair] for pair in recorded.pumps]).T for row in (0, -1)
    )
    over = recorded.cases["phase"] == EMERGENCE
    known = over.any(axis=0)
    if not known.any():
        raise ValueError("data: no case has an end of surgery (opend in cases.csv)")
    closes = over.argmax(axis=0) - CLOSES / INTERVAL
    samples = (begun[0] - begun[1], (ended[0] - closes)[known], ended[1] - ended[0])
    kept = TRIMMED + (1.0 - 2.0 * TRIMMED) * PROBABILITIES
    return np.stack([INTERVAL * np.quantile(one, kept) for one in samples])


def pushed(habits: Habits, log_target: np.ndarray, spread: np.ndarray) -> Habits:
    """Return habits whose clinicians prefer other targets, and differ more or less in what they prefer.

    Args:
        log_target: (2,), about by how much the logs of targets shall rise.
        spread: (2,), factors on the SD of drive.
    """
    dials = []
    for dial, rise in zip(habits.dials, log_target, strict=True):
        returning = dial.hazards[1, LOG_TARGET] - dial.hazards[0, LOG_TARGET]
        push = np.zeros_like(dial.hazards)
        push[:, 0] = 0.5 * returning * rise * np.array([1.0, -1.0])
        dials.append(replace(dial, hazards=dial.hazards + push))
    factors = np.ones((2, 3))
    factors[:, 2] = spread
    return replace(habits, dials=(dials[0], dials[1]), sd=habits.sd * factors.ravel())
