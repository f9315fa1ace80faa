"""Train any of the depth predictors on cases: architecture by name, from nothing or from earlier weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import torch
from scipy.optimize import least_squares, minimize

from experiments.depth import sequences, training, windows
from experiments.depth.scores import concordance
from experiments.depth.sequences import Sequences
from experiments.depth.training import Progress, Recipe
from predictors.depth import networks
from predictors.depth.adaptive import AdaptiveFilter, Settings
from predictors.depth.forecasts import HORIZONS, expected_name
from predictors.depth.surface import FITTED, RefittedSurface
from predictors.learning.cases import DepthCases
from predictors.learning.watching import watch

FITTING_CASES, FITTING_SAMPLES, FITTING_STRIDE = (
    80,
    1200,
    3,
)  # what the models with a handful of parameters are fitted to
LARGEST_LOSS = 1.02  # in root mean squared error, that spreading the answers may cost
TUNED = (
    "ke0",
    "c50",
    "gamma",
    "sensitivity_sd",
    "sensitivity_drift",
    "disturbance_sd",
    "disturbance_time",
    "reading_sd",
)
ADAPTIVE_EVALUATIONS = 120


@dataclass(frozen=True)
class Learned:
    """Attributes: tensors by name; settings, what a predictor needs beside them; notes for the card."""

    tensors: dict[str, np.ndarray]
    settings: dict[str, Any]
    notes: dict[str, Any] = field(default_factory=dict)


Learner = Callable[
    [DepthCases, DepthCases, Recipe, Mapping[str, np.ndarray] | None, Progress | None], Learned
]


def dose_history(
    train: DepthCases,
    validation: DepthCases,
    recipe: Recipe,
    begin: Mapping[str, np.ndarray] | None = None,
    progress: Progress | None = None,
) -> Learned:
    """Train the recurrent network over concentrations, and choose on validation cases how far to spread its answers."""
    sizes = {"cells": 48, "units": 32, "dropout": 0.2}
    torch.manual_seed(recipe.seed)
    network = _started(networks.DoseHistory(**sizes), begin, recipe)  # type: ignore[arg-type]
    data, checked = (_on(sequences.of_doses(cases), recipe.device) for cases in (train, validation))
    fitted = training.descend(
        network,
        training.dose_loss(network, data),
        training.dose_score(network, checked),
        train.count,
        recipe,
        progress,
    )
    with torch.no_grad():
        answer = network(checked.inputs)[0].cpu().numpy()
    target = checked.target.cpu().numpy() / 100.0
    settings = {
        "network": sizes,
        "stretch": stretch(answer[np.isfinite(target)], target[np.isfinite(target)]),
    }
    return Learned(_tensors(network), settings, {"epochs": recipe.epochs, "kept_epoch": fitted.best})


def stretch(answer: np.ndarray, target: np.ndarray) -> tuple[float, float]:
    """Return (centre, factor) that spread least-squares answers towards the spread of the truth.

    Least squares shrinks what it cannot know, and concordance punishes that. The factor is the one of greatest
    concordance among those that raise the root mean squared error by no more than 2 %.
    """
    centre = float(answer.mean())

    def error(factor: float) -> float:
        return float(np.sqrt(np.mean((centre + factor * (answer - centre) - target) ** 2)))

    allowed = [factor for factor in np.arange(1.0, 2.01, 0.05) if error(factor) <= LARGEST_LOSS * error(1.0)]
    best = max(allowed, key=lambda factor: concordance(target, centre + factor * (answer - centre)))
    return centre, float(round(best, 2))


def forecaster(
    train: DepthCases,
    validation: DepthCases,
    recipe: Recipe,
    begin: Mapping[str, np.ndarray] | None = None,
    progress: Progress | None = None,
) -> Learned:
    """Train the forecaster; half of the cases are told the doses to come, half only that the pumps go on."""
    sizes = {"cells": 48, "units": 48, "dropout": 0.1}
    torch.manual_seed(recipe.seed)
    network = _started(networks.Forecaster(**sizes), begin, recipe)  # type: ignore[arg-type]
    data, checked = (_on(sequences.of_readings(cases), recipe.device) for cases in (train, validation))
    fitted = training.descend(
        network,
        training.forecast_loss(network, data, recipe.seed),
        training.forecast_score(network, checked),
        train.count,
        recipe,
        progress,
    )
    return Learned(
        _tensors(network), {"network": sizes}, {"epochs": recipe.epochs, "kept_epoch": fitted.best}
    )


def lee2018(
    train: DepthCases,
    validation: DepthCases,
    recipe: Recipe,
    begin: Mapping[str, np.ndarray] | None = None,
    progress: Progress | None = None,
) -> Learned:
    """Train the network of the paper, on smoothed targets, with its loss; the best epoch of ten is kept."""
    step = windows.STEP * recipe.step / Recipe().step  # gentler where the recipe is
    recipe = replace(recipe, epochs=min(recipe.epochs, windows.EPOCHS), step=step, decay=windows.DECAY)
    torch.manual_seed(recipe.seed)
    network = networks.Lee2018()
    person = windows.person(train)
    network.mean.copy_(torch.from_numpy(person.mean(axis=0)))
    network.sd.copy_(torch.from_numpy(person.std(axis=0) + 1e-6))
    network = _started(network, begin, recipe)
    data = windows.of(train, recipe.device, smoothed=True)
    checked = windows.of(validation, recipe.device, smoothed=False, stride=windows.VALIDATION_STRIDE)
    fitted = training.descend(
        network,
        lambda chosen: windows.loss(network, data, data.drawn(chosen)),
        lambda: windows.score(network, checked),
        windows.PER_EPOCH,
        recipe,
        progress,
        batch=windows.BATCH,
    )
    return Learned(_tensors(network), {"network": {}}, {"epochs": recipe.epochs, "kept_epoch": fitted.best})


def surface_refitted(
    train: DepthCases,
    validation: DepthCases,
    recipe: Recipe,
    begin: Mapping[str, np.ndarray] | None = None,
    progress: Progress | None = None,
) -> Learned:
    """Fit the additive surface and ke0 to training cases by least squares; an earlier fit is where it begins."""
    cases = few(train, recipe.seed)
    chosen = cases.scored
    chosen[np.arange(len(chosen)) % FITTING_STRIDE > 0] = False
    target = cases.bis[chosen]
    start = RefittedSurface()
    first = np.array([begin[name].item() if begin else getattr(start, name) for name in FITTED])

    def errors(logarithms: np.ndarray) -> np.ndarray:
        observer = RefittedSurface.fitted(np.exp(logarithms))
        return (watch(observer, cases)["bis"][chosen] - target) / 10.0

    found = least_squares(errors, np.log(first), diff_step=1e-3, max_nfev=15, bounds=_around(first, 5.0))
    tensors = {name: np.array(value) for name, value in zip(FITTED, np.exp(found.x), strict=True)}
    return Learned(tensors, {}, {"fitted_cases": cases.count})


def adaptive(
    train: DepthCases,
    validation: DepthCases,
    recipe: Recipe,
    begin: Mapping[str, np.ndarray] | None = None,
    progress: Progress | None = None,
) -> Learned:
    """Tune the filter's population and noises for the least squared forecast error on training cases."""
    cases = few(train, recipe.seed)
    start = replace(Settings(), **({name: begin[name].item() for name in TUNED} if begin else {}))
    first = np.array([getattr(start, name) for name in TUNED])
    names = tuple(expected_name(horizon) for horizon in HORIZONS)
    evaluations = 0

    def error(logarithms: np.ndarray) -> float:
        tuned = {name: float(value) for name, value in zip(TUNED, np.exp(logarithms), strict=True)}
        said = watch(AdaptiveFilter(settings=replace(start, **tuned)), cases, names)
        squares = []
        for name, ahead in zip(names, sequences.AHEAD, strict=True):
            miss = cases.bis[ahead:] - said[name][:-ahead]
            squares.append(np.nanmean(np.where(cases.phase[:-ahead] >= 0, miss, np.nan) ** 2))
        nonlocal evaluations
        evaluations += 1
        if progress:
            progress(evaluations / ADAPTIVE_EVALUATIONS)
        return float(np.sqrt(np.mean(squares)))

    low, high = _around(first, 4.0)
    found = minimize(
        error,
        np.log(first),
        method="COBYQA",
        bounds=list(zip(low, high, strict=True)),
        options={"maxfev": ADAPTIVE_EVALUATIONS, "initial_tr_radius": 0.3},
    )
    settings = replace(start, **{name: float(v) for name, v in zip(TUNED, np.exp(found.x), strict=True)})
    tensors = {entry.name: np.array(getattr(settings, entry.name)) for entry in fields(Settings)}
    return Learned(tensors, {}, {"fitted_cases": cases.count, "training_rmse": float(found.fun)})


