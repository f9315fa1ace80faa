"""The response surface refitted to a cohort: published kinetics, but the cohort's own sensitivity, slope and delay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares

from predictors.depth.phases import scored
from predictors.learning.cases import Cases
from predictors.learning.contract import Course, Learned
from predictors.learning.watching import watch
from predictors.learning.weights import Shipped, Weights, numbers
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import PROPOFOL, REMIFENTANIL, Readings
from sim.pharmacodynamics.hypnosis import ResponseSurface, index
from sim.pharmacokinetics import compartments as pk
from sim.pharmacokinetics.compartments import Transition
from sim.pumps import assumed_kinetics

FITTED = ("c50_propofol", "c50_remifentanil", "gamma", "e0", "emax", "ke0")
FITTING_CASES, FITTING_SECONDS, FITTING_STRIDE = 80, 12000.0, 3  # what suffices for a handful of parameters


@dataclass(frozen=True)
class SurfaceState:
    """The assumed patient (constant) and drugs (4, 2, patients), which move."""

    transition: Transition
    drugs: Array


@dataclass(frozen=True)
class RefittedSurface:
    """Estimates the present index from doses by an additive surface (Minto, Anesthesiology 2000;92:1603, β = 0).

    Attributes:
        control_period: s between readings.
        propofol, remifentanil: kinetic models by name.
        c50_propofol, c50_remifentanil: µg/mL, ng/mL; gamma; e0, emax: index points.
        ke0: 1/min, of propofol, the monitor's delay included.
    """

    control_period: float = 10.0
    propofol: str = "schnider"
    remifentanil: str = "minto"
    c50_propofol: float = 4.47
    c50_remifentanil: float = 19.3
    gamma: float = 1.43
    e0: float = 97.4
    emax: float = 97.4
    ke0: float = 0.456

    @classmethod
    def fitted(cls, values: np.ndarray) -> RefittedSurface:
        """Build from the parameters, in the order of `FITTED`."""
        c50_propofol, c50_remifentanil, gamma, e0, emax, ke0 = map(float, values)
        return cls(
            c50_propofol=c50_propofol,
            c50_remifentanil=c50_remifentanil,
            gamma=gamma,
            e0=e0,
            emax=emax,
            ke0=ke0,
        )

    @property
    def estimates(self) -> Mapping[str, tuple[float, float, str]]:
        """The index now."""
        return {"bis": (0.0, 100.0, "")}

    def initial(self, covariates: Covariates) -> SurfaceState:
        """Return drug-free patients. Raises ValueError on an unknown model."""
        kinetics = assumed_kinetics(covariates, self.propofol, self.remifentanil)
        ke0 = kinetics.ke0.copy()
        ke0[PROPOFOL] = self.ke0
        kinetics = replace(kinetics, ke0=ke0)
        return SurfaceState(pk.discretise(kinetics, self.control_period), pk.empty(kinetics))

    def update(self, state: SurfaceState, readings: Readings) -> tuple[SurfaceState, Mapping[str, Array]]:
        """Add the doses of the last control period."""
        drugs = pk.step(state.transition, state.drugs, readings.infused[:2] / self.control_period)
        effect = pk.effect_site(drugs)
        surface = ResponseSurface(
            np.asarray(self.c50_propofol),
            np.asarray(self.c50_remifentanil),
            gamma_light=np.asarray(self.gamma),
            gamma_deep=np.asarray(self.gamma),
            beta=np.asarray(0.0),
            e0=np.asarray(self.e0),
            emax=np.asarray(self.emax),
            interaction="minto",
        )
        return replace(state, drugs=drugs), {"bis": index(surface, effect[PROPOFOL], effect[REMIFENTANIL])}


class SurfaceRefitted(Shipped):
    """The response surface refitted to a cohort."""

    name = "surface_refitted"
    task = "depth"
    question = "now"
    limits = (
        "One curve for everybody: within maintenance, where doses follow the index, it knows next to nothing.",
    )

    def __call__(self, control_period: float = 10.0, weights: str | Path | None = None) -> RefittedSurface:
        """Return the surface with the parameters shipped, or others; for any control period."""
        return replace(self.of(self.weights(weights)), control_period=control_period)

    def of(self, weights: Weights) -> RefittedSurface:
        """Return the surface with saved parameters. Raises ValueError if they do not fit."""
        found = numbers(weights, FITTED)
        return RefittedSurface.fitted(np.array([found[name] for name in FITTED]))

    def learn(self, course: Course) -> Learned:
        """Fit the additive surface and ke0 to training cases by least squares; an earlier fit is where it begins."""
        begin = course.begin
        cases = few(course.train, course.recipe.seed)
        chosen = scored(cases)
        chosen[np.arange(len(chosen)) % FITTING_STRIDE > 0] = False
        target = cases["bis"][chosen]
        start = RefittedSurface()
        first = np.array([begin[name].item() if begin else getattr(start, name) for name in FITTED])

        def errors(logarithms: np.ndarray) -> np.ndarray:
            observer = RefittedSurface.fitted(np.exp(logarithms))
            return (watch(observer, cases)["bis"][chosen] - target) / 10.0

        found = least_squares(errors, np.log(first), diff_step=1e-3, max_nfev=15, bounds=around(first, 5.0))
        tensors = {name: np.array(value) for name, value in zip(FITTED, np.exp(found.x), strict=True)}
        return Learned(tensors, {}, {"fitted_cases": cases.count})


def few(cases: Cases, seed: int) -> Cases:
    """Return as many cases, as long, as models with a handful of parameters need."""
    count = min(FITTING_CASES, cases.count)
    chosen = np.random.default_rng(seed).permutation(cases.count)[:count]
    return cases.select(np.sort(chosen)).shortened(FITTING_SECONDS)


def around(first: np.ndarray, factor: float) -> tuple[np.ndarray, np.ndarray]:
    """Return logarithmic bounds a factor below and above."""
    return np.log(first / factor), np.log(first * factor)


SURFACE_REFITTED = SurfaceRefitted()
