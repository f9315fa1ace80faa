"""The shield: an agent's orders are given where its readings can be believed, and never beyond the bounds.

Where the index cannot be believed, or the agent orders what is no dose, doses are held: the last good effect-site
targets, or the rates that keep the model's effect site where it was. The agent goes on watching, with the index marked
as not valid. When it is followed again, orders start from those in force and move at a limited pace. In a limit cycle
its moves are halved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from agents.control.around import Around, explained, reported
from agents.control.shield import holding, limits, watching
from agents.control.shield.alarms import ALARMS, NAMES, RAISED, Alarms, none_raised, watched
from agents.control.shield.holding import Hold
from agents.control.shield.limits import Caps
from agents.control.shield.watching import Found, Rules, Watch
from agents.control.wishes import obeyed, wishes
from sim.arrays import Array, Tree, map_arrays
from sim.covariates import Covariates
from sim.interfaces import NOREPINEPHRINE, Agent, Orders, Readings
from sim.settings import Room
from sim.surgery import CLOSING, EMERGENCE, PREPARATION

BURST_SUPPRESSION, LIGHT = 20.0, 70.0  # BIS that a human is called for (choice)


@dataclass(frozen=True)
class Guard:
    """What the shield remembers, arrays (patients,) unless said.

    Attributes:
        inner: the agent's memory.
        watch: see `agents.control.shield.watching`.
        weight: kg.
        ordered: orders in force.
        held: (2, patients), effect sites to hold, µg/mL and ng/mL: what was lately aimed at; NaN before.
        usual: (2, patients), orders over a longer while; NaN before.
        paced: s until which orders move at a limited pace.
        followed: whether the agent is followed, bool.
        impossible: how many of its orders were no doses.
        alarms: see `agents.control.shield.alarms`.
    """

    inner: Any
    watch: Watch
    weight: Array
    ordered: Orders
    held: Array
    usual: Array
    paced: Array
    followed: Array
    impossible: Array
    alarms: Alarms


@dataclass(frozen=True)
class Shield(Around):
    """An agent behind a safety layer; see the top of this file.

    An agent that is not followed, or against a cap, is told what is given if it offers `follow(state, orders)`: its
    memory as if it had ordered that itself. One that does not is stopped while doses are held: its memory stays as it
    was. Limits that pass are not told: what it had in mind is then given again.

    Attributes:
        control_period: s between readings.
        propofol, remifentanil: models in the pumps, see `sim.settings.Room`.
        rules: what is watched for.
        caps: bounds of doses.
        hold: how doses are held.
    """

    control_period: float = Room.control_period
    propofol: str = Room.assumed_propofol
    remifentanil: str = Room.assumed_remifentanil
    rules: Rules = field(default_factory=Rules)
    caps: Caps = field(default_factory=Caps)
    hold: Hold = field(default_factory=Hold)

    def initial(self, covariates: Covariates, keys: np.ndarray) -> Guard:
        """Return the memory for new cases: nothing seen, nothing given."""
        zero = 0.0 * covariates.age
        none = np.stack([zero] * 3)
        models = self.propofol, self.remifentanil
        return Guard(
            inner=self.inner.initial(covariates, keys),
            watch=watching.begin(self.rules, covariates, models, self.control_period),
            weight=covariates.weight,
            ordered=Orders(none, none),
            held=none[:2] + np.nan,
            usual=none[:2] + np.nan,
            paced=zero,
            followed=zero == 0.0,
            impossible=zero,
            alarms=none_raised(zero),
        )

    def act(self, state: Guard, readings: Readings, estimates: Mapping[str, Array]) -> tuple[Orders, Guard]:
        """Return the agent's orders where they can be followed, within all bounds, and the memory.

        Raises:
            ValueError: readings at another pace than the shield is made for.
        """
        watch, found = watching.look(
            self.rules, state.watch, readings, state.ordered, self.orders, self.control_period
        )
        state = self._aimed(replace(state, watch=watch), found)
        wanted, inner = self.inner.act(state.inner, _believed(readings, watch, found), estimates)
        possible = limits.possible(wanted, self.orders, self.caps, state.weight)
        followed = found.checked.index & possible
        infusions, told = self._chosen(state, readings, wanted.infusions, found, followed, possible)
        limit = limits.ceiling(self.caps, watch.predicted[3], found.depth, found.pressure)
        highest = partial(
            limits.highest, self.caps, self.orders, watch.controller, watch.predicted, state.weight
        )
        cap = highest()
        free, told = followed & np.isinf(limit).all(axis=0), np.minimum(told, cap)
        allowed = np.minimum(infusions, cap if free.all() else highest(limit))
        rate, last = (one[NOREPINEPHRINE] for one in (allowed, state.ordered.infusions))
        allowed[NOREPINEPHRINE] = limits.pressor(self.caps, rate, last, found.pressure, state.weight)
        orders = _orders(wanted, allowed, free, possible)
        light = (infusions[:2] >= cap[:2]).any(axis=0) & (found.index > self.caps.light)
        capped = light | (allowed < infusions).any(axis=0)
        conditions = _conditions(found, readings, followed, possible, capped, self.caps.shock)
        return orders, replace(
            state,
            inner=self._told(state.inner, inner, replace(orders, infusions=told), wanted, followed, possible),
            ordered=orders,
            paced=np.where(free, state.paced, readings.time + self.hold.back),
            followed=followed,
            impossible=state.impossible + ~possible,
            alarms=watched(state.alarms, readings.time, conditions),
        )

    def report(self, state: Guard) -> Mapping[str, Array]:
        """Return what a trace shows, (patients,) by name: which alarms are raised, whether doses are held; 0 or 1."""
        raised = zip(NAMES, state.alarms.raised, strict=True)
        own = {**{f"{RAISED}{name}": 1.0 * row for name, row in raised}, "held": 1.0 * ~state.followed}
        return {**reported(self.inner, state.inner), **own}

    def explain(self, state: Guard) -> list[str]:
        """Return the alarms that are raised, or else why the agent ordered what it did, a line a patient."""
        why = explained(self.inner, state.inner) or [""] * len(state.weight)
        return [_called(raised) or one for raised, one in zip(state.alarms.raised.T, why, strict=True)]

    def _aimed(self, state: Guard, found: Found) -> Guard:
        """Return the memory with what was aimed at of late; not while an index stood still: it may have been chased."""
        ordered = state.ordered.infusions[:2]
        aim = ordered if self.orders == "targets" else state.watch.predicted[3]
        steady = state.followed & found.checked.index & found.moving & (ordered > 0.0)
        period = self.control_period
        held = holding.averaged(state.held, aim, period, self.hold.memory)
        usual = holding.averaged(state.usual, ordered, period, self.hold.usual)
        return replace(
            state, held=np.where(steady, held, state.held), usual=np.where(steady, usual, state.usual)
        )

    def _chosen(
        self,
        state: Guard,
        readings: Readings,
        wanted: Array,
        found: Found,
        followed: Array,
        possible: Array,
    ) -> tuple[Array, Array]:
        """Return infusions (3, patients) before the bounds, the agent's, paced, or those that hold; what it hears."""
        own, last, watch = np.where(possible, wanted, np.nan), state.ordered.infusions, state.watch
        asked = wishes(readings)
        if self.orders == "rates":  # a floor is one of targets
            asked = replace(asked, opioid_floor=0.0)
        own[:2] = obeyed(asked, own[:2], last[:2], readings.phase)
        ended = holding.ended(own[:2], last[:2], readings.phase)
        model = watch.controller, watch.predicted
        holds = holding.held(self.hold, last[:2], state.held, self.orders, *model, ended)
        pressor = holding.pressor(self.hold, own[NOREPINEPHRINE], last[NOREPINEPHRINE], found.pressure)
        light = _asleep(readings) & (found.index > LIGHT) & ~(found.pressure < self.caps.hypotensive)
        safe = holding.kept(own[:2], state.usual, light & (readings.phase < CLOSING))
        moved = np.where(found.cycling & ~ended, holding.damped(self.hold, safe, state.usual), safe)
        slow, period = readings.time < state.paced, self.control_period
        calm = holding.unhurried(self.hold, state.usual, self.orders, found.index < self.caps.light)
        paced = holding.paced(self.hold, moved, last[:2], self.orders, period, slow, found.doubted, calm)
        held, final = np.stack([*holds, pressor]), np.where(ended, moved, paced)
        heard = np.where(found.doubted & ~ended, paced, own[:2])
        given, told = (
            np.where(followed, np.stack([*orders, own[NOREPINEPHRINE]]), held) for orders in (final, heard)
        )
        return given, told

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


