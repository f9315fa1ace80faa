"""Supervised: an agent proposes; who looks in now and then accepts, or declines what the signs contradict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from agents.control.around import Around, explained, reported
from agents.human import rules
from agents.human.rules import GOOD_QUALITY, Settings
from sim.arrays import Array, map_arrays
from sim.covariates import Covariates
from sim.interfaces import NOREPINEPHRINE, PROPOFOL, REMIFENTANIL, Agent, Orders, Readings
from sim.surgery import EMERGENCE

NEVER = float("inf")


@dataclass(frozen=True)
class Doubts:
    """When a proposal is declined (choices).

    Attributes:
        light, deep: BIS above which propofol is not lowered, and below which it is not raised.
        hypotensive: mean arterial pressure below which neither hypnotic is raised, mmHg.
        slow: heart rate below which remifentanil is not raised, 1/min.
        hypertensive: mean arterial pressure above which norepinephrine is not raised, mmHg.
    """

    light: float = 60.0
    deep: float = 40.0
    hypotensive: float = 60.0
    slow: float = 45.0
    hypertensive: float = 100.0


@dataclass(frozen=True)
class Supervision:
    """What is remembered, arrays (patients,) unless said.

    Attributes:
        inner: the agent's memory.
        look, delay: s between looks, and from accepting to the dial; of the clinician, constant.
        next_look: s.
        orders: in force.
        accepted, due: what will be in force from when on, s; infinity: nothing new.
        boluses, pressors: proposed since the last look, (3, patients) and (2, patients).
        declined: how many proposals were.
    """

    inner: Any
    look: Array
    delay: Array
    next_look: Array
    orders: Array
    accepted: Array
    due: Array
    boluses: Array
    pressors: Array
    declined: Array


@dataclass(frozen=True)
class Supervised(Around):
    """An agent whose orders are proposals; see the top of this file.

    Each clinician looks every 15 to 60 s and takes some seconds to turn the dials, as in `agents.human.rules`. What is
    injected waits for the look, too. An agent is told what was declined if it offers `follow(state, orders)`.

    Attributes:
        settings: how clinicians work.
        doubts: what they decline.
    """

    settings: Settings = field(default_factory=Settings)
    doubts: Doubts = field(default_factory=Doubts)

    def initial(self, covariates: Covariates, keys: np.ndarray) -> Supervision:
        """Return the memory for new cases: nothing in force, the first look at once."""
        who = rules.clinician(self.settings, covariates, keys)
        zero = 0.0 * covariates.age
        three = np.stack([zero] * 3)
        return Supervision(
            inner=self.inner.initial(covariates, keys),
            look=who.look,
            delay=who.delay,
            next_look=zero,
            orders=three,
            accepted=three,
            due=zero + NEVER,
            boluses=three,
            pressors=three[:2],
            declined=zero,
        )

    def act(
        self, state: Supervision, readings: Readings, estimates: Mapping[str, Array]
    ) -> tuple[Orders, Supervision]:
        """Return what is in force after a look at the proposal where it is time to, and the memory."""
        time = readings.time
        proposed, inner = self.inner.act(state.inner, readings, estimates)
        looks = time >= state.next_look
        fits = ~contradicted(self.doubts, proposed.infusions, state.orders, readings)
        agreed, declined = np.where(fits, proposed.infusions, state.orders), looks & ~fits.all(axis=0)
        accepted = np.where(looks, agreed, state.accepted)
        new = looks & (agreed != state.orders).any(axis=0) & np.isinf(state.due)
        due = np.where(new, time + state.delay, state.due)
        turns = time >= due
        orders = np.where(turns, accepted, state.orders)
        boluses, pressors = state.boluses + proposed.boluses, state.pressors
        if proposed.pressors is not None:
            pressors = pressors + proposed.pressors
        given = Orders(
            orders, np.where(looks, boluses, 0.0), np.where(looks, pressors, 0.0), proposed.rocuronium
        )
        return given, replace(
            state,
            inner=self._told(inner, replace(given, infusions=agreed), declined),
            next_look=np.where(looks, time + state.look, state.next_look),
            orders=orders,
            accepted=accepted,
            due=np.where(turns, NEVER, due),
            boluses=np.where(looks, 0.0, boluses),
            pressors=np.where(looks, 0.0, pressors),
            declined=state.declined + declined,
        )

    def report(self, state: Supervision) -> Mapping[str, Array]:
        """Return what the agent says of itself, and how many of its proposals were declined."""
        return {**reported(self.inner, state.inner), "declined": state.declined}

    def explain(self, state: Supervision) -> list[str]:
        """Return why the agent proposes what it does, a line a patient."""
        return explained(self.inner, state.inner)

    def _told(self, inner: Any, agreed: Orders, declined: Array) -> Any:
        follow = getattr(self.inner, "follow", None)
        if follow is None or not declined.any():
            return inner
        return map_arrays(lambda a, b: np.where(declined, a, b), follow(inner, agreed), inner)


def contradicted(doubts: Doubts, proposed: Array, present: Array, readings: Readings) -> Array:
    """Return which proposals the signs contradict, bool (3, patients); signs that are not valid contradict nothing.

    Args:
        doubts: when.
        proposed, present: (3, patients), infusions.
        readings: of now.
    """
    up, down = proposed > present, proposed < present
    seen = readings.bis_valid & (readings.signal_quality >= GOOD_QUALITY)
    light, deep = seen & (readings.bis > doubts.light), seen & (readings.bis < doubts.deep)
    pressure = readings.mean_arterial_pressure
    low = readings.pressure_valid & (pressure < doubts.hypotensive)
    high = readings.pressure_valid & (pressure > doubts.hypertensive)
    slow = readings.heart_rate_valid & (readings.heart_rate < doubts.slow)
    sleeps = readings.phase < EMERGENCE
    return np.stack(
        [
            (up[PROPOFOL] & (deep | (low & ~light))) | (down[PROPOFOL] & light & sleeps),
            up[REMIFENTANIL] & (slow | low),
            up[NOREPINEPHRINE] & high,
        ]
    )


def supervised(agent: Agent) -> Supervised:
    """Return an agent whose orders are proposals to somebody who looks in every 15 to 60 s."""
    return Supervised(agent)
