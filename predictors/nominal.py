"""The nominal observer: what a TCI display knows. Population models driven by the doses the pumps show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import PROPOFOL, REMIFENTANIL, Readings
from sim.pharmacodynamics import SURFACES, TOLERANCE
from sim.pharmacodynamics.hypnosis import ResponseSurface, index
from sim.pharmacodynamics.nociception import Tolerance, tolerance
from sim.pharmacokinetics import compartments as pk
from sim.pharmacokinetics.compartments import Compartments, Transition
from sim.pumps import assumed_kinetics
from sim.settings import Room


@dataclass(frozen=True)
class NominalState:
    """The assumed patient (constant) and drugs (4, 2, patients), which move."""

    kinetics: Compartments
    transition: Transition
    surface: ResponseSurface
    tolerance: Tolerance
    drugs: Array


@dataclass(frozen=True)
class NominalObserver:
    """Predicts concentrations, index and tolerance of stimuli with the models of the clinic, open loop.

    Attributes:
        control_period: s between readings; the doses of a period count as one constant rate.
        propofol, remifentanil, bis: assumed models by name.
    """

    any_arrays: ClassVar[bool] = True
    control_period: float = Room.control_period
    propofol: str = Room.assumed_propofol
    remifentanil: str = Room.assumed_remifentanil
    bis: str = "bouillon"

    @property
    def estimates(self) -> Mapping[str, tuple[float, float, str]]:
        """Names, ranges and units of the estimates."""
        return {
            "plasma_propofol": (0.0, 1000.0, "µg/mL"),
            "plasma_remifentanil": (0.0, 1000.0, "ng/mL"),
            "effect_propofol": (0.0, 1000.0, "µg/mL"),
            "effect_remifentanil": (0.0, 1000.0, "ng/mL"),
            "bis": (0.0, 100.0, ""),
            "tolerance": (0.0, 1.0, "probability"),
        }

    def initial(self, covariates: Covariates) -> NominalState:
        """Return the drug-free assumed patients. Raises ValueError on an unknown model."""
        kinetics = assumed_kinetics(covariates, self.propofol, self.remifentanil)
        return NominalState(
            kinetics,
            pk.discretise(kinetics, self.control_period),
            SURFACES.get(self.bis)(covariates),
            TOLERANCE.get("bouillon")(covariates),
            pk.empty(kinetics),
        )

    def update(self, state: NominalState, readings: Readings) -> tuple[NominalState, Mapping[str, Array]]:
        """Add the doses of the last control period; see `estimates` for what is returned."""
        drugs = pk.step(state.transition, state.drugs, readings.infused[:2] / self.control_period)
        plasma, effect = pk.plasma(state.kinetics, drugs), pk.effect_site(drugs)
        estimates = {
            "plasma_propofol": plasma[PROPOFOL],
            "plasma_remifentanil": plasma[REMIFENTANIL],
            "effect_propofol": effect[PROPOFOL],
            "effect_remifentanil": effect[REMIFENTANIL],
            "bis": index(state.surface, effect[PROPOFOL], effect[REMIFENTANIL]),
            "tolerance": tolerance(state.tolerance, effect[PROPOFOL], effect[REMIFENTANIL]),
        }
        return replace(state, drugs=drugs), estimates