def _called(raised: Array) -> str:
    """Return what raised alarms of one patient say, (alarms,)."""
    return "; ".join(ALARMS[name][0] for name, one in zip(NAMES, raised, strict=True) if one)


def _where(chosen: Array, one: Tree, other: Tree) -> Tree:
    """Return one tree's arrays for the chosen patients, the other's for the rest."""
    return map_arrays(lambda a, b: np.where(chosen, a, b), one, other)


def _believed(readings: Readings, watch: Watch, found: Found) -> Readings:
    """Return the readings, those that cannot be believed marked as not valid: they repeat the last good ones."""
    seen, checked = watch.seen, found.checked
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


def _asleep(readings: Readings) -> Array:
    """Return who should be, bool (patients,)."""
    return (readings.phase >= PREPARATION) & (readings.phase < EMERGENCE)


def _conditions(
    found: Found, readings: Readings, followed: Array, possible: Array, capped: Array, shock: float
) -> dict[str, Array]:
    """Return what alarms are about, bool (patients,) by their names."""
    checked = found.checked
    return {
        "index_missing": checked.missing,
        "index_poor": checked.poor,
        "index_stuck": checked.stuck,
        "index_jump": checked.jumped,
        "pressure_missing": checked.unmeasured,
        "pressure_flush": checked.flushed,
        "lost_delivery": found.lost,
        "dose_mismatch": found.mismatched,
        "limit_cycle": found.cycling,
        "fallback": ~followed,
        "impossible_order": ~possible,
        "capped": capped,
        "deep": found.index < BURST_SUPPRESSION,
        "light": (found.index > LIGHT) & _asleep(readings),
        "hypotension": found.pressure < shock,
    }


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
