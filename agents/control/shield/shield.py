"""The shield: an agent's orders are given where its readings can be believed, and never beyond the bounds.

Where the index cannot be believed, or the agent orders what is no dose, doses are held: the last good effect-site
targets, or the rates that keep the model's effect site where it was. The agent goes on watching, with the index marked
as not valid. When it is followed again, orders start from those in force and move at a limited pace.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from agents.control.shield import holding, limits, signals
from agents.control.shield.alarms import NAMES, Alarms, none_raised, watched
from agents.control.shield.holding import Hold
from agents.control.shield.limits import Caps
from agents.control.shield.signals import Checked, Plausible, Seen
from sim import pumps
from sim.arrays import Array, Tree, map_arrays
from sim.covariates import Covariates
from sim.interfaces import NOREPINEPHRINE, Agent, OrderMode, Orders, Readings
from sim.pharmacokinetics import compartments as pk
from sim.pumps import Controller
from sim.settings import Room
from sim.surgery import EMERGENCE, PREPARATION

SMOOTHING = 20.0  # s, of the index that limits are taken from (choice)
RAISED = "alarm_"  # before the name of an alarm, in a trace


@dataclass(frozen=True)
class Guard:
    """What the shield remembers, arrays (patients,) unless said.

    Attributes:
        inner: the agent's memory.
        controller, predicted: the pumps' model, constant, and what it believes is in the body, (4, 2, patients).
        weight: kg.
        seen: what was seen of the signals.
        level: believed index, smoothed; NaN before any.
        ordered: (3, patients), infusions in force.
        held: (2, patients), effect sites to hold, µg/mL and ng/mL: what was lately aimed at; NaN before.
        paced: s until which orders move at a limited pace.
        followed: whether the agent is followed, bool.
        impossible: how many of its orders were no doses.
        alarms: see `agents.control.shield.alarms`.
        time: s, of the last readings.
    """

    inner: Any
    controller: Controller
    predicted: Array
    weight: Array
    seen: Seen
    level: Array
    ordered: Array
    held: Array
    paced: Array
    followed: Array
    impossible: Array
    alarms: Alarms
    time: Array


@dataclass(frozen=True)
class Shield:
    """An agent behind a safety layer; see the top of this file.

    An agent that is overruled is told so if it offers `follow(state, orders) -> state`: its memory as if it had ordered
    that itself. One that does not is stopped while doses are held: its memory stays as it was.

    Attributes:
        inner: the agent.
        control_period: s between readings.
        propofol, remifentanil: models in the pumps, see `sim.settings.Room`.
        plausible: what signals may do.
        caps: bounds of doses.
        hold: how doses are held.
    """

    inner: Agent
    control_period: float = Room.control_period
    propofol: str = Room.assumed_propofol
    remifentanil: str = Room.assumed_remifentanil
    plausible: Plausible = field(default_factory=Plausible)
    caps: Caps = field(default_factory=Caps)
    hold: Hold = field(default_factory=Hold)

    @property
    def orders(self) -> OrderMode:
        """What the agent's orders mean."""
        return self.inner.orders

    @property
    def observers(self) -> tuple[str, ...]:
        """Whose estimates the agent needs."""
        return getattr(self.inner, "observers", ())

    @property
    def readings(self) -> tuple[str, ...]:
        """Which readings the agent needs."""
        return getattr(self.inner, "readings", ())

    def initial(self, covariates: Covariates, keys: np.ndarray) -> Guard:
        """Return the memory for new cases: nothing seen, nothing given."""
        kinetics = pumps.assumed_kinetics(covariates, self.propofol, self.remifentanil)
        zero = 0.0 * covariates.age
        none = np.stack([zero] * 3)
        return Guard(
            inner=self.inner.initial(covariates, keys),
            controller=pumps.controller(kinetics, self.control_period),
            predicted=pk.empty(kinetics),
            weight=covariates.weight,
            seen=signals.nothing_seen(zero),
            level=zero + np.nan,
            ordered=none,
            held=none[:2] + np.nan,
            paced=zero,
            followed=zero == 0.0,
            impossible=zero,
            alarms=none_raised(zero),
            time=zero,
        )

    def act(self, state: Guard, readings: Readings, estimates: Mapping[str, Array]) -> tuple[Orders, Guard]:
        """Return the agent's orders where they can be followed, within all bounds, and the memory.

        Raises:
            ValueError: readings at another pace than the shield is made for.
        """
        state, checked = self._looked(state, readings)
        wanted, inner = self.inner.act(state.inner, _believed(readings, state.seen, checked), estimates)
        possible = limits.possible(wanted, self.orders, self.caps)
        followed = checked.index & possible
        infusions = self._chosen(state, readings, wanted.infusions, checked, followed, possible)
        level, pressure = (
            np.where(good, value, np.nan)
            for good, value in ((checked.index, state.level), (checked.pressure, state.seen.pressure))
        )
        limit = limits.ceiling(self.caps, state.predicted[3, 0], level, pressure)
        bounded = limits.bounded(
            self.caps, infusions, self.orders, state.controller, state.predicted, limit, state.weight
        )
        free = followed & np.isinf(limit)
        orders = _orders(wanted, bounded, free, possible)
        conditions = {
            "index_missing": checked.missing,
            "index_poor": checked.poor,
            "index_stuck": checked.stuck,
            "index_jump": checked.jumped,
            "pressure_missing": checked.unmeasured,
            "pressure_flush": checked.flushed,
            "fallback": ~followed,
            "impossible_order": ~possible,
            "capped": (bounded < infusions).any(axis=0),
            "deep": level < 20.0,
            "light": (level > 70.0) & (readings.phase >= PREPARATION) & (readings.phase < EMERGENCE),
            "hypotension": pressure < 55.0,
        }
        return orders, replace(
            state,
            inner=self._told(state.inner, inner, orders, wanted, followed, possible),
            ordered=bounded,
            paced=np.where(free, state.paced, readings.time + self.hold.back),
            followed=followed,
            impossible=state.impossible + ~possible,
            alarms=watched(state.alarms, readings.time, conditions),
        )

    def report(self, state: Guard) -> Mapping[str, Array]:
        """Return what a trace shows, (patients,) by name: which alarms are raised, whether doses are held; 0 or 1."""
        raised = zip(NAMES, state.alarms.raised, strict=True)
        return {**{f"{RAISED}{name}": 1.0 * row for name, row in raised}, "held": 1.0 * ~state.followed}

    def _looked(self, state: Guard, readings: Readings) -> tuple[Guard, Checked]:
        """Return the memory after a look at the readings, and what is wrong with them."""
        seconds = readings.time - state.time
        if ((state.time == 0.0) & (seconds > 0.0) & (seconds != self.control_period)).any():
            raise ValueError(
                f"control_period: {seconds.max():g} s is not allowed; the shield's is {self.control_period:g} s"
            )
        seen, checked = signals.check(self.plausible, state.seen, readings)
        rates = readings.infused[:2] / self.control_period  # the pumps' own displays, not our orders
        step = pk.step(state.controller.transition, state.predicted, rates)
        predicted = np.where(seconds > 0.0, step, state.predicted)
        # what was aimed at while the index moved: an agent may have chased one that stands still
        moving = state.followed & checked.index & (readings.time - seen.moved < self.plausible.stuck / 3.0)
        aim = state.ordered[:2] if self.orders == "targets" else predicted[3]
        aimed = holding.aimed(self.hold, state.held, aim, seconds)
        share = -np.expm1(-seconds / SMOOTHING)
        level = np.where(np.isnan(state.level), seen.index, state.level + share * (seen.index - state.level))
        return replace(
            state,
            seen=seen,
            predicted=predicted,
            level=level,
            held=np.where(moving & (state.ordered[:2] > 0.0), aimed, state.held),
            time=readings.time,
        ), checked

    def _chosen(
        self,
        state: Guard,
        readings: Readings,
        wanted: Array,
        checked: Checked,
        followed: Array,
        possible: Array,
    ) -> Array:
        """Return infusions (3, patients) before the bounds: the agent's, paced after a fallback; or those that hold."""
        own = np.where(possible, wanted, np.nan)
        ended = holding.ended(own[:2], state.ordered[:2], readings.phase)
        holds = holding.held(state.held, self.orders, state.controller, state.predicted, ended)
        pressure = np.where(checked.pressure, state.seen.pressure, np.nan)
        pressor = holding.pressor(self.hold, own[NOREPINEPHRINE], state.ordered[NOREPINEPHRINE], pressure)
        paced = holding.paced(self.hold, own[:2], state.ordered[:2], self.orders, self.control_period)
        slow = (readings.time < state.paced) & ~ended
        return np.where(
            followed, np.concatenate([np.where(slow, paced, own[:2]), own[2:]]), np.stack([*holds, pressor])
        )

    def _told(
        self, before: Any, inner: Any, orders: Orders, wanted: Orders, followed: Array, possible: Array
    ) -> Any:
        """Return the agent's memory: told of orders that are not its own; as before where it could not be asked."""
        follow = getattr(self.inner, "follow", None)
        overruled = (orders.infusions != wanted.infusions).any(axis=0)
        if follow is not None and overruled.any():
            inner = _where(overruled, follow(inner, orders), inner)
        lives = followed if follow is None else possible
        return inner if lives.all() else _where(lives, inner, before)


