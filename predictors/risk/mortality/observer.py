"""Death after surgery, in the loop: the multipath network, shown what is known before and the last hour by minute.

It learns from everybody twice: as everything is known, and as in the room, where laboratory values and most channels
are not seen and the hour may just have begun. A room shows a reading every few seconds: minutes are means of those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from predictors.learning.cases import Cases
from predictors.learning.contract import Published, Recipe
from predictors.learning.descent import Lesson, parts
from predictors.learning.network import ByDescent, NetworkObserver
from predictors.learning.weights import Weights
from predictors.risk.fritz2019 import BATCH, FILTERS, RECIPE, Network, Signs, Watched, fewer
from predictors.risk.mortality import material
from predictors.risk.mortality.material import SHOWN_THERE
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import NOREPINEPHRINE, Readings
from sim.outcomes.mortality.frailty import COLUMNS
from sim.outcomes.mortality.hour import CHANNELS, MINUTES
from sim.published import ADULTS, warn_outside

MINUTE = 60.0  # s
SEEN = np.isin(list(CHANNELS), SHOWN_THERE)


@dataclass(frozen=True)
class MortalityState:
    """What is remembered.

    Attributes:
        known: (COLUMNS, patients), see `material.values`.
        weight: (patients,), kg.
        hour: (SHOWN_THERE, MINUTES, patients), newest last, NaN where nothing was seen.
        sums, counts: (SHOWN_THERE, patients), readings of the minute that runs, and how many there were.
        samples: (patients,), control periods of that minute.
        said: (patients,), probability at the end of the last whole minute.
    """

    known: Array
    weight: Array
    hour: Array
    sums: Array
    counts: Array
    samples: Array
    said: Array


@dataclass(frozen=True)
class MortalityObserver(NetworkObserver):
    """Says every minute how likely death is; between minutes it repeats that. The network is in single precision."""

    @property
    def estimates(self) -> Mapping[str, tuple[float, float, str]]:
        """The probability."""
        return material.ESTIMATES

    def initial(self, covariates: Covariates) -> MortalityState:
        """Return people of whom no minute has been seen."""
        warn_outside("predictor mortality", covariates, ADULTS)
        count = len(covariates.age)
        index = covariates.weight / (covariates.height / 100.0) ** 2
        known = material.values({"age": covariates.age, "female": covariates.female, "bmi": index}, count).T
        nothing = np.zeros((len(SHOWN_THERE), count))
        hour = np.full((len(SHOWN_THERE), MINUTES, count), np.nan)
        said = self.probability(known, hour)
        return MortalityState(known, covariates.weight, hour, nothing, nothing, np.zeros(count), said)

    def update(self, state: MortalityState, readings: Readings) -> tuple[MortalityState, Mapping[str, Array]]:
        """Return the memory and the estimate at the time of the readings."""
        shown = seen(readings, state.weight, self.control_period)
        there = np.isfinite(shown)
        state = replace(
            state,
            sums=state.sums + np.where(there, shown, 0.0),
            counts=state.counts + there,
            samples=state.samples + 1.0,
        )
        over = state.samples * self.control_period >= MINUTE
        if over.any():
            state = self._closed(state, over)
        return state, {material.QUESTION: state.said}

    def _closed(self, state: MortalityState, over: Array) -> MortalityState:
        """Return the memory with the minute closed of those for whom it is over, (patients,) bool."""
        newest = np.where(state.counts > 0.0, state.sums / np.maximum(state.counts, 1.0), np.nan)
        hour = np.where(over, np.concatenate([state.hour[:, 1:], newest[:, None]], axis=1), state.hour)
        # Everybody is asked: single precision rounds a part of the patients otherwise than all of them.
        said = np.where(over, self.probability(state.known, hour), state.said)
        sums, counts, samples = (
            np.where(over, 0.0, one) for one in (state.sums, state.counts, state.samples)
        )
        return MortalityState(state.known, state.weight, hour, sums, counts, samples, said)

    def probability(self, known: Array, hour: Array) -> Array:
        """Return how likely death is, (patients,), of memories as in `MortalityState`."""
        people, network = known.shape[1], self.network
        scale, _ = network.scales()
        with torch.no_grad():
            static = torch.from_numpy(scale.shown(known.T))
            looked = torch.from_numpy(self._signs.shown(hour.transpose(2, 0, 1)))
            found = self._unseen.repeat(people, 1, 1, 1)
            found[:, :, SEEN] = network.found(looked).reshape(people, -1, SEEN.sum(), FILTERS[1])
            return torch.sigmoid(network.odds_of(static, found.flatten(1))).numpy().astype(float)

    @cached_property
    def _signs(self) -> Signs:
        _, signs = self.network.scales()
        return Signs(signs.mean[SEEN], signs.sd[SEEN])

    @cached_property
    def _unseen(self) -> Tensor:
        """What paths find in channels of which nothing is seen, (1, paths, channels, filters): always the same."""
        with torch.no_grad():
            nothing = Watched(
                np.full((1, len(COLUMNS)), np.nan), np.full((1, len(CHANNELS), MINUTES), np.nan)
            )
            _, shown = self.network.inputs(nothing)
            return self.network.found(shown).reshape(1, -1, len(CHANNELS), FILTERS[1])

    def answer(self, cases: Cases) -> dict[str, Array]:
        """Return what it says of whole cases, (cases,), shown all that is known of them."""
        return {material.QUESTION: self.network.probability(material.watched(cases))}


def seen(readings: Readings, weight: Array, period: float) -> Array:
    """Return `SHOWN_THERE` of a control period, (SHOWN_THERE, patients), NaN where nothing that can be was read."""
    given = readings.infused[NOREPINEPHRINE] / weight * (MINUTE / period)
    shown = {
        "pressure": (readings.mean_arterial_pressure, readings.pressure_valid),
        "heart_rate": (readings.heart_rate, readings.heart_rate_valid),
        "norepinephrine": (given, np.isfinite(given)),
    }
    rows = []
    for name in SHOWN_THERE:
        (value, valid), allowed = shown[name], CHANNELS[name]
        rows.append(np.where(valid & (value >= allowed.low) & (value <= allowed.high), value, np.nan))
    return np.stack(rows)


class MultipathMortality(ByDescent):
    """Probability of death after surgery from what is known before and the last hour: the network of Fritz 2019."""

    name = "mortality"
    task = material.TASK
    question = material.QUESTION
    network = Network
    sizes: ClassVar[Mapping[str, Any]] = {"columns": len(COLUMNS), "channels": len(CHANNELS)}
    limits = (
        "Its probabilities mean nothing for real people: people, their hours and how they die are made up.",
        *material.LIMITS,
        "In the room it sees age, sex, body mass index, pressure, heart rate and norepinephrine, nothing else: it"
        " cannot know who is frail, and simulated operations are not the hours that it learned from.",
    )
    published = (
        Published("AUROC, death within 30 days, real people", 0.867, "Fritz BA, Br J Anaesth 2019;123:688"),
    )

    def of(self, weights: Weights) -> MortalityObserver:
        """Return the observer with these weights. Raises ValueError if they do not fit."""
        return MortalityObserver(self.filled(weights).float())

    def recipe(self, recipe: Recipe) -> Recipe:
        """The step size and decay of the study, gentler where the recipe is."""
        return replace(recipe, step=RECIPE.step * recipe.step / Recipe().step, decay=RECIPE.decay)

    def prepare(self, network: Network, train: Cases) -> None:
        """Take scales and the mean log odds of the training cases."""
        network.settle(material.watched(train))
        rate = material.died(train).mean()
        torch.nn.init.constant_(network.odds.bias, float(np.log(rate / (1.0 - rate))))

    def lesson(self, network: Network, train: Cases, validation: Cases, recipe: Recipe) -> Lesson:
        """Cross-entropy over all who died and some of the others, whose odds are set right by their share."""
        label = material.died(train)
        chosen, share = fewer(label, recipe.seed)
        taught = _both(network, material.watched(train)[chosen], label[chosen], recipe)
        checked = _both(network, material.watched(validation), material.died(validation), recipe)

        def loss(some: Tensor) -> Tensor:
            static, shown, happened = (one[some] for one in taught)
            return _entropy(network(static, shown) - float(np.log(share)), happened)

        def score() -> float:
            static, shown, happened = checked
            said = torch.cat([network(static[part], shown[part]) for part in parts(len(happened), 1024)])
            return float(_entropy(said, happened))

        return Lesson(loss, score, len(taught[-1]), BATCH)


def _both(network: Network, people: Watched, label: Array, recipe: Recipe) -> tuple[Tensor, ...]:
    """Return what is shown of people as all is known and as in the room, one after the other, and who died."""
    views = [network.inputs(one) for one in (people, material.as_in_the_room(people, recipe.seed))]
    static, shown = (torch.cat(part) for part in zip(*views, strict=True))
    target = torch.from_numpy(np.tile(label, 2).astype(np.float32))
    return tuple(one.to(recipe.device) for one in (static, shown, target))


def _entropy(odds: Tensor, happened: Tensor) -> Tensor:
    return torch.nn.functional.binary_cross_entropy_with_logits(odds, happened)


MORTALITY = MultipathMortality()
