"""Nociception heard in the loop: the stimulation that drugs let through, from the last minute of the pulse at a finger.

A belief network of Lim 2019 answers once for a window of five minutes in somebody awake. In the loop the question is
another: how much now, in somebody anaesthetised, with an interval. So the same features, of a minute and less their
mean so far, go to a small network that gives quantiles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from predictors.learning.cases import Cases, Signal
from predictors.learning.contract import Recipe
from predictors.learning.descent import Lesson
from predictors.learning.network import ByDescent, NetworkObserver
from predictors.learning.watching import INTERVAL
from predictors.learning.weights import Weights
from predictors.pain import listening, memory
from predictors.pain.features import NAMES
from predictors.pain.listening import Listening
from predictors.pain.memory import COUNT, SILENT, Memory
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import Readings
from sim.published import ADULTS, warn_outside

TASK, QUESTION, WAVE = "nociception", "nociception", "ppg"
QUANTILES = (0.1, 0.5, 0.9)
NOW, LOW, HIGH = "nociception", "nociception_q10", "nociception_q90"
FARTHEST = 5.0  # SDs of a feature that is believed
BATCH, STEP, DECAY, EVERY = 256, 3e-3, 0.05, 3
AT_ONCE = 65536  # moments, when nothing is learned


class Network(nn.Module):
    """What is shown of the pulse, (moments, COUNT), to quantiles of nociception, (moments, 3), in order."""

    def __init__(self, units: int = 32, dropout: float = 0.1):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(COUNT, units),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(units, units),
            nn.SiLU(),
            nn.Linear(units, len(QUANTILES)),
        )
        self.mean: Tensor
        self.sd: Tensor
        self.register_buffer("mean", torch.zeros(COUNT))
        self.register_buffer("sd", torch.ones(COUNT))

    def forward(self, shown: Tensor) -> Tensor:
        """Return quantiles, 0-1."""
        inputs = ((shown - self.mean) / self.sd).clamp(-FARTHEST, FARTHEST)
        down, middle, up = self.layers(inputs).unbind(-1)
        median = torch.sigmoid(middle)
        return torch.stack(
            [median * torch.sigmoid(down), median, median + (1.0 - median) * torch.sigmoid(up)], dim=-1
        )


@dataclass(frozen=True)
class PainState:
    """What streams in, what it has been like, and what was said last, (patients,)."""

    listening: Listening
    memory: Memory
    said: Array


@dataclass(frozen=True)
class PainObserver(NetworkObserver):
    """Estimates nociception from the pulse alone; where none is heard, the last answer stands and may be anything."""

    waves: ClassVar[tuple[str, ...]] = (WAVE,)

    @property
    def estimates(self) -> Mapping[str, tuple[float, float, str]]:
        """Nociception, 0 to 1, with the ends of its 80 % interval."""
        return dict.fromkeys((NOW, LOW, HIGH), (0.0, 1.0, ""))

    def initial(self, covariates: Covariates) -> PainState:
        """Return patients of whom nothing has been heard."""
        warn_outside("predictor of nociception from the pulse", covariates, ADULTS)
        count = len(covariates.age)
        return PainState(listening.begin(count), memory.begin(count), np.zeros(count))

    def update(self, state: PainState, readings: Readings) -> tuple[PainState, Mapping[str, Array]]:
        """Return what has been heard, and the estimates at the time of the readings."""
        return self.listen(state, readings.waves[WAVE])

    def listen(self, state: PainState, ppg: Array) -> tuple[PainState, Mapping[str, Array]]:
        """Add the wave of a control period, (samples, patients); return what has been heard, and what is said then."""
        heard, features = listening.listen(state.listening, ppg)
        known, shown = memory.remember(state.memory, features)
        said = self.say(shown, known.age, state.said)
        return PainState(heard, known, said[NOW]), said

    def say(self, shown: Array, age: Array, before: Array) -> dict[str, Array]:
        """Return the estimates, (...), of what is shown, (COUNT, ...)."""
        moments = torch.from_numpy(np.ascontiguousarray(np.nan_to_num(shown.reshape(COUNT, -1).T)))
        with torch.no_grad():
            parts = [self.network(part) for part in moments.split(AT_ONCE)]
        low, now, high = torch.cat(parts).numpy().T.reshape(len(QUANTILES), *shown.shape[1:])
        fresh = age < SILENT
        return {
            NOW: np.where(fresh, now, before),
            LOW: np.where(fresh, low, 0.0),
            HIGH: np.where(fresh, high, 1.0),
        }

    def answer(self, cases: Cases) -> dict[str, Array]:
        """Return what it says at every step of whole cases, (steps, cases); NaN where nothing is heard for too long."""
        shown, age = minutes(cases)
        said = self.say(shown, age, np.full(age.shape, np.nan))
        return {name: np.where(age < SILENT, values, np.nan) for name, values in said.items()}


def with_features(cases: Cases) -> Cases:
    """Return the cases with the features of every step instead of their wave, so that much is learned in little room.

    Raises:
        ValueError: they have no wave.
    """
    samples = round(INTERVAL / cases.signals[WAVE].interval) if WAVE in cases.signals else 0
    wave, found = cases[WAVE], []
    state = listening.begin(cases.count)
    for begin in range(0, len(wave) // samples * samples, samples):
        state, features = listening.listen(state, wave[begin : begin + samples])
        found.append(features)
    rest = {name: signal for name, signal in cases.signals.items() if name != WAVE}
    signals = {
        f"{WAVE}_{name}": Signal(values, INTERVAL)
        for name, values in zip(NAMES, np.stack(found, axis=1), strict=True)
    }
    return replace(cases, signals=rest | signals)


def minutes(cases: Cases) -> tuple[Array, Array]:
    """Return what is shown at every step, (COUNT, steps, cases), and steps since anything was heard, (steps, cases)."""
    if f"{WAVE}_{NAMES[0]}" not in cases.signals:
        cases = with_features(cases)
    features = np.stack([cases[f"{WAVE}_{name}"] for name in NAMES])
    state, shown, age = memory.begin(cases.count), [], []
    for row in np.moveaxis(features, 1, 0):
        state, one = memory.remember(state, row)
        shown.append(one)
        age.append(state.age)
    return np.stack(shown, axis=1), np.stack(age)


def examples(cases: Cases, every: int = 1) -> tuple[Tensor, Tensor]:
    """Return what is shown, (moments, COUNT), and true nociception, (moments,), where something is heard."""
    shown, age = minutes(cases)
    truth = cases.label(NOW)
    step = np.arange(len(age))[:, None]
    chosen = (age < SILENT) & np.isfinite(truth) & (step % every == every - 1)
    inputs = np.moveaxis(shown, 0, -1)[chosen].astype(np.float32)
    return torch.from_numpy(inputs), torch.from_numpy(truth[chosen].astype(np.float32))


def pinball(said: Tensor, truth: Tensor) -> Tensor:
    """Return the mean loss of quantiles, (moments, 3). Koenker, Econometrica 1978;46:33."""
    miss = truth[:, None] - said
    share = torch.tensor(QUANTILES, dtype=miss.dtype, device=miss.device)
    return torch.maximum(share * miss, (share - 1.0) * miss).sum(-1).mean()


class Pain(ByDescent):
    """Nociception now, with quantiles, from the pulse at a finger: a small network over features of Lim 2019."""

    name = "pain"
    task = TASK
    question = QUESTION
    network = Network
    sizes: ClassVar[Mapping[str, Any]] = {"units": 32, "dropout": 0.1}
    limits = (
        "It hears what stimulation does to the pulse, a minute late: whoever waits for it is behind the surgeon.",
        "Vasopressors, blood loss, cold and beta-blockers move the finger without pain; it knows the first two only.",
        "Awake pain after surgery is another task (`experiments.pain`): its answers are no pain ratings.",
    )

    def of(self, weights: Weights) -> PainObserver:
        """Return the observer with these weights. Raises ValueError if they do not fit."""
        return PainObserver(self.filled(weights))

    def recipe(self, recipe: Recipe) -> Recipe:
        """A step size of its own, gentler where the recipe is, and more decay."""
        return replace(recipe, step=STEP * recipe.step / Recipe().step, decay=DECAY)

    def prepare(self, network: Network, train: Cases) -> None:
        """Standardise what is shown by the training cases."""
        inputs, _ = examples(train)
        network.mean.copy_(inputs.mean(0))
        network.sd.copy_(inputs.std(0) + 1e-6)

    def lesson(self, network: Network, train: Cases, validation: Cases, recipe: Recipe) -> Lesson:
        """Quantiles by their loss."""
        inputs, truth = (one.to(recipe.device) for one in examples(train, EVERY))
        checked, wanted = (one.to(recipe.device) for one in examples(validation))

        def loss(lots: Tensor) -> Tensor:
            return pinball(network(inputs[lots]), truth[lots])

        return Lesson(loss, lambda: float(pinball(network(checked), wanted)), len(inputs), BATCH)


PAIN = Pain()
