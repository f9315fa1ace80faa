"""Predictors that read charts: how likely each outcome is within its horizon, at every step of a stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from predictors.learning.cases import Cases
from predictors.learning.contract import Recipe
from predictors.learning.descent import Lesson, parts
from predictors.learning.network import ByDescent
from predictors.learning.weights import Weights
from predictors.risk.charted import charts
from predictors.risk.charted.recurrent import Network
from sim.arrays import Array
from sim.outcomes.channel import Channel, check

BATCH, STEP = 64, 6e-3


@dataclass(frozen=True)
class Reading:
    """What the network is shown of stays: last values, ages (stays, steps, channels), what is known (stays, known)."""

    last: Tensor
    since: Tensor
    known: Tensor


@dataclass(frozen=True)
class Watch:
    """What has been read of patients so far: chart, memory of the network (1, patients, units), what is known."""

    chart: charts.Chart
    hidden: Tensor | None
    known: Tensor


@dataclass(frozen=True)
class ChartReader:
    """A network with the names of what it reads and says; `begin` and `update` stream, `answer` reads whole stays."""

    network: Network
    channels: Mapping[str, Channel]
    known: Mapping[str, Channel]
    outcomes: tuple[str, ...]
    hours: float

    def begin(self, known: Array) -> Watch:
        """Return what is known at admission, of (known, patients).

        Raises:
            ValueError: something is missing, or is what nobody alive can have.
        """
        if known.shape[0] != len(self.known) or not np.isfinite(known).all():
            raise ValueError(f"known: {len(self.known)} finite rows are needed: {', '.join(self.known)}")
        check(self.known, known)
        inputs = torch.from_numpy(np.array(known.T, dtype=np.float64))
        return Watch(charts.begin(len(self.channels), known.shape[1]), None, inputs)

    def update(self, watch: Watch, values: Array) -> tuple[Watch, dict[str, Array]]:
        """Return what is known after one step's values, (channels, patients), NaN where nothing was measured; and the
        probability of every outcome, (patients,) by name.

        Raises:
            ValueError: a value that nobody alive can have.
        """
        check(self.channels, values)
        chart = charts.write(watch.chart, values, self.hours)
        last, since = (
            torch.from_numpy(np.ascontiguousarray(one.T))[:, None] for one in (chart.last, chart.since)
        )
        with torch.no_grad():
            odds, hidden = self.network(last, since, watch.known, watch.hidden)
            said = torch.sigmoid(odds[:, 0]).numpy().T
        return Watch(chart, hidden, watch.known), dict(zip(self.outcomes, said, strict=True))

    def answer(self, cases: Cases) -> dict[str, Array]:
        """Return the probability of every outcome at every step of whole stays, (steps, cases)."""
        reading = read(cases, self.channels, self.known, self.hours)
        said = []
        with torch.no_grad():
            for part in parts(cases.count):
                odds, _ = self.network(
                    *(one[part].double() for one in (reading.last, reading.since, reading.known))
                )
                said.append(torch.sigmoid(odds))
        whole = torch.cat(said).permute(2, 1, 0).numpy()
        return dict(zip(self.outcomes, whole, strict=True))


def read(
    cases: Cases, channels: Mapping[str, Channel], known: Mapping[str, Channel], hours: float
) -> Reading:
    """Return what the network is shown of whole stays. Raises ValueError where a column is missing or impossible."""
    last, since = charts.written(cases, channels, hours)
    people = np.stack([cases[name][0] for name in known], axis=1)
    check(known, people.T)
    shown = (np.transpose(last, (2, 0, 1)), np.transpose(since, (2, 0, 1)), people)
    first, second, third = (torch.from_numpy(one.astype(np.float32)) for one in shown)
    return Reading(first, second, third)


class ByChart(ByDescent):
    """What predictors of charts share; a file of its own says which channels, outcomes and limits."""

    network = Network
    channels: ClassVar[Mapping[str, Channel]]
    known: ClassVar[Mapping[str, Channel]]
    outcomes: ClassVar[tuple[str, ...]]
    hours: ClassVar[float]
    units: ClassVar[int] = 48

    def __call__(self, control_period: float | None = None, weights: str | Path | None = None) -> ChartReader:
        """Return what reads charts with the published weights, or others; rows come every `hours` unless said."""
        reader: ChartReader = super().__call__(control_period or self.period, weights)
        return reader

    @property
    def sizes(self) -> Mapping[str, Any]:  # type: ignore[override]
        """Of the network."""
        return {
            "channels": len(self.channels),
            "known": len(self.known),
            "outcomes": len(self.outcomes),
            "units": self.units,
        }

    def of(self, weights: Weights) -> ChartReader:
        """Return what predicts with these weights. Raises ValueError if they do not fit."""
        return ChartReader(self.filled(weights), self.channels, self.known, self.outcomes, self.hours)

    def recipe(self, recipe: Recipe) -> Recipe:
        """A step size of its own, gentler where the recipe is."""
        return replace(recipe, step=STEP * recipe.step / Recipe().step)

    def prepare(self, network: Network, train: Cases) -> None:
        """Standardise channels and what is known by the training cases."""
        values = np.stack([usual(train, name) for name in self.channels])
        network.mean.copy_(torch.from_numpy(values[:, 0]))
        network.sd.copy_(torch.from_numpy(values[:, 1]))
        people = np.stack([train[name][0] for name in self.known])
        network.known_mean.copy_(torch.from_numpy(people.mean(axis=1)))
        network.known_sd.copy_(torch.from_numpy(people.std(axis=1) + 1e-6))

    def lesson(self, network: Network, train: Cases, validation: Cases, recipe: Recipe) -> Lesson:
        """Cross-entropy at every moment at risk, outcomes weighing alike however rare; at their own prevalence."""
        (reading, came), (checked, coming) = (
            (read(one, self.channels, self.known, self.hours), wanted(one, self.outcomes))
            for one in (train, validation)
        )
        weight = evenly(came)

        def loss(lots: Tensor) -> Tensor:
            odds, _ = network(reading.last[lots], reading.since[lots], reading.known[lots])
            return cross_entropy(odds, came[lots], weight)

        def score() -> float:
            odds = [
                network(checked.last[part], checked.since[part], checked.known[part])[0]
                for part in parts(len(checked.known))
            ]
            return float(cross_entropy(torch.cat(odds), coming, weight))

        return Lesson(loss, score, train.count, BATCH)


def usual(cases: Cases, name: str) -> Array:
    """Return mean and SD of a channel, (2,). Raises ValueError where nobody has a value of it."""
    values = cases[name][np.isfinite(cases[name])]
    if not len(values):
        raise ValueError(f"{name}: nobody has a value of it")
    return np.array([values.mean(), values.std() + 1e-6])


def wanted(cases: Cases, outcomes: tuple[str, ...]) -> Tensor:
    """Return what comes, (cases, steps, outcomes), NaN where nobody is at risk. Raises ValueError if constant."""
    labels = np.stack([cases.label(name) for name in outcomes], axis=-1)
    for number, name in enumerate(outcomes):
        own = labels[..., number]
        found = np.unique(own[np.isfinite(own)])
        if len(found) < 2:
            raise ValueError(
                f"{name}: label is {found.tolist()} in all {cases.count} cases; 0 and 1 are needed"
            )
    return torch.from_numpy(np.swapaxes(labels, 0, 1).astype(np.float32))


def evenly(came: Tensor) -> Tensor:
    """Return weights of outcomes, (outcomes,): one over the entropy of its prevalence."""
    share = torch.nanmean(came.flatten(0, 1), 0)
    return 1.0 / -(share * share.log() + (1.0 - share) * (1.0 - share).log())


def cross_entropy(odds: Tensor, came: Tensor, weight: Tensor) -> Tensor:
    """Return the mean loss over moments at risk; arguments (stays, steps, outcomes), weight (outcomes,)."""
    there = ~came.isnan()
    each = torch.nn.functional.binary_cross_entropy_with_logits(odds, came.nan_to_num(), reduction="none")
    return (each * there * weight).sum() / there.sum()
