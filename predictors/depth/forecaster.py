"""The forecaster: where the index is heading under the doses about to be given, with quantiles.

A recurrent network over readings (index, pressure, heart rate, phase of surgery), doses and demographics. A plan acts
through pharmacology (see `Network`), so candidates can be compared: `forecast` answers for any plan without a new
reading.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from predictors.depth import conformal
from predictors.depth.conformal import Conformal
from predictors.depth.forecasts import HORIZONS, MIDDLE, QUANTILES, declared, named
from predictors.depth.memory import bedside, exposure, recent
from predictors.depth.memory.bedside import Bedside
from predictors.depth.memory.exposure import Exposure
from predictors.depth.memory.recent import Recent
from predictors.depth.memory.recurrent import LONGEST, Recurrent, cases_first, sequence
from predictors.depth.phases import phases
from predictors.learning.cases import Cases
from predictors.learning.contract import Recipe
from predictors.learning.descent import Lesson, known, parts
from predictors.learning.network import ByDescent, NetworkObserver
from predictors.learning.watching import INTERVAL, follow
from predictors.learning.weights import Weights
from sim.arrays import Array, take
from sim.covariates import Covariates
from sim.interfaces import Readings
from sim.published import ADULTS, warn_outside

MINUTES = tuple(horizon // 60 - 1 for horizon in HORIZONS)  # planned minutes at whose end a horizon lies
PLANNED = MINUTES[-1] + 1  # minutes
TOLD = 0.5  # share of training cases told the doses that were given; the others learn from pumps going on unchanged
FEATURES = exposure.FEATURES + recent.FEATURES + bedside.FEATURES
SQUARED = 0.03  # weight of the squared error beside the pinball loss


class Network(nn.Module):
    """BIS minutes ahead: the present level, moved by what the planned doses do, and by what usually follows.

    The effect of a plan goes through a dose-response curve, individual and changing with the memory, from the effect
    sites now to those at the horizon; more drug can therefore never raise the forecast.
    """

    def __init__(self, cells: int = 48, units: int = 48, dropout: float = 0.1, every: int = 1):
        super().__init__()
        self.body = Recurrent(FEATURES, cells, units, dropout, every)
        self.response = nn.Linear(units, 2)
        self.drift = nn.Linear(units, 2 * len(HORIZONS))
        self.spread = nn.Linear(units, len(HORIZONS) * (len(QUANTILES) - 1))
        self.propofol = nn.Parameter(torch.zeros(len(exposure.PROPOFOL_ROWS)))
        self.remifentanil = nn.Parameter(torch.zeros(len(exposure.REMIFENTANIL_ROWS)))
        for layer in (self.response, self.drift):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(
        self, inputs: Tensor, level: Tensor, now: Tensor, later: Tensor, hidden: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return forecasts and the hidden state.

        Args:
            inputs: (time, patients, features).
            level: (time, patients), present index.
            now: (time, patients, models), effect sites.
            later: (time, patients, horizons, models), effect sites at the horizons if the plan is followed.

        Returns:
            (time, patients, horizons, 1 + quantiles), index points: the expected value, then the quantiles.
        """
        summary, hidden = self.body(inputs, hidden)
        return self.forecast(summary, level, now, later), hidden

    def forecast(self, summary: Tensor, level: Tensor, now: Tensor, later: Tensor) -> Tensor:
        """Return the forecasts of a summary under a plan; shapes as in `forward`."""
        shape = (*summary.shape[:-1], len(HORIZONS))
        response = self.response(summary)
        effect = self.index(later, response[..., None, :]) - self.index(now, response)[..., None]
        drift = 10.0 * self.drift(summary).reshape(*shape, 2)
        steps = nn.functional.softplus(self.spread(summary).reshape(*shape, len(QUANTILES) - 1)) * 3.0
        middle = level[..., None] + effect + drift[..., 0]
        lower = middle[..., None] - steps[..., :MIDDLE].flip(-1).cumsum(-1).flip(-1)
        upper = middle[..., None] + steps[..., MIDDLE:].cumsum(-1)
        expected = middle + drift[..., 1]
        return torch.cat([expected[..., None], lower, middle[..., None], upper], -1)

    def index(self, effect: Tensor, response: Tensor) -> Tensor:
        """Return the index of the individual curve at effect sites (..., models); response (..., 2)."""
        propofol = effect[..., list(exposure.PROPOFOL_ROWS)] @ torch.softmax(self.propofol, 0)
        remifentanil = effect[..., list(exposure.REMIFENTANIL_ROWS)] @ torch.softmax(self.remifentanil, 0)
        c50 = 3.5 * torch.exp(torch.tanh(response[..., 0]))
        steepness = 1.6 * torch.exp(0.5 * torch.tanh(response[..., 1]))
        potency = torch.log(propofol / c50 + remifentanil / 20.0 + math.exp(-9.0))
        return 95.0 * torch.sigmoid(-steepness * potency)


