"""A pharmacological model that learns its patient: an extended Kalman filter.

The population model says where the effect sites are; each reading corrects how far the patient's effect site lies
off it, how sensitive the patient is, the awake index, and a disturbance (surgery) that fades by itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import ndtri

from predictors.belief import kalman
from predictors.depth.forecasts import HORIZONS, QUANTILES, declared, expected_name, named
from predictors.depth.memory.exposure import AVERAGED, MINUTE
from predictors.depth.now.surface import around, few
from predictors.depth.phases import phases
from predictors.learning.cases import Cases
from predictors.learning.contract import Course, Learned
from predictors.learning.watching import INTERVAL, watch
from predictors.learning.weights import Shipped, Weights, numbers
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import PROPOFOL, REMIFENTANIL, Readings
from sim.pharmacokinetics import compartments as pk
from sim.pharmacokinetics.compartments import Transition
from sim.pumps import assumed_kinetics
from sim.settings import check_numbers

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
EVALUATIONS = 120
OFF_SITE, SENSITIVITY, BASELINE, DISTURBANCE = range(4)
SCORES = np.array([0.0, *ndtri(QUANTILES)])  # of the expected value and the quantiles, in standard deviations


@dataclass(frozen=True)
class Population:
    """The average patient.

    Attributes:
        ke0: 1/min; the monitor's delay is part of it.
        c50, c50_remifentanil, gamma, awake: µg/mL, ng/mL, 1, index points.
    """

    ke0: float = 0.25
    c50: float = 2.9
    c50_remifentanil: float = 19.3
    gamma: float = 1.6
    awake: float = 95.0


@dataclass(frozen=True)
class Settings(Population):
    """The population, and how fast individuals may differ from it.

    Attributes:
        sensitivity_sd, awake_sd: between patients, logarithm and index points.
        sensitivity_drift: of the log sensitivity, per square root of an hour.
        off_site_sd: of the effect site from the population's, µg/mL; it fades with ke0.
        disturbance_sd, disturbance_time: index points, s.
        reading_sd: index points.
    """

    sensitivity_sd: float = 0.4
    awake_sd: float = 3.0
    sensitivity_drift: float = 0.2
    off_site_sd: float = 0.3
    disturbance_sd: float = 6.0
    disturbance_time: float = 240.0
    reading_sd: float = 4.0

    def __post_init__(self) -> None:
        check_numbers(self, positive=True)


@dataclass(frozen=True)
class AdaptiveState:
    """The population's drugs, and what is believed of the patient.

    Attributes:
        step, minute: transitions over a control period and a minute, (4, 4, 2, patients).
        drugs: (4, 2, patients).
        averaged: (2, patients), rates averaged over five minutes, mg/s and µg/s.
        mean: (4, patients), off-site µg/mL, log sensitivity, awake index, disturbance.
        covariance: (4, 4, patients).
    """

    step: Transition
    minute: Transition
    drugs: Array
    averaged: Array
    mean: Array
    covariance: Array


@dataclass(frozen=True)
class AdaptiveFilter:
    """Forecasts the index with a model that is corrected at every valid reading.

    Attributes:
        control_period: s between readings.
        propofol, remifentanil: kinetic models by name.
        settings: see `Settings`.
    """

    control_period: float = 10.0
    propofol: str = "eleveld"
    remifentanil: str = "minto"
    settings: Settings = field(default_factory=Settings)

    @property
    def estimates(self) -> Mapping[str, tuple[float, float, str]]:
        """Expected value and quantiles at each horizon, and the index the model believes in now."""
        return {**declared(quantiles=True), "bis": (0.0, 100.0, "")}

    @property
    def horizons(self) -> tuple[float, ...]:
        """Seconds ahead."""
        return HORIZONS

    @property
    def quantiles(self) -> tuple[float, ...]:
        """Beside the expected value."""
        return QUANTILES

    def initial(self, covariates: Covariates) -> AdaptiveState:
        """Return the average patient, drug-free. Raises ValueError on an unknown model."""
        s = self.settings
        kinetics = assumed_kinetics(covariates, self.propofol, self.remifentanil)
        ke0 = kinetics.ke0.copy()
        ke0[PROPOFOL] = s.ke0
        kinetics = replace(kinetics, ke0=ke0)
        zero = 0.0 * covariates.age
        sds = [s.off_site_sd, s.sensitivity_sd, s.awake_sd, s.disturbance_sd]
        covariance = np.zeros((4, 4, len(zero)))
        for row, sd in enumerate(sds):
            covariance[row, row] = sd**2
        return AdaptiveState(
            pk.discretise(kinetics, self.control_period),
            pk.discretise(kinetics, MINUTE),
            pk.empty(kinetics),
            np.stack([zero, zero]),
            np.stack([zero, zero, zero + s.awake, zero]),
            covariance,
        )

    def update(self, state: AdaptiveState, readings: Readings) -> tuple[AdaptiveState, Mapping[str, Array]]:
        """Return the corrected belief and the forecasts if the pumps go on as they are."""
        rate = readings.infused[:2] / self.control_period
        drugs = pk.step(state.step, state.drugs, rate)
        mean, covariance = self._later(state.mean, state.covariance, self.control_period)
        effect = pk.effect_site(drugs)
        mean, covariance = self._correct(mean, covariance, effect, readings)
        share = 1.0 - math.exp(-self.control_period / AVERAGED[0])
        averaged = state.averaged + share * (rate - state.averaged)
        state = replace(state, drugs=drugs, averaged=averaged, mean=mean, covariance=covariance)
        bis, _ = self._index(mean, effect)
        unchanged = np.minimum(
            rate, averaged
        )  # a bolus ends by itself, see `predictors.depth.memory.exposure.unchanged`
        return state, {**named(self._forecast(state, unchanged)), "bis": np.clip(bis, 0.0, 100.0)}

    def _later(self, mean: Array, covariance: Array, seconds: float) -> tuple[Array, Array]:
        """Return the belief after some time without a reading."""
        s = self.settings
        kept = [math.exp(-s.ke0 * seconds / 60.0), 1.0, 1.0, math.exp(-seconds / s.disturbance_time)]
        noise = [
            s.off_site_sd**2 * (1.0 - kept[OFF_SITE] ** 2),
            s.sensitivity_drift**2 * seconds / 3600.0,
            0.0,
            s.disturbance_sd**2 * (1.0 - kept[DISTURBANCE] ** 2),
        ]
        return kalman.later(mean, covariance, np.array(kept)[:, None], np.array(noise)[:, None])

    def _index(self, mean: Array, effect: Array) -> tuple[Array, Array]:
        """Return the index, (patients,), and its slopes in the four unknowns, (4, patients)."""
        s = self.settings
        propofol = np.maximum(effect[PROPOFOL] + mean[OFF_SITE], 0.0) / s.c50 * np.exp(mean[SENSITIVITY])
        potency = propofol + effect[REMIFENTANIL] / s.c50_remifentanil + 1e-6
        power = potency**s.gamma
        awake = 1.0 / (1.0 + power)
        fall = mean[BASELINE] * s.gamma * power * awake**2 / potency  # per unit of potency
        per_site = np.exp(mean[SENSITIVITY]) / s.c50
        slopes = np.stack([-fall * per_site, -fall * propofol, awake, np.ones_like(awake)])
        return mean[BASELINE] * awake + mean[DISTURBANCE], slopes

    def _correct(
        self, mean: Array, covariance: Array, effect: Array, readings: Readings
    ) -> tuple[Array, Array]:
        """Return the belief after a reading; an invalid one changes nothing."""
        expected, slopes = self._index(mean, effect)
        surprise, variance = readings.bis - expected, self.settings.reading_sd**2
        after = kalman.corrected(mean, covariance, slopes, surprise, variance, readings.bis_valid)
        return after.mean, after.covariance

    def _forecast(self, state: AdaptiveState, rate: Array) -> Array:
        """Return expected value and quantiles, (1 + quantiles, horizons, patients)."""
        drugs, minute, out = state.drugs, 0, []
        for horizon in HORIZONS:
            while minute * MINUTE < horizon:
                drugs, minute = pk.step(state.minute, drugs, rate), minute + 1
            mean, covariance = self._later(state.mean, state.covariance, float(horizon))
            index, slopes = self._index(mean, pk.effect_site(drugs))
            variance = ((covariance * slopes).sum(1) * slopes).sum(0) + self.settings.reading_sd**2
            out.append(index + SCORES[:, None] * np.sqrt(variance))
        return np.stack(out, axis=1)


class Adaptive(Shipped):
    """Extended Kalman filter over effect site, sensitivity, baseline and disturbance."""

    name = "adaptive"
    task = "depth"
    question = "ahead"
    limits = (
        "Believes that a single disturbance explains what the drugs do not; its intervals are normal and symmetric,"
        " and held far more of recorded readings than they say.",
    )

    def __call__(self, control_period: float = 10.0, weights: str | Path | None = None) -> AdaptiveFilter:
        """Return the filter with the settings that come with the package, or others; for any control period."""
        return replace(self.of(self.weights(weights)), control_period=control_period)

    def of(self, weights: Weights) -> AdaptiveFilter:
        """Return the filter with saved settings. Raises ValueError if they do not fit."""
        return AdaptiveFilter(
            settings=Settings(**numbers(weights, [entry.name for entry in fields(Settings)]))
        )

    def learn(self, course: Course) -> Learned:
        """Tune the population and noises for the least squared forecast error on training cases."""
        begin = course.begin
        cases = few(course.train, course.recipe.seed)
        start = replace(Settings(), **({name: begin[name].item() for name in TUNED} if begin else {}))
        first = np.array([getattr(start, name) for name in TUNED])
        evaluations = 0

        def error(logarithms: np.ndarray) -> float:
            nonlocal evaluations
            evaluations += 1
            course.report(evaluations / EVALUATIONS)
            return forecast_error(AdaptiveFilter(settings=replace(start, **_tuned(logarithms))), cases)

        low, high = around(first, 4.0)
        found = minimize(
            error,
            np.log(first),
            method="COBYQA",
            bounds=list(zip(low, high, strict=True)),
            options={"maxfev": EVALUATIONS, "initial_tr_radius": 0.3},
        )
        settings = replace(start, **_tuned(found.x))
        tensors = {entry.name: np.array(getattr(settings, entry.name)) for entry in fields(Settings)}
        return Learned(tensors, {}, {"fitted_cases": cases.count, "training_rmse": float(found.fun)})


def forecast_error(observer: AdaptiveFilter, cases: Cases) -> float:
    """Return the root mean squared error of the expected index over all horizons, index points."""
    names = tuple(expected_name(horizon) for horizon in HORIZONS)
    answers, begun = watch(observer, cases, names), phases(cases) >= 0
    squares = []
    for name, horizon in zip(names, HORIZONS, strict=True):
        ahead = round(horizon / INTERVAL)
        miss = cases["bis"][ahead:] - answers[name][:-ahead]
        squares.append(np.nanmean(np.where(begun[:-ahead], miss, np.nan) ** 2))
    return float(np.sqrt(np.mean(squares)))


def _tuned(logarithms: np.ndarray) -> dict[str, Any]:
    return {name: float(value) for name, value in zip(TUNED, np.exp(logarithms), strict=True)}


ADAPTIVE = Adaptive()
