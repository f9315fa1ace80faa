"""A published kinetic model: covariates in, compartments out, refused where they would be nonsense."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from sim.arrays import Array, namespace, to_numpy
from sim.covariates import Covariates, body_mass_index, lean_body_mass_james
from sim.pharmacokinetics.compartments import Compartments
from sim.published import Correlations, Deviates, Ranges, full, individual, refuse_unknown, warn_outside
from sim.registry import summary

PARAMETERS = ("v1", "v2", "v3", "cl", "q2", "q3", "ke0")
DISPOSITION = {1: ("v1", "cl"), 2: ("v1", "v2", "cl", "q2"), 3: ("v1", "v2", "v3", "cl", "q2", "q3")}
UNITS = {"v1": "L", "v2": "L", "v3": "L", "cl": "L/min", "q2": "L/min", "q3": "L/min"}


@dataclass(frozen=True)
class KineticModel:
    """A published model of one drug.

    Attributes:
        name, drug: as in the registries.
        parameters: (covariates, log deviates) -> Compartments, the equations alone.
        log_sd: SD of the log deviate of each parameter; empty where none is known.
        studied: range of each covariate among the people the model was built on; empty where not known.
        compartments: 1, 2 or 3; unused ones have 1 L and no flow.
        lean_mass: the lean-mass formula the equations use, if they use one.
        correlation: of the deviates.
    """

    name: str
    drug: str
    parameters: Callable[[Covariates, Deviates], Compartments]
    log_sd: Mapping[str, float] = field(default_factory=dict)
    studied: Ranges = field(default_factory=dict)
    compartments: int = 3
    lean_mass: Callable[[Covariates], Array] | None = None
    correlation: Correlations = field(default_factory=dict)

    @property
    def description(self) -> str:
        """What the equations say of themselves."""
        return summary(self.parameters)

    def __call__(self, covariates: Covariates, eta: Deviates | None = None) -> Compartments:
        """Return the compartments of each patient.

        Args:
            covariates: arrays of shape (patients,).
            eta: log deviates by parameter name (v1 v2 v3 cl q2 q3 ke0), (patients,); missing is zero.

        Raises:
            ValueError: naming model, parameter, patient row and value where a lean mass, a volume or a
                clearance is not positive, or where a deviate belongs to no parameter.
        """
        label = f"{self.drug} model {self.name}"
        refuse_unknown(label, eta or {}, PARAMETERS)
        warn_outside(label, covariates, self.studied)
        if self.lean_mass is lean_body_mass_james:
            _warn_beyond_turning_point(label, covariates)
        if self.lean_mass is not None:
            _require_positive(label, "lean mass", self.lean_mass(covariates), "kg")
        result = self.parameters(covariates, eta or {})
        for name in DISPOSITION[self.compartments]:
            _require_positive(label, name, getattr(result, name), UNITS[name])
        return result


def build(person: Covariates, eta: Deviates, **typical: Array | float) -> Compartments:
    """Return compartments with each typical value times exp(its deviate).

    Args:
        person: covariates (patients,).
        eta: log deviates by parameter name.
        **typical: values of the fields of `Compartments`; what is missing is an unused compartment or zero.
    """
    unused = {"v2": 1.0, "v3": 1.0, "q2": 0.0, "q3": 0.0, "ke0": 0.0, "ka": 0.0, "lag": 0.0}
    values = {name: full(person, value) for name, value in (unused | typical).items()}
    return Compartments(**{name: individual(value, eta, name) for name, value in values.items()})


def _require_positive(label: str, name: str, values: Array, unit: str) -> None:
    good = (values > 0.0) & (values < float("inf"))  # NaN is neither
    if not bool(namespace(values).all(good)):
        row = int(np.argmin(to_numpy(good)))
        raise ValueError(
            f"{label}: {name} {float(values[row]):.4g} {unit} (row {row + 1}) is not allowed; "
            "it must be positive and finite, so the model cannot describe this patient"
        )


def _warn_beyond_turning_point(label: str, person: Covariates) -> None:
    """Warn where James lean mass falls as weight rises ."""
    turning_point = 43.0 - 6.9 * person.female
    if bool(namespace(turning_point).any(body_mass_index(person) > turning_point)):
        warnings.warn(
            f"{label} uses James lean body mass, which falls with weight above a body mass index of "
            "43 (men) or 36.1 (women)",
            stacklevel=3,
        )
