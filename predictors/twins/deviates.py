"""Who somebody may be beyond age, sex and size: standardised deviates from the typical person of the models."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sim.arrays import Array, like
from sim.covariates import Covariates
from sim.pharmacodynamics import SURFACES
from sim.pharmacodynamics.hypnosis import ResponseSurface
from sim.pharmacokinetics import PROPOFOL, REMIFENTANIL
from sim.pharmacokinetics import compartments as pk
from sim.pharmacokinetics.compartments import Compartments
from sim.published import correlated
from sim.settings import Models

PARTS = ("propofol", "remifentanil", "bis")


@dataclass(frozen=True)
class Hypnosis:
    """What decides somebody's index: the kinetics of both drugs and the response to them, all (patients,)."""

    propofol: Compartments
    remifentanil: Compartments
    surface: ResponseSurface

    @property
    def kinetics(self) -> Compartments:
        """Of both drugs, (2, patients)."""
        return pk.stack([self.propofol, self.remifentanil])


@dataclass(frozen=True)
class Deviates:
    """The unknowns of the index of an individual, standard normal in the population.

    Attributes:
        models: whose equations and spreads.
    """

    models: Models

    @cached_property
    def names(self) -> tuple[tuple[str, str], ...]:
        """Return (part, parameter) of every unknown, in order."""
        return tuple((part, name) for part in PARTS for name in sorted(self._model(part).log_sd))

    @cached_property
    def roots(self) -> dict[str, np.ndarray]:
        """Return what turns the standard deviates of each part into log deviates, (unknowns, unknowns)."""
        found = {}
        for part in PARTS:
            model, names = self._model(part), sorted(self._model(part).log_sd)
            together = correlated(names, model.correlation, np.eye(len(names)))
            found[part] = np.array([model.log_sd[name] for name in names])[:, None] * together
        return found

    def logs(self, z: Array) -> dict[str, dict[str, Array]]:
        """Return part -> parameter -> log deviate, of standard deviates (unknowns, patients)."""
        found, first = {}, 0
        for part, root in self.roots.items():
            rows = like(root, z) @ z[first : first + len(root)]
            found[part] = dict(zip(sorted(self._model(part).log_sd), rows, strict=True))
            first += len(root)
        return found

    def hypnosis(self, person: Covariates, z: Array) -> Hypnosis:
        """Return whose index it is, for NumPy and torch alike: z (unknowns, patients)."""
        logs = self.logs(z)
        return Hypnosis(*(self._model(part)(person, logs[part]) for part in PARTS))

    def _model(self, part: str) -> Any:
        registry = dict(zip(PARTS, (PROPOFOL, REMIFENTANIL, SURFACES), strict=True))[part]
        return registry.get(getattr(self.models, part))
