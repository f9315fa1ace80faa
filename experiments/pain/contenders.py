"""Who takes part: each learns from some windows and says how likely the classes of others are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from scipy.special import ndtr
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC
from torch import Tensor

from experiments.sites.pain import Difficulty
from predictors.pain import bagging, belief, convolution
from predictors.pain.classes import LOWEST, WORST
from predictors.pain.networks import Networks, probabilities

CUT, SPREAD = (
    44.0,
    10.0,
)  # index above which pain is treated (Ledowski, Br J Anaesth 2009;103:434)
SPI, TRUTH = "SPI rule", "oracle (true s)"
PERMUTED = "permuted labels (DBN)"


@dataclass(frozen=True)
class Shown:
    """What is known of windows.

    Attributes:
        features: (windows, features).
        wave: thinned out, (windows, samples).
        index: surgical pleth index, (windows,).
        pain: what is truly felt, (windows,): for the oracle only.
        subject: (windows,).
    """

    features: np.ndarray
    wave: Tensor
    index: np.ndarray
    pain: np.ndarray
    subject: np.ndarray

    def select(self, chosen: np.ndarray) -> Shown:
        """Return the chosen windows."""
        return Shown(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Lesson:
    """What a contender is given: windows with their classes (whole numbers from 0), windows to answer for, a seed."""

    train: Shown
    labels: np.ndarray
    test: Shown
    classes: int
    seed: int

    def standardised(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the features of both sets in SDs from the mean of the first."""
        mean, sd = self.train.features.mean(axis=0), self.train.features.std(axis=0) + 1e-6
        train, test = ((one.features - mean) / sd for one in (self.train, self.test))
        return train.astype(np.float32), test.astype(np.float32)


Answers = Mapping[str, np.ndarray]  # row of the table -> (windows, classes)


def pleth(lesson: Lesson) -> Answers:
    """The published cut of the index, for two classes; for more, cuts that are learned."""
    if lesson.classes == 2:
        yes = 1.0 / (1.0 + np.exp(-(lesson.test.index - CUT) / SPREAD))
        return {SPI: np.stack([1.0 - yes, yes], axis=1)}
    model = LogisticRegression().fit(lesson.train.index[:, None], lesson.labels)
    return {SPI: _every(model, lesson.test.index[:, None], lesson.classes)}


def of_scikit(name: str, make: Callable[[int], Any], lesson: Lesson) -> Answers:
    """A model of scikit-learn on standardised features."""
    train, test = lesson.standardised()
    return {name: _every(make(lesson.seed).fit(train, lesson.labels), test, lesson.classes)}


def network(name: str, make: Callable[..., Networks], lesson: Lesson) -> Answers:
    """One network on standardised features."""
    inputs, test = map(torch.from_numpy, lesson.standardised())
    own = make(inputs, _whole(lesson), torch.ones(1, len(inputs)), lesson.classes, lesson.seed)
    return {name: probabilities(own, test)[0].numpy()}


def bags(lesson: Lesson) -> Answers:
    """Belief networks in bags: the mean of all, and of those that do best out of their bag."""
    inputs, test = map(torch.from_numpy, lesson.standardised())
    counts = bagging.drawn(lesson.train.subject, bagging.MEMBERS, lesson.seed)
    own = belief.belief_networks(
        inputs, _whole(lesson), torch.from_numpy(counts), lesson.classes, lesson.seed
    )
    scores = bagging.out_of_bag(probabilities(own, inputs).numpy(), lesson.labels, counts)
    said = probabilities(own, test).numpy()
    return {
        "DBN, bagged": said.mean(axis=0),
        "DBN, selectively bagged": said[bagging.best(scores)].mean(axis=0),
    }


def convolved(lesson: Lesson) -> Answers:
    """The convolutional network on the wave itself."""
    mean, sd = lesson.train.wave.mean(), lesson.train.wave.std()
    train, test = ((one.wave - mean) / sd for one in (lesson.train, lesson.test))
    own = convolution.learn(train, _whole(lesson), lesson.classes, lesson.seed)
    return {"1-D CNN": convolution.probabilities(own, test)}


def oracle(lesson: Lesson) -> Answers:
    """Who knows what is truly felt, and that ratings are noisy; not how a person rates."""
    noise = Difficulty().noise
    edges = [-np.inf, *(lowest - 0.5 for lowest in LOWEST[lesson.classes][1:]), np.inf]
    below = ndtr((np.array(edges) - WORST * lesson.test.pain[:, None]) / noise)
    return {TRUTH: np.diff(below, axis=1)}


def permuted(lesson: Lesson) -> Answers:
    """The belief network, of whom other recordings' ratings were shown: see `experiments.pain.crossing`."""
    return network(PERMUTED, belief.belief_networks, lesson)


CONTENDERS: Mapping[str, Callable[[Lesson], Answers]] = {
    "SPI": pleth,
    "LR": partial(of_scikit, "logistic regression", lambda seed: LogisticRegression(C=0.3, max_iter=2000)),
    "SVM": partial(of_scikit, "SVM, RBF", lambda seed: CalibratedClassifierCV(SVC(C=1.0), ensemble=False)),
    "MLP": partial(network, "MLP", belief.perceptrons),
    "DBN": partial(network, "DBN", belief.belief_networks),
    "bags": bags,
    "CNN": convolved,
    "oracle": oracle,
    "permuted": permuted,
}


def _whole(lesson: Lesson) -> Tensor:
    return torch.from_numpy(lesson.labels.astype(np.int64))


def _every(model: Any, inputs: np.ndarray, classes: int) -> np.ndarray:
    """Return probabilities of all classes, 0 of those that nobody taught."""
    found = np.zeros((len(inputs), classes))
    found[:, model.classes_.astype(int)] = model.predict_proba(inputs)
    return found
