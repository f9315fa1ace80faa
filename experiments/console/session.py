"""The running case: a hand or an agent at the pumps, turn by turn. No clock, no thread, no web.

What is given in a turn is all that moves a case: the same orders and faults, turn by turn, are the same case again.
Wishes move agents only.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from agents.control.wishes import Wishes, told
from experiments.console.hand import MODES, one_of, pushed, set_to, shown, wished
from experiments.console.setup import Setup
from experiments.loop import evaluation
from experiments.loop.evaluation import AGENTS
from sim import theatre
from sim.environment.actions import LEVERS
from sim.faults import FAULTS
from sim.interfaces import DRUGS, PRESSORS, Agent, OrderMode, Orders, Readings
from sim.theatre import Theatre, acting, controllers
from sim.theatre.observing import Team
from sim.theatre.rollout import kept, over_time, sample
from sim.theatre.trace import Trace

HAND = "hand"
SHIELDED = "+shield"
WATCHING = ("nominal", "forecaster")  # observers at the console, beside those that agents need


@dataclass(frozen=True)
class Given:
    """What was given in one turn: by whom (`HAND` or an agent's name), what the pumps' numbers mean, the orders."""

    by: str
    mode: OrderMode
    orders: Orders


@dataclass
class Adviser:
    """An agent that watches from the beginning: its memory, and what it would order next."""

    name: str
    agent: Agent
    memory: Any
    orders: Orders


class Session:
    """One case. Raises ValueError where something is asked that is not allowed; the case is then as it was.

    `notes` says in words what is to be known of it: models used outside the people they were built on.

    Args:
        setup: which case.
        observers: that watch it, by name, beside those that agents need.
    """

    def __init__(self, setup: Setup, observers: tuple[str, ...] = WATCHING):
        self.setup = setup
        self.config = evaluation.equipped(setup.evaluation(observers), agents())
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            self.case = evaluation.admitted(self.config, np.array([setup.number]))
            self.team = Team.of(evaluation.observers(self.config), setup.control_period)
            mind = self.team.initial(self.case.told)
        self.notes = [*dict.fromkeys(str(warning.message) for warning in caught)]
        self.rooms = {mode: Theatre.of(setup, mode) for mode in MODES}
        self.state, self.seen = theatre.begin(self.rooms["targets"], self.case)
        self.mind, self.estimates = self.team.update(mind, self.seen.readings)
        self.weight = float(self.case.told.weight[0])
        self.mode: OrderMode = "targets"
        self.dials = np.zeros((len(DRUGS), 1))
        self.boluses, self.pressors = np.zeros((len(DRUGS), 1)), np.zeros((len(PRESSORS), 1))
        self.given: list[Given] = []
        self.strikes: list[tuple[int, str]] = []
        self.wishes: list[tuple[int, Wishes]] = []
        self.control = HAND
        self.adviser: Adviser | None = None
        self._seen = [(self._readings(), self.estimates)]
        idle = Orders(self.dials, self.boluses)
        self._rows, self._said = [sample(self.seen, idle, idle, self.case)], [kept(self.estimates)]
        self._last = idle

    @property
    def time(self) -> float:
        """Seconds since the case began."""
        return self.setup.control_period * len(self.given)

    @property
    def turns(self) -> int:
        """Number of turns until the horizon."""
        return round(self.setup.horizon / self.setup.control_period)

    @property
    def over(self) -> bool:
        """Whether the horizon is reached."""
        return len(self.given) >= self.turns

    def switch(self, mode: Any) -> None:
        """Run the pumps on targets or on rates from the next turn on; they go on with what they give now.

        A target is then the effect site that the pump believes in, a rate the one that it shows; not while a target
        lets a pump load or pause, which as a rate would go on for ever.
        """
        self._by_hand("mode")
        if one_of("mode", mode, MODES) == self.mode:
            return
        pumps, dials = self.state.pumps, self.dials.copy()
        dials[:2] = np.round(pumps.predicted[3], 1) if mode == "targets" else pumps.rates
        values = shown(dials[:, 0], mode, self.weight)
        for row, (drug, lever) in enumerate([*LEVERS[mode].items()][:2]):
            pauses = mode == "rates" and values[drug] == 0.0 and self.dials[row, 0] > 0.0
            if pauses or values[drug] > lever.high:
                raise ValueError(
                    f"mode: {mode} is not allowed while {drug} loads or pauses (now {values[drug]:.3g} {lever.unit}); "
                    "wait until it runs evenly"
                )
        self.mode, self.dials = mode, dials

    def dial(self, drug: str, value: Any) -> None:
        """Set a pump, in the unit of its dial, from the next turn on."""
        ordered = set_to(drug, value, self.mode, self.weight)
        self._by_hand(drug)
        self.dials = self.dials.copy()
        self.dials[DRUGS.index(drug)] = ordered

    def push(self, drug: str, value: Any) -> None:
        """Give a bolus, mg or µg, at the beginning of the next turn, whoever has the pumps."""
        boluses, pressors = pushed(drug, value)
        self.boluses, self.pressors = self.boluses + boluses, self.pressors + pressors

    def strike(self, fault: str) -> None:
        """Let a fault begin now, as it is written, see `sim.faults.spelling`."""
        one_of("fault", fault.partition(":")[0] if isinstance(fault, str) else fault, can_strike())
        try:
            self.case, self.state = theatre.struck(self.rooms[self.mode], self.case, self.state, fault)
        except ValueError as error:
            raise ValueError(f"fault: {str(error).removeprefix('faults: ')}") from error
        self.strikes.append((len(self.given), fault))

    def wish(self, **values: Any) -> None:
        """Tell agents, from the next readings on, what is wished for: low, high, opioid_floor, hold, or the usual."""
        self.wishes.append((len(self.given), wished(values)))

    def advise(self, name: str | None) -> None:
        """Let an agent watch: it is shown everything from the beginning of the case; None: nobody."""
        if self.control != HAND:
            raise ValueError(f"agent: {self.control} has the pumps; take them back first")
        self.adviser = None if name is None else self._watching(one_of("agent", name, watchers()))

    def hand_over(self) -> None:
        """Give the pumps to the agent that watches, from the next turn on."""
        if self.adviser is None:
            raise ValueError("agent: nobody watches; choose one first")
        self.control = self.adviser.name

    def take_back(self) -> None:
        """Take the pumps back; they go on as the agent set them."""
        self.control = HAND

    def turn(self) -> None:
        """Live one control period.

        Raises:
            ValueError: the case is over; or the agent that watches fails: it is dismissed, the case goes on by hand.
        """
        adviser = self.adviser if self.control != HAND else None
        if adviser is None:
            mode, orders = self.mode, Orders(self.dials, 0.0 * self.dials)
        else:
            mode, orders = adviser.agent.orders, adviser.orders
        pressors = self.pressors + (0.0 if orders.pressors is None else orders.pressors)
        boluses = orders.boluses + self.boluses
        self.boluses, self.pressors = 0.0 * self.boluses, 0.0 * self.pressors
        given = Orders(orders.infusions, boluses, pressors if pressors.any() else None)
        self.live(Given(self.control, mode, given))

    def live(self, given: Given) -> None:
        """Live one control period under these orders; the dials are then where they say."""
        if self.over:
            raise ValueError(f"time: the case is over after {self.setup.horizon / 60.0:g} min")
        state, seen = theatre.turn(self.rooms[given.mode], self.case, self.state, given.orders)
        mind, estimates = self.team.update(self.mind, seen.readings)
        self.state, self.seen, self.mind, self.estimates = state, seen, mind, estimates
        self._rows.append(sample(self.seen, given.orders, self._last, self.case))
        self._said.append(kept(self.estimates))
        self._seen.append((self._readings(), self.estimates))
        self._last = given.orders
        self.given.append(given)
        self.mode, self.dials = given.mode, given.orders.infusions
        if self.adviser is not None:
            self._ask(self.adviser)

    def trace(self) -> Trace:
        """Return the case so far, as `sim.theatre.rollout.simulate` does."""
        time = self.setup.control_period * np.arange(len(self._rows))
        return Trace(time, **over_time(self._rows), estimates=over_time(self._said), more={}, reports={})

    def _by_hand(self, field: str) -> None:
        if self.control != HAND:
            raise ValueError(f"{field}: {self.control} has the pumps; take them back first")

    def _readings(self) -> Readings:
        """Return what agents are shown: the readings, and what is wished for once anything has been."""
        return told(self.seen.readings, self.wishes[-1][1]) if self.wishes else self.seen.readings

    def _watching(self, name: str) -> Adviser:
        agent = controllers.under(evaluation.agent_named(name, self.config), self.case.faults)
        memory = agent.initial(self.case.told, self.case.keys)
        orders = self._last
        for readings, estimates in self._seen:
            orders, memory = acting.ask(agent, memory, readings, estimates)
        return Adviser(name, agent, memory, orders)

    def _ask(self, adviser: Adviser) -> None:
        try:
            orders, adviser.memory = acting.ask(adviser.agent, adviser.memory, *self._seen[-1])
        except Exception as error:  # whatever a user's agent does, the patient is still there
            self.adviser, self.control = None, HAND
            raise ValueError(f"agent: {adviser.name}: {error}; the pumps are in your hands") from error
        adviser.orders = orders


@cache
def agents() -> tuple[str, ...]:
    """Return the agents that can take part here, by name."""
    names, _ = evaluation.taking_part(evaluation.Evaluation())
    return tuple(sorted(names, key=list(AGENTS).index))


@cache
def can_strike() -> tuple[str, ...]:
    """Return the faults that can begin in a case that has begun, by name."""
    faults = {name: FAULTS.get(name) for name in FAULTS}
    return tuple(name for name, fault in faults.items() if fault.times and not fault.orders)


def watchers() -> tuple[str, ...]:
    """Return who can be asked to watch, by name: these agents, and each behind the shield."""
    return (*agents(), *(f"{name}{SHIELDED}" for name in agents()))
