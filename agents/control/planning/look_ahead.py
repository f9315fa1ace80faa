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

from agents.control.planning.imagined import PROPOFOL_ALONE, REMIFENTANIL_ALONE, imagined, mirror
from agents.control.planning.moves import TOLD, Move, in_words
from agents.control.wishes import Wishes, obeyed, wishes
from agents.human.anaesthetist import Anaesthetist
from sim import pumps
from sim.arrays import Array, at_least
from sim.covariates import Covariates
from sim.interfaces import (
    NOREPINEPHRINE,
    PROPOFOL,
    REMIFENTANIL,
    About,
    Agent,
    OrderMode,
    Orders,
    PlanningObserver,
    Readings,
)
from sim.pharmacokinetics import compartments as pk
from sim.pharmacokinetics.compartments import Transition
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
        pump: how a pump turns targets into rates; constant, as is display.
        display: what a pump believes, over a control period.
        predicted: (4, 2, patients), what the pump believes is in the body.
        target: (patients,), the propofol target in force, µg/mL.
        ordered: (2, patients), targets last ordered, µg/mL and ng/mL; NaN before any.
        move: what was last decided.
        time: (patients,), s, of the last readings.
    """

    base: Any
    mind: Any
    pump: Controller
    display: Transition
    predicted: Array
    target: Array
    ordered: Array
    move: Move
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
            pump=mirror(kinetics, self.forecaster.control_period),
            display=pk.discretise(kinetics, self.forecaster.control_period),
            predicted=pk.empty(kinetics),
            target=zero + np.nan,
            ordered=np.stack([zero, zero]) + np.nan,
            move=Move.none(1, len(zero)),
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
        predicted = pk.step(state.display, state.predicted, readings.infused[:2] / period)
        given = orders.infusions[PROPOFOL]
        present = np.where(np.isnan(state.target), given, state.target)
        usual = Wishes(self.low, self.high)
        asked, remifentanil = wishes(readings, usual), orders.infusions[REMIFENTANIL]
        move = self.best(mind, state.pump, predicted, present, remifentanil, asked)
        stops = given <= 0.0
        wanted = np.stack([np.where(stops, 0.0, move.target[0]), remifentanil])
        ordered = obeyed(asked, wanted, state.ordered, readings.phase)
        target = np.where(stops, present, ordered[PROPOFOL])  # a target nobody follows stays where it is
        infusions = np.stack([*ordered, orders.infusions[NOREPINEPHRINE]])
        return Orders(infusions, orders.boluses), Outlook(
            base,
            mind,
            state.pump,
            state.display,
            predicted,
            target,
            ordered,
            replace(move, target=target[None]),
            readings.time,
        )

    def explain(self, state: Outlook) -> list[str]:
        """Return why the target is where it is, a line a patient: what was foreseen with and without the move."""
        return in_words(state.move, self.forecaster.horizons[self._told] / MINUTE)

    @property
    def _told(self) -> int:
        """Which horizon explanations are about."""
        return int(np.abs(np.array(self.forecaster.horizons) - TOLD).argmin())

    def follow(self, state: Outlook, orders: Orders) -> Outlook:
        """Return the memory with the targets that others have set; what a stopped pump stood at is kept."""
        target = np.where(orders.infusions[PROPOFOL] > 0.0, orders.infusions[PROPOFOL], state.target)
        follow = getattr(self.base, "follow", None)
        base = follow(state.base, orders) if follow else state.base
        return replace(state, base=base, target=target, ordered=orders.infusions[:2])

    def best(
        self,
        mind: Any,
        pump: Controller,
        predicted: Array,
        present: Array,
        remifentanil: Array,
        asked: Wishes,
    ) -> Move:
        """Return the move to the best propofol target of those tried.

        Args:
            mind: the forecaster's state.
            pump, predicted: how the pump thinks, and what it believes.
            present: (patients,), target in force, µg/mL.
            remifentanil: (patients,), target, ng/mL.
            asked: with the range wished for.

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
        cost = self.cost(forecasts, asked.low, asked.high) + self.turning * (moves != 0.0)
        best = cost.argmin(axis=0)[None]
        told = forecasts[:, 0, self._told]
        chosen, expected = (np.take_along_axis(one, best, axis=0)[0] for one in (tried, told))
        return Move(present[None], chosen[None], told[0], expected)

    def cost(self, forecasts: Array, low: Array | float, high: Array | float) -> Array:
        """Return what is wrong with (candidates, 1 + quantiles, horizons, patients): (candidates, patients).

        Args:
            forecasts: of the index.
            low, high: the range to stay in, BIS, one or (patients,).
        """
        expected, quantiles = forecasts[:, 0], forecasts[:, 1:]
        outside = at_least(low - quantiles, 0.0) + at_least(quantiles - high, 0.0)
        middle = (low + high) / 2.0
        return outside.mean(axis=(1, 2)) + self.off_middle * np.abs(expected - middle).mean(axis=1)


def plans(
    pump: Controller, predicted: Array, propofol: Array, remifentanil: Array, interval: float, minutes: int
) -> Array:
    """Return the mean rates that a pump would give in each coming minute, (candidates, 2, minutes, patients).

    Args:
        pump: of the patients, a `mirror`; `interval` is its, s.
        predicted: (4, 2, patients), what it believes is in the body.
        propofol: (candidates, patients), targets held throughout, µg/mL.
        remifentanil: (patients,), target held throughout, ng/mL.
        minutes: that the plans cover.
    """
    steps = round(minutes * MINUTE / interval)
    hypnotic = imagined(pump, predicted, propofol[None], steps, PROPOFOL_ALONE)
    opioid = imagined(pump, predicted, remifentanil[None, None], steps, REMIFENTANIL_ALONE)
    means = np.empty((len(propofol), 2, minutes, len(remifentanil)))
    for place, rates in enumerate((hypnotic, opioid)):
        means[:, place] = rates.reshape(len(rates), minutes, -1, len(remifentanil)).mean(axis=2)
    return means