@dataclass(frozen=True)
class ForecasterState:
    """Drug in the body, the recent index, other signs; what the network carries, its summary; how forecasts held."""

    exposure: Exposure
    recent: Recent
    bedside: Bedside
    hidden: Array
    summary: Array
    conformal: Conformal


@dataclass(frozen=True)
class ForecasterObserver(NetworkObserver):
    """Forecasts the index 1, 2, 3 and 5 minutes ahead; its estimates assume that the pumps go on as they are."""

    @property
    def estimates(self) -> Mapping[str, tuple[float, float, str]]:
        """Expected value and quantiles at each horizon."""
        return declared(quantiles=True)

    @property
    def horizons(self) -> tuple[float, ...]:
        """Seconds ahead."""
        return HORIZONS

    @property
    def quantiles(self) -> tuple[float, ...]:
        """Beside the expected value."""
        return QUANTILES

    def initial(self, covariates: Covariates) -> ForecasterState:
        """Return drug-free patients nobody has looked at."""
        warn_outside("predictor forecaster", covariates, ADULTS)
        count = len(covariates.age)
        return ForecasterState(
            exposure.begin(covariates, self.control_period),
            recent.begin(covariates, self.control_period),
            bedside.begin(covariates),
            np.zeros((self.network.body.carried, count)),
            np.zeros((self.network.body.mix.out_features, count)),
            conformal.begin(covariates, self.control_period),
        )

    def update(
        self, state: ForecasterState, readings: Readings
    ) -> tuple[ForecasterState, Mapping[str, Array]]:
        """Return the state and the forecasts if the pumps go on as they are."""
        seen, inputs = look((state.exposure, state.recent, state.bedside), readings, self.control_period)
        with torch.no_grad():
            summary, hidden = self.network.body(sequence(inputs), sequence(state.hidden))
        held = conformal.judge(state.conformal, readings, self.control_period)
        state = ForecasterState(*seen, hidden[0].numpy().T, summary[0].numpy().T, held)
        forecast = self.forecast(state, exposure.unchanged(state.exposure, PLANNED))
        held = conformal.issue(held, forecast, state.exposure.given > 0.0)
        return replace(state, conformal=held), named(forecast)

    def forecast(self, state: ForecasterState, plan: Array) -> Array:
        """Return the forecasts under a plan, (1 + quantiles, horizons, patients): expected value, then quantiles.

        Args:
            plan: (2, 5, patients), mean rates in each of the coming five minutes, mg/s and µg/s. A state that was
                repeated over its patients (`sim.arrays.take`) compares candidates in one call.
        """
        later = exposure.ahead(state.exposure, plan)[list(MINUTES)]
        with torch.no_grad():
            out = self.network.forecast(
                sequence(state.summary),
                torch.from_numpy(state.recent.level)[None],
                sequence(exposure.effect_sites(state.exposure)),
                torch.from_numpy(np.ascontiguousarray(later.transpose(2, 0, 1)))[None],
            )
        return conformal.widened(state.conformal, np.moveaxis(out[0].numpy(), 0, -1).swapaxes(0, 1))

    def forecast_each(self, state: ForecasterState, plans: Array) -> Array:
        """Return the forecasts under several plans (candidates, 2, 5, patients), candidates first."""
        candidates, patients = plans.shape[0], plans.shape[-1]
        repeated = take(state, np.tile(np.arange(patients), candidates))
        flat = np.moveaxis(plans, 0, 2).reshape(2, plans.shape[2], candidates * patients)
        out = self.forecast(repeated, flat)
        return np.moveaxis(out.reshape(*out.shape[:2], candidates, patients), 2, 0)


