"""Who takes part: each learns from some beats and says how likely the kinds of others are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from predictors.learning.contract import Recipe
from predictors.risk import rhythm
from sim.waves.pulse.ectopy import KINDS, RATE, WINDOW, Rhythm

EARLY, WIDE = 0.85, 0.12  # share of the usual interval, s of the QRS complex: the rule's limits
HALF = 0.5  # of the greatest deflection, between whose first and last passing the width is measured
REACH = 0.15  # s around R, in which it is
EPOCHS = 8
NETWORK = "network"


@dataclass(frozen=True)
class Beats:
    """Beats in a row: wave (beats, samples), mV; times (beats, 3), s before, s after, before beside the person's mean;
    width of QRS, s, (beats,); kind and person, (beats,).
    """

    wave: np.ndarray
    times: np.ndarray
    width: np.ndarray
    kind: np.ndarray
    person: np.ndarray

    @staticmethod
    def of(found: Rhythm) -> Beats:
        """Return the beats of people, one person after the other; what is usual is the median of all their beats."""
        wave = found.wave.transpose(2, 1, 0).reshape(-1, len(found.wave))
        usual = np.median(found.before, axis=0)
        times = np.stack([one.T.ravel() for one in (found.before, found.after, found.before / usual)], axis=1)
        person = np.repeat(np.arange(found.kind.shape[1]), len(found.kind))
        return Beats(wave, times, width(wave), found.kind.T.ravel(), person)

    def select(self, chosen: np.ndarray) -> Beats:
        """Return the chosen beats."""
        return Beats(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def features(self) -> np.ndarray:
        """Return times, width, and the wave thinned out fourfold, (beats, features)."""
        thin = self.wave[:, : self.wave.shape[1] // 4 * 4].reshape(len(self.wave), -1, 4).mean(axis=-1)
        return np.column_stack([self.times, self.width, thin])


def width(wave: np.ndarray) -> np.ndarray:
    """Return how long the wave is beyond half its greatest deflection around R, times 2.6, s, (beats,).

    Of a Gaussian that is three SDs to either side, which is about where a reader would set marks.
    """
    middle, reach = round(-WINDOW[0] * RATE), round(REACH * RATE)
    near = np.abs(wave[:, middle - reach : middle + reach + 1])
    beyond = near >= HALF * near.max(axis=1, keepdims=True)
    first, last = beyond.argmax(axis=1), near.shape[1] - 1 - beyond[:, ::-1].argmax(axis=1)
    return 2.6 * (last - first + 1) / RATE


def majority(train: Beats, test: Beats, seed: int) -> np.ndarray:
    """How often each kind is, whatever is shown."""
    share = np.bincount(train.kind, minlength=len(KINDS)) / len(train.kind)
    return np.tile(share, (len(test.kind), 1))


def rule(train: Beats, test: Beats, seed: int) -> np.ndarray:
    """Early and wide is ventricular, early and narrow supraventricular, anything else normal; nothing is learned."""
    early, wide = test.times[:, 2] < EARLY, test.width > WIDE
    kind = np.where(early, np.where(wide, 2, 1), 0)
    return np.eye(len(KINDS))[kind]


def of_scikit(make: Callable[[int], Any]) -> Callable[[Beats, Beats, int], np.ndarray]:
    """A model of scikit-learn on standardised features."""

    def answer(train: Beats, test: Beats, seed: int) -> np.ndarray:
        shown = train.features()
        mean, sd = shown.mean(axis=0), shown.std(axis=0) + 1e-9
        model = make(seed).fit((shown - mean) / sd, train.kind)
        found = np.zeros((len(test.kind), len(KINDS)))
        found[:, model.classes_] = model.predict_proba((test.features() - mean) / sd)
        return found

    return answer


def network(train: Beats, test: Beats, seed: int) -> np.ndarray:
    """A convolutional network over the wave, beside the times."""
    mean, sd, scale = train.times.mean(axis=0), train.times.std(axis=0) + 1e-9, train.wave.std()
    learned = rhythm.learn(
        train.wave / scale,
        (train.times - mean) / sd,
        train.kind,
        len(KINDS),
        Recipe(epochs=EPOCHS, seed=seed),
    )
    return rhythm.probabilities(learned, test.wave / scale, (test.times - mean) / sd)


CONTENDERS: Mapping[str, Callable[[Beats, Beats, int], np.ndarray]] = {
    "majority": majority,
    "rule": rule,
    "logistic regression": of_scikit(lambda seed: LogisticRegression(max_iter=300)),
    "random forest": of_scikit(
        lambda seed: RandomForestClassifier(100, min_samples_leaf=2, n_jobs=1, random_state=seed)
    ),
    NETWORK: network,
}
