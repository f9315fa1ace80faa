"""Fixed effect-site targets for everybody: the pump thinks, nobody looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sim.arrays import Array, namespace, stack
from sim.covariates import Covariates
from sim.interfaces import About, OrderMode, Orders, Readings
from sim.surgery import CLOSING, EMERGENCE


@dataclass(frozen=True)
class Nothing:
    """The state of an agent that remembers nothing."""


@dataclass(frozen=True)
class FixedTargets:
    """Holds one propofol and one remifentanil target; propofol stops at closing, remifentanil at emergence.

    Attributes:
        propofol, remifentanil: effect-site targets, µg/mL and ng/mL.
    """

    orders: ClassVar[OrderMode] = "targets"
    any_arrays: ClassVar[bool] = True
    about: ClassVar[About] = About(
        "phase", "both targets, once", "the same for everybody", "nothing: by hand"
    )
    propofol: float = 3.0
    remifentanil: float = 3.0

    def initial(self, covariates: Covariates, keys: Array) -> Nothing:
        """Return nothing to remember."""
        return Nothing()

    def act(
        self, state: Nothing, readings: Readings, estimates: Mapping[str, Array]
    ) -> tuple[Orders, Nothing]:
        """Return the targets of the phase."""
        where, none = namespace(readings.bis).where, 0.0 * readings.bis
        propofol = where(readings.phase >= CLOSING, none, self.propofol)
        remifentanil = where(readings.phase >= EMERGENCE, none, self.remifentanil)
        infusions = stack([propofol, remifentanil, none])
        return Orders(infusions, 0.0 * infusions), state