class Forecaster(ByDescent):
    """Quantiles of the index in 1, 2, 3 and 5 min: recurrent memory, planned doses through a dose-response."""

    name = "forecaster"
    task = "depth"
    question = "ahead"
    network = Network
    sizes: ClassVar[Mapping[str, Any]] = {"cells": 48, "units": 48, "dropout": 0.1, "every": 3}
    limits = (
        "The effect of a plan is monotone by construction and about that of the average patient, hardly that of the"
        " individual (`experiments.explain`): good for choosing between plans, not for promising an index.",
        "A stimulus that has not begun cannot be foreseen.",
        "Intervals are widened and narrowed by how earlier ones held for the same patient: what they say holds over"
        " hours, not in the first minutes, and less than said in induction and recovery.",
    )

    def of(self, weights: Weights) -> ForecasterObserver:
        """Return the observer with these weights. Raises ValueError if they do not fit."""
        return ForecasterObserver(self.filled(weights))

    def lesson(self, network: Network, train: Cases, validation: Cases, recipe: Recipe) -> Lesson:
        """Pinball loss plus scaled squared error; judged with pumps going on unchanged, as at the bedside."""
        data, checked = (examples(cases, recipe.device) for cases in (train, validation))
        random = torch.Generator(device=data.inputs.device).manual_seed(recipe.seed)

        def loss(chosen: Tensor) -> Tensor:
            lot = torch.rand(len(chosen), generator=random, device=chosen.device) < TOLD
            later = torch.where(
                lot[:, None, None], data.given[:, chosen].nan_to_num(), data.unchanged[:, chosen]
            )
            forecast, _ = network(data.inputs[:, chosen], data.level[:, chosen], data.now[:, chosen], later)
            pinball, squared, count = losses(forecast, data.target[:, chosen])
            return (pinball + SQUARED * squared) / count

        def score() -> float:
            total, count = 0.0, 0.0
            for part in parts(checked.inputs.shape[1]):
                shown = (checked.inputs, checked.level, checked.now, checked.unchanged)
                forecast, _ = network(*(values[:, part] for values in shown))
                _, squared, number = losses(forecast, checked.target[:, part])
                total, count = total + float(squared), count + float(number)
            return math.sqrt(total / max(count, 1.0))

        return Lesson(loss, score, train.count)


class Examples(NamedTuple):
    """What the network is shown of whole cases, float32.

    inputs: (time, cases, features); target: (time, cases, horizons), BIS ahead, NaN where none; level: (time, cases);
    now: (time, cases, models), effect sites; unchanged, given: (time, cases, horizons, models), effect sites ahead if
    the pumps go on as they are, and under the doses that were given.
    """

    inputs: Tensor
    target: Tensor
    level: Tensor
    now: Tensor
    unchanged: Tensor
    given: Tensor


Memory = tuple[Exposure, Recent, Bedside]


def look(memory: Memory, readings: Readings, period: float) -> tuple[Memory, np.ndarray]:
    """Add readings and doses; return the memory, and what the network is shown, (features, patients)."""
    drugs, shown, signs = memory
    drugs = exposure.advance(drugs, readings.infused, period)
    shown = recent.look(shown, readings, period)
    signs = bedside.look(signs, readings, period)
    inputs = [exposure.features(drugs), recent.features(shown, period), bedside.features(signs)]
    return (drugs, shown, signs), np.concatenate(inputs)


def examples(cases: Cases, device: str) -> Examples:
    """Return what teaches the index ahead from readings and doses."""
    cases = cases.shortened(LONGEST)

    def step(memory: Memory, seen: Readings) -> tuple[Memory, dict[str, np.ndarray]]:
        memory, inputs = look(memory, seen, INTERVAL)
        drugs, shown, _ = memory
        unchanged = exposure.ahead(drugs, exposure.unchanged(drugs, PLANNED))[list(MINUTES)]
        now = exposure.effect_sites(drugs)
        return memory, {"inputs": inputs, "level": shown.level, "now": now, "unchanged": unchanged}

    begin = (
        exposure.begin(cases.person, INTERVAL),
        recent.begin(cases.person, INTERVAL),
        bedside.begin(cases.person),
    )
    said = follow(step, begin, cases)
    ahead = [round(horizon / INTERVAL) for horizon in HORIZONS]
    target = np.stack([_later(cases["bis"], samples) for samples in ahead], axis=1)
    target = np.where(phases(cases)[:, None] >= 0, target, np.nan).astype(np.float32)
    given = np.stack([_later(said["now"], samples) for samples in ahead], axis=1)
    return Examples(
        cases_first(said["inputs"], device).nan_to_num(),
        cases_first(target, device),
        cases_first(said["level"], device).nan_to_num(),
        cases_first(said["now"], device).nan_to_num(),
        cases_first(said["unchanged"], device).nan_to_num(),
        cases_first(given, device),
    )


def losses(forecast: Tensor, target: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return sums of pinball loss and squared error, and the count; forecast (..., 1 + quantiles), target (...)."""
    target, weight = known(target)
    error = target[..., None] - forecast[..., 1:]
    level = torch.tensor(QUANTILES, dtype=error.dtype, device=error.device)
    pinball = (torch.maximum(level * error, (level - 1.0) * error).mean(-1) * weight).sum()
    squared = (((target - forecast[..., 0]) ** 2) * weight).sum()
    return pinball, squared, weight.sum().clamp(min=1.0)


def _later(values: np.ndarray, samples: int) -> np.ndarray:
    """Return the values some samples later, NaN beyond the end."""
    out = np.full_like(values, np.nan)
    out[:-samples] = values[samples:]
    return out


FORECASTER = Forecaster()
