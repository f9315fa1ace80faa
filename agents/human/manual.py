"""The manual regimen without a target-controlled pump: a bolus, then rates stepped down by the clock.

Nobody looks at the index: what open-loop dosing by weight alone does to different patients.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.arrays import Array, namespace
from sim.covariates import Covariates
from sim.interfaces import About, OrderMode, Orders, Readings
from sim.published import ADULTS, warn_outside
from sim.surgery import CLOSING, EMERGENCE
from sim.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE

STEP = 600.0  # s that each of the first two rates lasts


@dataclass(frozen=True)
class Bystander:
    """What the regimen needs to know: weight (patients,), kg, and whether the bolus was given, bool."""

    weight: Array
    begun: Array


@dataclass(frozen=True)
class Manual:
    """The Bristol regimen for propofol, label dosing for remifentanil; stops at closing and at emergence.

    Propofol 1 mg/kg, then 10 mg/kg/h for 10 min, 8 for 10 min, 6 from then on: Roberts, Anaesthesia
    1988;43(Suppl):14. Remifentanil 0.5 µg/kg/min for 10 min, then 0.25, with propofol: prescribing information.

    Attributes:
        propofol_bolus: mg/kg.
        propofol: mg/kg/h, in the first 10 min, the second and after.
        remifentanil: µg/kg/min, the same.
    """

    orders: ClassVar[OrderMode] = "rates"
    any_arrays: ClassVar[bool] = True
    about: ClassVar[About] = About(
        "weight, clock, phase", "rates of propofol and remifentanil", "the regimen", "nothing: as published"
    )
    propofol_bolus: float = 1.0
    propofol: tuple[float, float, float] = (10.0, 8.0, 6.0)
    remifentanil: tuple[float, float, float] = (0.5, 0.25, 0.25)

    def initial(self, covariates: Covariates, keys: np.ndarray) -> Bystander:
        """Return the weights, the bolus still to give."""
        warn_outside("agent manual", covariates, ADULTS)
        return Bystander(covariates.weight, covariates.weight < 0.0)

    def act(
        self, state: Bystander, readings: Readings, estimates: Mapping[str, Array]
    ) -> tuple[Orders, Bystander]:
        """Return the rates that the clock and the phase ask for, and the bolus at the first call."""
        xp = namespace(state.weight)
        step = 1.0 * (readings.time >= STEP) + 1.0 * (readings.time >= 2.0 * STEP)
        propofol = _by_step(step, self.propofol) * state.weight / SECONDS_PER_HOUR
        remifentanil = _by_step(step, self.remifentanil) * state.weight / SECONDS_PER_MINUTE
        propofol = xp.where(readings.phase >= CLOSING, 0.0, propofol)
        remifentanil = xp.where(readings.phase >= EMERGENCE, 0.0, remifentanil)
        bolus = xp.where(state.begun, 0.0, self.propofol_bolus * state.weight)
        none = xp.zeros_like(bolus)
        orders = Orders(xp.stack([propofol, remifentanil, none]), xp.stack([bolus, none, none]))
        return orders, Bystander(state.weight, state.weight > 0.0)


def _by_step(step: Array, rates: tuple[float, float, float]) -> Array:
    xp, first = namespace(step), 0.0 * step + rates[0]
    return xp.where(step < 1.0, first, xp.where(step < 2.0, rates[1], 0.0 * step + rates[2]))