def _where(chosen: Array, one: Tree, other: Tree) -> Tree:
    """Return one tree's arrays for the chosen patients, the other's for the rest."""
    return map_arrays(lambda a, b: np.where(chosen, a, b), one, other)


def _believed(readings: Readings, seen: Seen, checked: Checked) -> Readings:
    """Return the readings, those that cannot be believed marked as not valid: they repeat the last good ones."""
    index = np.where(np.isnan(seen.index), readings.bis, seen.index)
    pressure = np.where(np.isnan(seen.pressure), readings.mean_arterial_pressure, seen.pressure)
    return replace(
        readings,
        bis=np.where(checked.index, readings.bis, index),
        bis_valid=readings.bis_valid & checked.index,
        signal_quality=np.where(checked.index, readings.signal_quality, 0.0),
        mean_arterial_pressure=np.where(checked.pressure, readings.mean_arterial_pressure, pressure),
        pressure_valid=readings.pressure_valid & checked.pressure,
    )


def _orders(wanted: Orders, infusions: Array, free: Array, possible: Array) -> Orders:
    """Return the orders: boluses of hypnotics where nothing limits them, anything injected if it is a dose."""
    boluses = np.where(possible, wanted.boluses, 0.0)
    boluses = np.concatenate([np.where(free, boluses[:2], 0.0), boluses[2:]])
    pressors = None if wanted.pressors is None else np.where(possible, wanted.pressors, 0.0)
    return replace(wanted, infusions=infusions, boluses=boluses, pressors=pressors)


def shielded(
    agent: Agent,
    control_period: float = Room.control_period,
    assumed_propofol: str = Room.assumed_propofol,
    assumed_remifentanil: str = Room.assumed_remifentanil,
) -> Shield:
    """Return an agent behind the safety layer: signal checks, fallback, bounds, alarms."""
    return Shield(agent, control_period, assumed_propofol, assumed_remifentanil)


def alarms(state: Guard) -> Mapping[str, Array]:
    """Return when each of `agents.control.shield.alarms.ALARMS` was first raised, (patients,) by name, s; or NaN."""
    return dict(zip(NAMES, state.alarms.first, strict=True))