LEARNERS: Mapping[str, Learner] = {
    "surface_refitted": surface_refitted,
    "adaptive": adaptive,
    "lee2018": lee2018,
    "dose_history": dose_history,
    "forecaster": forecaster,
}


def few(cases: DepthCases, seed: int) -> DepthCases:
    """Return as many cases, as long, as models with a handful of parameters need."""
    count = min(FITTING_CASES, cases.count)
    chosen = np.random.default_rng(seed).permutation(cases.count)[:count]
    return sequences.shortened(cases.select(np.sort(chosen)), FITTING_SAMPLES)


def _around(first: np.ndarray, factor: float) -> tuple[np.ndarray, np.ndarray]:
    """Return logarithmic bounds a factor below and above."""
    return np.log(first / factor), np.log(first * factor)


def _started(network: torch.nn.Module, begin: Mapping[str, np.ndarray] | None, recipe: Recipe) -> Any:
    """Return the network on its device, with earlier weights if there are any."""
    if begin is not None:
        network.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in begin.items()})
    return network.to(recipe.device)


def _tensors(network: torch.nn.Module) -> dict[str, np.ndarray]:
    """Return the weights on the host, single precision."""
    return {
        name: tensor.detach().cpu().float().numpy().copy() for name, tensor in network.state_dict().items()
    }


def _on(data: Sequences, device: str) -> Sequences:
    """Return the sequences on a device."""
    moved = {name: tensor.to(device) for name, tensor in vars(data).items() if tensor is not None}
    return replace(data, **moved)
