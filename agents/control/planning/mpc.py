"""Model predictive control: the targets of propofol and remifentanil and the rate of norepinephrine that look best.

Every half minute the belief about a patient is asked what would follow under some dozens of moves of both targets, each
with the rates that the pumps would give for them; then, with the best of these, under some rates of norepinephrine.
The best has the least expected time outside the range of the index and below the pressure, at a price on moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from agents.control.planning.imagined import imagined, mirror
from agents.control.planning.moves import TOLD, Move, in_words
from agents.control.planning.prices import Prices, depth_cost, pressure_cost
from agents.control.wishes import Wishes, obeyed, wishes
from sim import pumps
from sim.arrays import Array, put, take
from sim.covariates import Covariates
from sim.interfaces import (
    NOREPINEPHRINE,
    PROPOFOL,
    REMIFENTANIL,
    About,
    ForeseeingObserver,
    OrderMode,
    Orders,
    Readings,
)
from sim.pharmacokinetics import compartments as pk
from sim.pharmacokinetics.compartments import Transition
from sim.published import ADULTS, warn_outside
from sim.pumps import Controller
from sim.settings import Room
from sim.surgery import CLOSING, EMERGENCE
from sim.units import SECONDS_PER_MINUTE

DECISION, MINUTE = 30.0, 60.0  # s between decisions, and of the pace at which pumps are imagined
START = np.array([[4.0], [3.0], [0.0]])  # µg/mL, ng/mL, µg/kg/min: where the first move begins
LOWEST = np.array([[0.5], [0.0], [0.0]])
HIGHEST = np.array([[8.0], [10.0], [0.3]])
DECIMALS = (1, 1, 3)
# Moves that are tried, µg/mL and ng/mL, each alone and some together; none comes first, so that it wins a tie.
PROPOFOL_MOVES = (0.0, -2.0, -1.0, -0.5, -0.2, 0.2, 0.5, 1.0, 2.0)
REMIFENTANIL_MOVES = (0.0, -2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 0.0, 0.0)
TOGETHER = ((-0.5, 1.0), (0.5, -1.0), (0.5, 1.0), (-0.5, -1.0), (1.0, 2.0), (-1.0, -2.0))
PAIRS = np.array([
    *((i, 0) for i in range(len(PROPOFOL_MOVES))),
    *((0, j) for j, move in enumerate(REMIFENTANIL_MOVES) if move),
    *((PROPOFOL_MOVES.index(p), REMIFENTANIL_MOVES.index(r)) for p, r in TOGETHER),
])  # fmt: skip
PRESSOR_MOVES = (0.0, -0.1, -0.05, -0.02, -0.01, 0.01, 0.02, 0.05, 0.1)  # µg/kg/min


@dataclass(frozen=True)
class Control:
    """What is remembered of the cases.

    Attributes:
        mind: the belief.
        pump: how a pump turns targets into rates; constant, as are display and weight.
        display: what a pump believes, over a control period.
        weight: (patients,), kg.
        predicted: (4, 2, patients), what the pumps believe is in the body.
        dials: (3, patients), targets µg/mL and ng/mL, norepinephrine µg/kg/min.
        decided: (patients,), s, of the last decision; minus infinity before any.
        move: what was last decided of both targets.
    """

    mind: Any
    pump: Controller
    display: Transition
    weight: Array
    predicted: Array
    dials: Array
    decided: Array
    move: Move


@dataclass(frozen=True)
class PredictiveControl:
    """Chooses the moves of both targets and of norepinephrine that are best by what a belief foresees.

    Attributes:
        planner: the belief; its control period is the agent's.
        prices: what is weighed.
        minutes: that are looked ahead.
        propofol, remifentanil: models in the pumps, see `sim.settings.Room`.
    """

    orders: ClassVar[OrderMode] = "targets"
    readings: ClassVar[tuple[str, ...]] = ("next_event",)
    about: ClassVar[About] = About(
        moves="both targets, rate of norepinephrine",
        limits="propofol {:g} µg/mL, remifentanil {:g} ng/mL, norepinephrine {:g} µg/kg/min at most".format(
            *HIGHEST[:, 0]
        ),
    )
    planner: ForeseeingObserver
    prices: Prices = field(default_factory=Prices)
    minutes: int = 6
    propofol: str = Room.assumed_propofol
    remifentanil: str = Room.assumed_remifentanil

    def __post_init__(self) -> None:
        if not 1 <= self.minutes <= self.planner.minutes:
            raise ValueError(f"minutes: {self.minutes} is not allowed; 1 to {self.planner.minutes}")

    def initial(self, covariates: Covariates, keys: np.ndarray) -> Control:
        """Return the memory for new cases."""
        warn_outside("agent mpc", covariates, ADULTS)
        kinetics = pumps.assumed_kinetics(covariates, self.propofol, self.remifentanil)
        zero = 0.0 * covariates.age
        return Control(
            mind=self.planner.initial(covariates),
            pump=mirror(kinetics, MINUTE),
            display=pk.discretise(kinetics, self.planner.control_period),
            weight=covariates.weight,
            predicted=pk.empty(kinetics),
            dials=START + zero,
            decided=zero - np.inf,
            move=Move.none(NOREPINEPHRINE, len(zero)),
        )

    def act(
        self, state: Control, readings: Readings, estimates: Mapping[str, Array]
    ) -> tuple[Orders, Control]:
        """Return the dials, turned where a decision is due, as orders; propofol and remifentanil stop for emergence."""
        mind = self.planner.believe(state.mind, readings)
        rate = readings.infused[:2] / self.planner.control_period
        state = replace(state, mind=mind, predicted=pk.step(state.display, state.predicted, rate))
        due = np.flatnonzero(readings.time - state.decided > DECISION - 1e-6)
        if due.size:
            asked = take(wishes(readings), due)
            dials, move = self.decide(take(state, due), readings.phase[due], asked)
            state = replace(
                state,
                dials=put(state.dials, due, dials),
                decided=put(state.decided, due, readings.time[due]),
                move=put(state.move, due, move),
            )
        over = readings.phase >= EMERGENCE
        targets = np.where(over, 0.0, state.dials[:2])
        norepinephrine = state.dials[NOREPINEPHRINE] * state.weight / SECONDS_PER_MINUTE
        infusions = np.stack([*targets, norepinephrine])
        return Orders(infusions, np.zeros_like(infusions)), state

    def follow(self, state: Control, orders: Orders) -> Control:
        """Return the memory with the dials where others have set them; what a stopped pump stood at is kept."""
        propofol, remifentanil, norepinephrine = orders.infusions
        dials = np.stack([propofol, remifentanil, norepinephrine * SECONDS_PER_MINUTE / state.weight])
        stopped = (dials <= 0.0) & (np.arange(3)[:, None] < NOREPINEPHRINE)
        return replace(state, dials=np.where(stopped, state.dials, dials))

    def explain(self, state: Control) -> list[str]:
        """Return why the targets are where they are, a line a patient: what was foreseen with and without the move."""
        return in_words(state.move, self._told)

    @property
    def _told(self) -> int:
        """How many minutes ahead explanations look."""
        return min(self.minutes, round(TOLD / MINUTE))

    def decide(self, state: Control, phase: Array, asked: Wishes) -> tuple[Array, Move]:
        """Return the dials, (3, patients), that look best from here, and the move of the targets."""
        present = state.dials
        singly = np.stack([
            np.round(np.clip(present[drug] + np.array(moves)[:, None], LOWEST[drug], HIGHEST[drug]), DECIMALS[drug])
            for drug, moves in ((PROPOFOL, PROPOFOL_MOVES), (REMIFENTANIL, REMIFENTANIL_MOVES))
        ])  # fmt: skip
        singly = np.where(phase >= EMERGENCE, 0.0, singly)
        given = present[NOREPINEPHRINE] * state.weight / SECONDS_PER_MINUTE
        rates = imagined(state.pump, state.predicted, singly, self.minutes)
        steady = np.broadcast_to(given.astype(np.float32), (len(PAIRS), self.minutes, len(given)))
        ahead = np.stack(
            [*(rates[PAIRS[:, drug], drug] for drug in (PROPOFOL, REMIFENTANIL)), steady], axis=1
        )
        prospect = self.planner.foresee(state.mind, ahead)
        tried = np.stack([singly[drug, PAIRS[:, drug]] for drug in (PROPOFOL, REMIFENTANIL)])
        turned = tried != present[:2, None]
        cost = depth_cost(self.prices, prospect, tried, turned, phase == CLOSING, asked)
        best = cost.argmin(axis=0)[None]
        chosen = np.stack([np.take_along_axis(one, best, axis=0)[0] for one in tried])
        targets = np.where(phase >= EMERGENCE, present[:2], obeyed(asked, chosen, present[:2], phase))
        drugs = np.take_along_axis(ahead[:, :2], best[:, None, None], axis=0)
        told = (prospect.weights * prospect.index[:, self._told - 1]).sum(axis=1)
        move = Move(present[:2], targets, told[0], np.take_along_axis(told, best, axis=0)[0])
        return np.stack([*targets, self._norepinephrine(state, drugs)]), move

    def _norepinephrine(self, state: Control, drugs: Array) -> Array:
        """Return the best rate, (patients,), µg/kg/min, under these rates of the others, (1, 2, minutes, patients)."""
        present = state.dials[NOREPINEPHRINE]
        low, high = LOWEST[NOREPINEPHRINE], HIGHEST[NOREPINEPHRINE]
        moves = np.array(PRESSOR_MOVES)[:, None]
        tried = np.round(np.clip(present + moves, low, high), DECIMALS[NOREPINEPHRINE])
        rates = (tried * state.weight / SECONDS_PER_MINUTE)[:, None, None]
        shape = len(tried), 2, self.minutes, len(present)
        ahead = [np.broadcast_to(drugs, shape), np.broadcast_to(rates, (len(tried), 1, *shape[2:]))]
        pressure, sd = self.planner.foresee_pressure(state.mind, np.concatenate(ahead, axis=1))
        cost = pressure_cost(self.prices, pressure, sd, tried, tried != present)
        return np.take_along_axis(tried, cost.argmin(axis=0)[None], axis=0)[0]
