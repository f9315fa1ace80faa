"""Looking ahead: try several propofol targets on a forecaster, give the one under which the index stays best in range.

Everything but the propofol target is the human-style anaesthetist's: remifentanil, norepinephrine, boluses, and when
propofol stops. With the same range of targets, what the two differ by is therefore what looking ahead is worth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from agents.human.anaesthetist import Anaesthetist
from sim import pumps
from sim.arrays import Array, at_least, take
from sim.covariates import Covariates
from sim.interfaces import PROPOFOL, REMIFENTANIL, About, Agent, OrderMode, Orders, PlanningObserver, Readings
from sim.pharmacokinetics import compartments as pk
from sim.pumps import Controller
from sim.settings import Room

MINUTE = 60.0  # s
ROUNDING = 1  # decimals of a target, µg/mL


@dataclass(frozen=True)
class Outlook:
    """What is remembered of the cases.

    Attributes:
        base: the memory of the anaesthetist who decides everything else.
        mind: the forecaster's state.
        pump: how a pump turns targets into rates; constant.
        predicted: (4, 2, patients), what the pump believes is in the body.
        target: (patients,), the propofol target in force, µg/mL.
        time: (patients,), s, of the last readings.
    """

    base: Any
    mind: Any
    pump: Controller
    predicted: Array
    target: Array
    time: Array


@dataclass(frozen=True)
class LookAhead:
    """Holds the index in range by forecast: each control period, the best of a few moves of the propofol target.

    The cost of a target is how far the index is expected outside the range, averaged over quantiles and horizons (so
    an uncertain forecast is kept further from the edges), with small prices on being off the middle and on turning the
    dial. Both were chosen on the surgical cohorts of seeds 11 and 12.

    Attributes:
        forecaster: says what would follow, and how far ahead; its control period is the agent's.
        base: gives everything but the propofol target, in mode "targets".
        lowest, highest: propofol targets allowed, µg/mL; wider than the base agent's own 1.5 to 6, because patients
            differ more than that. Inductions often pass through the highest.
        moves: of the target that are tried, µg/mL; 0.0 first, so that it wins a tie.
        low, high: the range to stay in, BIS.
        off_middle: price of each point that the expected index is off the middle of the range.
        turning: price of turning the dial, index points.
        propofol, remifentanil: models in the pumps, see `sim.settings.Room`.
    """

    orders: ClassVar[OrderMode] = "targets"
    forecaster: PlanningObserver
    base: Agent = field(default_factory=Anaesthetist)
    lowest: float = 0.5
    highest: float = 8.0
    moves: tuple[float, ...] = (0.0, -0.2, 0.2, -0.5, 0.5, -1.0, 1.0)
    low: float = 40.0
    high: float = 60.0
    off_middle: float = 0.03
    turning: float = 0.5
    propofol: str = Room.assumed_propofol
    remifentanil: str = Room.assumed_remifentanil

    def __post_init__(self) -> None:
        if self.base.orders != self.orders:
            raise ValueError(
                f"base: an agent that orders {self.base.orders!r} is not allowed; {self.orders!r}"
            )
        for low, high in (("lowest", "highest"), ("low", "high")):
            if not 0.0 <= getattr(self, low) <= getattr(self, high):
                raise ValueError(
                    f"{low}: {getattr(self, low):g} is not allowed; 0 to {high}, {getattr(self, high):g}"
                )
        if self.moves[:1] != (0.0,):
            raise ValueError(f"moves: {self.moves} is not allowed; 0.0, to leave the target, comes first")
        if not self.forecaster.quantiles:
            raise ValueError("forecaster: no quantiles is not allowed; one or more, to say how sure it is")
        period = self.forecaster.control_period
        if MINUTE % period:
            raise ValueError(
                f"forecaster: a control_period of {period:g} s is not allowed; a part of a minute"
            )

    @property
    def about(self) -> About:
        """What a report says."""
        return About(
            "what its base agent sees; the index ahead, by a forecaster",
            "propofol target; all else is its base agent's",
            f"propofol {self.lowest:g}–{self.highest:g} µg/mL",
            "two prices, on surgical cohorts of seeds 11 and 12; the forecaster on simulated patients",
        )

    def initial(self, covariates: Covariates, keys: np.ndarray) -> Outlook:
        """Return the memory for new cases. The target in force is not known (NaN) until the base agent has ordered."""
        kinetics = pumps.assumed_kinetics(covariates, self.propofol, self.remifentanil)
        zero = 0.0 * covariates.age
        return Outlook(
            base=self.base.initial(covariates, keys),
            mind=self.forecaster.initial(covariates),
            pump=pumps.controller(kinetics, self.forecaster.control_period),
            predicted=pk.empty(kinetics),
            target=zero + float("nan"),
            time=zero,
        )

    def act(
        self, state: Outlook, readings: Readings, estimates: Mapping[str, Array]
    ) -> tuple[Orders, Outlook]:
        """Return the base agent's orders with the propofol target that looks best, and the memory.

        Raises:
            ValueError: readings at another pace than the forecaster is made for.
        """
        period = self.forecaster.control_period
        if ((state.time == 0.0) & (readings.time > 0.0) & (readings.time != period)).any():
            raise ValueError(
                f"control_period: {readings.time.max():g} s is not allowed; the forecaster's is {period:g} s"
            )
        orders, base = self.base.act(state.base, readings, estimates)
        mind, _ = self.forecaster.update(state.mind, readings)
        # the pumps' own displays, not our orders: they are right whatever the pumps could not give
        predicted = pk.step(state.pump.transition, state.predicted, readings.infused[:2] / period)
        given = orders.infusions[PROPOFOL]
        present = np.where(np.isnan(state.target), given, state.target)
        target = self.best(mind, state.pump, predicted, present, orders.infusions[REMIFENTANIL])
        propofol = np.where(given > 0.0, target, 0.0)
        target = np.where(given > 0.0, target, present)  # a target nobody follows stays where it is
        infusions = np.stack([propofol, *orders.infusions[1:]])
        return Orders(infusions, orders.boluses), Outlook(
            base, mind, state.pump, predicted, target, readings.time
        )

    def best(
        self, mind: Any, pump: Controller, predicted: Array, present: Array, remifentanil: Array
    ) -> Array:
        """Return the best propofol target of those tried, (patients,), µg/mL.

        Args:
            mind: the forecaster's state.
            pump, predicted: how the pump thinks, and what it believes.
            present: (patients,), target in force, µg/mL.
            remifentanil: (patients,), target, ng/mL.

        Raises:
            ValueError: the forecaster's answer has not the shape that it declares.
        """
        moves = np.asarray(self.moves)[:, None]
        tried = np.round(np.clip(present + moves, self.lowest, self.highest), ROUNDING)
        minutes = math.ceil(max(self.forecaster.horizons) / MINUTE)
        ahead = plans(pump, predicted, tried, remifentanil, self.forecaster.control_period, minutes)
        forecasts = self.forecaster.forecast_each(mind, ahead)
        shape = (len(tried), 1 + len(self.forecaster.quantiles), len(self.forecaster.horizons), len(present))
        if forecasts.shape != shape:
            raise ValueError(f"forecaster: shape {forecasts.shape} is not allowed; {shape}, as it declares")
        cost = self.cost(forecasts) + self.turning * (moves != 0.0)
        return np.take_along_axis(tried, cost.argmin(axis=0)[None], axis=0)[0]

    def cost(self, forecasts: Array) -> Array:
        """Return what is wrong with (candidates, 1 + quantiles, horizons, patients): (candidates, patients)."""
        expected, quantiles = forecasts[:, 0], forecasts[:, 1:]
        outside = at_least(self.low - quantiles, 0.0) + at_least(quantiles - self.high, 0.0)
        middle = (self.low + self.high) / 2.0
        return outside.mean(axis=(1, 2)) + self.off_middle * np.abs(expected - middle).mean(axis=1)


def plans(
    pump: Controller, predicted: Array, propofol: Array, remifentanil: Array, interval: float, minutes: int
) -> Array:
    """Return the mean rates that a pump would give in each coming minute, (candidates, 2, minutes, patients).

    Args:
        pump: of the patients; `interval` is its, s.
        predicted: (4, 2, patients), what it believes is in the body.
        propofol: (candidates, patients), targets held throughout, µg/mL.
        remifentanil: (patients,), target held throughout, ng/mL.
        minutes: that the plans cover.
    """
    candidates, patients = propofol.shape
    # one run for all: candidates become patients
    repeated = np.tile(np.arange(patients), candidates)
    pump, targets = take(pump, repeated), np.stack([propofol.ravel(), remifentanil[repeated]])
    none = np.zeros((1, len(repeated)))
    orders = Orders(np.concatenate([targets, none]), np.concatenate([0.0 * targets, none]))
    state = replace(pumps.start(orders.infusions[0]), predicted=predicted[..., repeated])
    rates = np.empty((round(minutes * MINUTE / interval), 2, len(repeated)))
    for row in rates:
        given, state = pumps.run(pump, state, orders, "targets", interval)
        row[:] = given[:2]
    means = rates.reshape(minutes, -1, 2, candidates, patients).mean(axis=1)
    return np.ascontiguousarray(means.transpose(2, 1, 0, 3))
