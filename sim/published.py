"""What every published model shares: log-normal people around a typical one, and a range it was built on."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

from sim.arrays import Array, namespace
from sim.covariates import UNITS, Covariates

Parameters = TypeVar("Parameters")
Deviates = Mapping[str, Array]  # parameter name -> log deviate (patients,); missing is zero
Correlations = Mapping[
    tuple[str, str], float
]  # of the log deviates of two parameters; a missing pair has none
Ranges = Mapping[str, tuple[float, float]]  # covariate -> (lowest, highest) among the people studied
ADULTS: Ranges = {
    "age": (18.0, 90.0)
}  # of whom recorded cases and cohorts are, and so all that learned or was tuned


def log_sd(coefficients_of_variation: Mapping[str, float]) -> dict[str, float]:
    """Return the log-SD of log-normal parameters from their coefficients of variation (fractions)."""
    return {name: math.sqrt(math.log1p(cv**2)) for name, cv in coefficients_of_variation.items()}


def triangle(names: str, *rows: tuple[float, ...]) -> dict[tuple[str, str], float]:
    """Return the correlations of parameters (names separated by spaces), from the rows below the diagonal of ones."""
    name = names.split()
    return {(name[i], name[j]): value for i, row in enumerate(rows, 1) for j, value in enumerate(row)}


def correlated(names: Sequence[str], correlation: Correlations, normals: np.ndarray) -> np.ndarray:
    """Return standard normals (names, patients) that go together as said, from independent ones."""
    if not correlation:
        return normals
    matrix = np.eye(len(names))
    for (one, other), value in correlation.items():
        i, j = names.index(one), names.index(other)
        matrix[i, j] = matrix[j, i] = value
    return np.linalg.cholesky(matrix) @ normals


def individual(typical: Array, deviates: Deviates, name: str) -> Array:
    """Return typical * exp(deviate)."""
    if name not in deviates:
        return typical
    return typical * namespace(deviates[name]).exp(deviates[name])


def full(person: Covariates, value: Array | float) -> Array:
    """Return `value` for every person, (patients,), in the array library of the covariates."""
    return namespace(person.age).zeros_like(person.age) + value


def warn_outside(model: str, person: Covariates, studied: Ranges) -> None:
    """Issue one UserWarning if anybody lies outside the range of people a model was built on."""
    xp = namespace(person.age)
    outside = []
    for name, (low, high) in studied.items():
        values = getattr(person, name)
        if bool(xp.any((values < low) | (values > high))):
            outside.append(f"{name} {low:g} to {high:g} {UNITS[name]}")
    if outside:
        allowed = ", ".join(outside)
        warnings.warn(f"{model} is used outside the people it was built on: {allowed}", stacklevel=3)


def refuse_unknown(model: str, deviates: Deviates, known: tuple[str, ...]) -> None:
    """Raise ValueError if a deviate belongs to no parameter of the model."""
    for name in deviates:
        if name not in known:
            raise ValueError(f"{model}: deviate {name!r} is not allowed; {', '.join(known)}")


@dataclass(frozen=True)
class Drift:
    """How a quantity drifts within people of a population: see `sim.pharmacodynamics.wander`.

    Attributes:
        size: median over people of the SD of its log.
        seconds: median time constant.
        size_log_sd, seconds_log_sd: SD of their logs between people.
        start: how far off the mean its log is when a case begins; forgotten with the time constant.
        tails: h of the innovations, see `sim.randomness.tailed`: 0 drifts evenly, more rests and jumps.
    """

    size: float
    seconds: float
    size_log_sd: float = 0.0
    seconds_log_sd: float = 0.0
    start: float = 0.0
    tails: float = 0.0


STILL = Drift(0.0, 1.0)


@dataclass(frozen=True)
class Together:
    """How two signals' innovations go together in people of a population.

    Attributes:
        mean, sd: of Fisher's z of their correlation, the inverse hyperbolic tangent.
    """

    mean: float = 0.0
    sd: float = 0.0

    def drawn(self, normals: np.ndarray) -> np.ndarray:
        """Return the correlations of individuals, (patients,), from standard normals."""
        return np.tanh(self.mean + self.sd * normals)


APART = Together()


@dataclass(frozen=True)
class EffectModel(Generic[Parameters]):
    """A published model of an effect.

    Attributes:
        name: as in its registry.
        description: its source, and whom or what it is for.
        parameters: (covariates, log deviates) -> frozen dataclass of (patients,) arrays; equations alone.
        varies: the parameters that a deviate may be given for.
        log_sd: SD of the log deviate of each parameter; empty where none is known.
        studied: range of each covariate among the people the model was built on; empty where not known.
        correlation: of those deviates.
        drift: how sensitivity to the effect wanders within people; published models say nothing of it.
        arousability: how much of a stimulus that drugs let through comes on top; published models say nothing of it.
    """

    name: str
    description: str
    parameters: Callable[[Covariates, Deviates], Parameters]
    varies: tuple[str, ...]
    log_sd: Mapping[str, float] = field(default_factory=dict)
    studied: Ranges = field(default_factory=dict)
    correlation: Correlations = field(default_factory=dict)
    drift: Drift = STILL
    arousability: float = 1.0

    def __call__(self, covariates: Covariates, eta: Deviates | None = None) -> Parameters:
        """Return each patient's parameters; `eta` holds log deviates (patients,), a missing one is zero.

        Raises:
            ValueError: if a deviate belongs to no parameter.
        """
        refuse_unknown(self.name, eta or {}, self.varies)
        warn_outside(self.name, covariates, self.studied)
        return self.parameters(covariates, eta or {})
