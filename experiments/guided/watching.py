"""Who watches awake patients, and the rule by which fentanyl is given to whoever seems to hurt."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from experiments.imaging.contract import Answer
from sim.imaging.faces.awake import awake
from sim.imaging.phantoms import Phantoms
from sim.recovery.course import Awake, Course, Dose
from sim.recovery.pain import MODERATE, WORST

Look = Callable[[int, np.ndarray], np.ndarray]  # minute, pain (patients,), 0 to 10 -> score (patients,)
Reader = Callable[[Phantoms], np.ndarray]  # pictures -> score of each
BOLUS, LOCK_OUT = 50.0, 10  # µg and min, as in Bae, Br J Anaesth 2020;125:976
LOOKS = 5  # of a face, one a minute, that a score is the mean of (choice)
TRIED = 200  # thresholds


def ruled(look: Look, threshold: float, looks: int = 1) -> Dose:
    """Return the rule: a bolus where the mean of the last looks reaches the threshold, not soon after the last."""
    seen: list[np.ndarray] = []
    given: list[np.ndarray] = []

    def dose(minute: int, hurts: np.ndarray) -> np.ndarray:
        seen.append(look(minute, hurts))
        free = ~np.any(given[-(LOCK_OUT - 1) :], axis=0) if given else np.full(hurts.shape, True)
        given.append((_latest(seen, looks) >= threshold) & free)
        return BOLUS * given[-1]

    return dose


def every(minutes: int) -> Dose:
    """Return who gives everybody a bolus at fixed times, and looks at nobody."""
    return lambda minute, hurts: np.full(hurts.shape, BOLUS * (minute % minutes == 0))


def nothing(minute: int, hurts: np.ndarray) -> np.ndarray:
    """Give nothing."""
    return 0.0 * hurts


def alike(course: Course) -> Dose:
    """Return who gives everybody what patients of a course were given on average that minute, unseeing."""
    mean = course.given.mean(axis=1)
    return lambda minute, hurts: np.full(hurts.shape, mean[minute])


def says(minute: int, hurts: np.ndarray) -> np.ndarray:
    """Ask the patients: the truth."""
    return hurts


def coded(pictures: Phantoms) -> np.ndarray:
    """Read what somebody coded who looked at these pictures, and makes slips: the pain intensity, PSPI."""
    return pictures.labels["pspi"].double().numpy()


def read(answer: Answer) -> Reader:
    """Return what a learner makes of pictures: how probable pain is."""

    def reader(pictures: Phantoms) -> np.ndarray:
        with torch.no_grad():
            return answer(pictures)["pain"].double().numpy()

    return reader


def watched(reader: Reader, patients: Awake, shifted: bool) -> Look:
    """Return who sees a picture of every patient each minute, whose face shows how much it hurts."""
    return lambda minute, hurts: reader(awake(patients.keys, minute, hurts / WORST, shifted))


def seen(patients: Awake, course: Course, shifted: bool) -> list[Phantoms]:
    """Return the pictures, a minute each, that whoever watched these patients during a course would have seen."""
    return [awake(patients.keys, minute, hurts / WORST, shifted) for minute, hurts in enumerate(course.pain)]


def scores(looks: Sequence[np.ndarray], over: int = LOOKS) -> np.ndarray:
    """Return the mean of the last looks, (minutes, patients), as `ruled` makes it."""
    return np.stack([_latest(looks[: minute + 1], over) for minute in range(len(looks))])


def _latest(seen: Sequence[np.ndarray], looks: int) -> np.ndarray:
    return np.mean(seen[-looks:], axis=0)


def threshold(said: np.ndarray, hurts: np.ndarray) -> float:
    """Return the score that best parts pain to be treated from less: where sensitivity and specificity add up to most.

    Args:
        said: scores, any shape.
        hurts: pain, 0 to 10, of the same shape.

    Raises:
        ValueError: nobody hurts that much, or everybody does.
    """
    pain = hurts >= MODERATE
    if pain.all() or not pain.any():
        raise ValueError(
            f"hurts: {'all' if pain.all() else 'none'} of them {MODERATE:g} or more is not allowed; some"
        )
    tried = np.unique(np.quantile(said, np.linspace(0.0, 1.0, TRIED + 1)))
    called = said.ravel()[:, None] >= tried
    worth = called[pain.ravel()].mean(axis=0) - called[~pain.ravel()].mean(axis=0)
    return float(tried[np.argmax(worth)])
