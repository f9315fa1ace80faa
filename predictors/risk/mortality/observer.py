"""Death after surgery in the loop: the multipath network over the last hour, looked at once a minute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from predictors.learning.cases import Cases
from predictors.learning.contract import Course, Learned, Published
from predictors.learning.watching import INTERVAL
from predictors.learning.weights import Shipped, Weights, fill
from predictors.risk.fritz2019 import RECIPE, Network, Watched, multipath
from predictors.risk.mortality import material
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import NOREPINEPHRINE, Readings
from sim.outcomes.mortality.frailty import COLUMNS
from sim.outcomes.mortality.hour import CHANNELS, MINUTES
from sim.published import ADULTS, warn_outside

MINUTE = 60.0
HIDDEN = 0.5  # of the people to learn from, who are seen as in the room


@dataclass(frozen=True)
class MortalityState:
    """What is remembered of patients, last axis patients.

    Attributes:
        values: (COLUMNS, patients), what is known before, as `material.values` shows it.
        weight: (patients,), kg.
        hour: (MINUTES, CHANNELS, patients), means of past minutes, NaN where nothing was seen.
        total, count: (CHANNELS, patients), of what was seen in the present minute.
        said: (patients,), the probability at the end of the last one.
    """

    values: Array
    weight: Array
    hour: Array
    total: Array
    count: Array
    said: Array


@dataclass(frozen=True)
class MortalityObserver:
    """Says how likely death within 30 days is, by the last hour and what is known of a person.

    Channels that the room does not show are missing, unless a reading of their name is shown beside the usual ones.
    """

    network: Network
    control_period: float = INTERVAL

    @property
    def estimates(self) -> Mapping[str, tuple[float, float, str]]:
        """The probability."""
        return material.ESTIMATES

    def initial(self, covariates: Covariates) -> MortalityState:
        """Return people whom nobody has looked at."""
        warn_outside("predictor mortality", covariates, ADULTS)
        count = len(covariates.age)
        index = covariates.weight / (covariates.height / 100.0) ** 2
        known = material.values({"age": covariates.age, "female": covariates.female, "bmi": index}, count).T
        hour = np.full((MINUTES, len(CHANNELS), count), np.nan)
        nothing = np.zeros((len(CHANNELS), count))
        state = MortalityState(known, covariates.weight, hour, nothing, nothing, np.zeros(count))
        return replace(state, said=self._said(state))

    def update(self, state: MortalityState, readings: Readings) -> tuple[MortalityState, Mapping[str, Array]]:
        """Return the memory and the estimate at the time of the readings."""
        seen = self._seen(state, readings)
        there = np.isfinite(seen)
        state = replace(state, total=state.total + np.where(there, seen, 0.0), count=state.count + there)
        over = readings.time % MINUTE < 0.5 * self.control_period
        if over.any():
            state = self._next_minute(state, over)
        return state, {material.QUESTION: state.said}

    def answer(self, cases: Cases) -> dict[str, Array]:
        """Return the probability by the whole hour of cases, (cases,)."""
        return {material.QUESTION: self.network.probability(material.watched(cases))}

    def _seen(self, state: MortalityState, readings: Readings) -> Array:
        """Return every channel as it is shown now, (CHANNELS, patients), NaN where it is not."""
        fresh = readings.pressure_valid & (readings.pressure_age < MINUTE)
        given = readings.infused[NOREPINEPHRINE] * MINUTE / self.control_period / state.weight
        shown = {
            **{
                name: np.where(readings.more[f"{name}_valid"], values, np.nan)
                for name, values in readings.more.items()
                if f"{name}_valid" in readings.more
            },
            "pressure": np.where(fresh, readings.mean_arterial_pressure, np.nan),
            "heart_rate": np.where(readings.heart_rate_valid, readings.heart_rate, np.nan),
            "norepinephrine": given,
        }
        nothing = np.full_like(given, np.nan)
        return np.stack([shown.get(name, nothing) for name in CHANNELS])

    def _next_minute(self, state: MortalityState, over: Array) -> MortalityState:
        with np.errstate(invalid="ignore"):
            mean = np.where(state.count > 0, state.total / np.maximum(state.count, 1.0), np.nan)
        hour = np.concatenate([state.hour[1:], mean[None]])
        state = replace(
            state,
            hour=np.where(over, hour, state.hour),
            total=np.where(over, 0.0, state.total),
            count=np.where(over, 0.0, state.count),
        )
        return replace(state, said=np.where(over, self._said(state), state.said))

    def _said(self, state: MortalityState) -> Array:
        return self.network.probability(Watched(state.values.T, state.hour.transpose(2, 1, 0)))


class Mortality(Shipped):
    """Probability of death within 30 days, by the last hour: a multipath convolutional network (Fritz 2019)."""

    name = "mortality"
    task = material.TASK
    question = material.QUESTION
    limits = (
        *material.LIMITS,
        "In the room it sees age, sex, body mass index, pressure, heart rate and norepinephrine; it learned from people"
        " half of whom were seen so, and says little more of them than how old they are.",
    )
    published = (Published("AUROC", 0.867, "Fritz BA, Br J Anaesth 2019;123:688"),)

    def of(self, weights: Weights) -> MortalityObserver:
        """Return the observer with these weights. Raises ValueError if they do not fit."""
        return MortalityObserver(fill(Network(len(COLUMNS), len(CHANNELS)), weights))

    def learn(self, course: Course) -> Learned:
        """Train the network, half of the people seen as in the room."""
        people, happened = material.watched(course.train), material.died(course.train)
        recipe = replace(RECIPE, epochs=course.recipe.epochs, seed=course.recipe.seed)
        unseen = np.random.default_rng(recipe.seed).random(len(happened)) < HIDDEN
        network, fitted = multipath(material.as_in_the_room(people, unseen), happened, recipe.seed, recipe)
        tensors = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
        course.report(1.0)
        return Learned(tensors, notes={"epochs": recipe.epochs, "kept_epoch": fitted.best})


MORTALITY = Mortality()
