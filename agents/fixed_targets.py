"""Fixed effect-site targets for everybody: the pump thinks, nobody looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import OrderMode, Orders, Readings
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
    propofol: float = 3.0
    remifentanil: float = 3.0

    def initial(self, covariates: Covariates, keys: Array) -> Nothing:
        """Return nothing to remember."""
        return Nothing()

    def act(
        self, state: Nothing, readings: Readings, estimates: Mapping[str, Array]
    ) -> tuple[Orders, Nothing]:
        """Return the targets of the phase."""
        propofol = np.where(readings.phase >= CLOSING, 0.0, self.propofol)
        remifentanil = np.where(readings.phase >= EMERGENCE, 0.0, self.remifentanil)
        infusions = np.stack([propofol, remifentanil, np.zeros_like(propofol)])
        return Orders(infusions, np.zeros_like(infusions)), state
