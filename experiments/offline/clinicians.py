"""Clinicians whose decisions are counted and logged, and cases that a policy takes over from them.

A clinician of the registry thinks; once a minute what was thought becomes one of the moves of
`agents.learned.minutely`, drawn with known odds: the two steps next to the wish, so that on average it comes true, and
now and then any step at all. Induction, the stop and the treatment of hypotension stay the clinician's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, NamedTuple

import numpy as np

from agents.learned import minutely
from agents.learned.minutely import BEGIN, DECISION, MOVES, PROPOFOL_STEPS, REMIFENTANIL_STEPS, Course
from experiments.loop.evaluation import agent_named
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import Agent, OrderMode, Orders, Readings
from sim.randomness import uniforms
from sim.surgery import CLOSING

# Who can be logged, and where their memory holds the targets.
DIALS = {"anaesthetist_textbook": "dials", "anaesthetist_as_recorded": "targets"}
Policy = Callable[[np.ndarray], np.ndarray]
"""From what is shown, (INPUTS, ...), to the odds of moves, (moves, ...)."""


class Decision(NamedTuple):
    """One decision of all patients: s; what was shown (INPUTS, patients); move, its odds, whether it counts."""

    time: float
    shown: np.ndarray
    move: np.ndarray
    odds: np.ndarray
    counts: np.ndarray


@dataclass(frozen=True)
class Memory:
    """Of the clinician, and of the case as it is logged."""

    clinician: Any
    course: Course
    keys: np.ndarray


@dataclass(frozen=True)
class Logged:
    """A clinician whose minutely decisions are logged, or in whose place a policy makes them.

    Attributes:
        clinician: who thinks.
        dials: field of the clinician's memory that holds the targets, first of all of propofol and remifentanil.
        exploring: probability that a dial is turned by lot.
        policy: who decides instead; None: the clinician.
        decisions: what was decided, one entry a minute.
    """

    orders: ClassVar[OrderMode] = "targets"
    observers: ClassVar[tuple[str, ...]] = ("nominal",)
    clinician: Agent
    dials: str
    exploring: float
    policy: Policy | None = None
    decisions: list[Decision] = field(default_factory=list)

    def initial(self, covariates: Covariates, keys: np.ndarray) -> Memory:
        """Return the memory before the first look."""
        memory = self.clinician.initial(covariates, keys)
        targets = getattr(memory, self.dials)[:2]
        return Memory(memory, minutely.begin(covariates, targets), keys)

    def act(self, state: Memory, readings: Readings, estimates: Mapping[str, Array]) -> tuple[Orders, Memory]:
        """Return the orders for the next control period, and the memory; log what is decided."""
        orders, thinking = self.clinician.act(state.clinician, readings, estimates)
        time, course = readings.time, minutely.look(state.course, readings)
        wanted = getattr(thinking, self.dials)
        if float(time[0]) < BEGIN - 1e-6:
            return orders, Memory(thinking, minutely.turn(course, wanted[:2], time), state.keys)
        operating = readings.phase < CLOSING
        if round(float(time[0]) - BEGIN) % DECISION == 0:
            shown = minutely.features(course, readings, estimates)
            own = behaviour(course.targets, wanted[:2], self.exploring) if self.policy is None else None
            odds = own if own is not None else self.policy(shown)  # type: ignore[misc]
            chance = uniforms(state.keys, "logged decision", time.astype(np.int64), 1)[0]
            move = minutely.drawn(odds, chance)
            chosen = np.take_along_axis(odds, move[None], axis=0)[0]
            self.decisions.append(Decision(float(time[0]), shown, move, chosen, operating))
            course = minutely.turn(
                course, np.where(operating, minutely.moved(course.targets, move), course.targets), time
            )
            told = np.concatenate([np.where(operating, course.targets, wanted[:2]), wanted[2:]])
            thinking = replace(thinking, **{self.dials: told})
        given = np.where(operating, course.targets, orders.infusions[:2])
        infusions = np.concatenate([given, orders.infusions[2:]])
        return replace(orders, infusions=infusions), Memory(thinking, course, state.keys)


def logged(name: str, exploring: float, policy: Policy | None = None) -> Logged:
    """Return a clinician of `DIALS` to be logged. Raises ValueError on another name, or odds outside 0 to 1."""
    if name not in DIALS:
        raise ValueError(f"clinicians: {name!r} is not allowed; {', '.join(DIALS)}")
    if not 0.0 <= exploring <= 1.0:
        raise ValueError(f"exploring: {exploring} is not allowed; 0 to 1")
    return Logged(agent_named(name), DIALS[name], exploring, policy)


def behaviour(targets: np.ndarray, wanted: np.ndarray, exploring: float) -> np.ndarray:
    """Return the odds of moves, (moves, patients), of a clinician who would go from these targets to those wanted."""
    wish = np.log(np.maximum(wanted, minutely.LOWEST) / targets)
    return minutely.together(
        _beside(wish[0], PROPOFOL_STEPS, exploring), _beside(wish[1], REMIFENTANIL_STEPS, exploring)
    )


def _beside(wish: np.ndarray, steps: np.ndarray, exploring: float) -> np.ndarray:
    """Return the odds of steps, (steps, patients): those next to the wish, else any."""
    wish = np.clip(wish, steps[0], steps[-1])
    above = np.clip(np.searchsorted(steps, wish), 1, len(steps) - 1)
    share = (wish - steps[above - 1]) / (steps[above] - steps[above - 1])
    number = np.arange(len(steps)).reshape(-1, *[1] * wish.ndim)
    own = np.where(number == above, share, np.where(number == above - 1, 1.0 - share, 0.0))
    return (1.0 - exploring) * own + exploring / len(steps)


def softened(policy: Policy, softness: float) -> Policy:
    """Return a policy that draws a share of its moves by lot."""
    return lambda shown: (1.0 - softness) * policy(shown) + softness / len(MOVES)


def _steered(per_point: float) -> Policy:
    """Return who turns the dial of propofol by so much of its log for every point that the index is too high."""

    def policy(shown: np.ndarray) -> np.ndarray:
        off = np.clip(15.0 * shown[0] - 5.0, -30.0, 30.0)  # the first row is (index - 45) / 15
        still = np.zeros((len(REMIFENTANIL_STEPS), *off.shape))
        still[REMIFENTANIL_STEPS == 0.0] = 1.0
        return minutely.together(_beside(per_point * off, PROPOFOL_STEPS, 0.0), still)

    return policy


def _by_lot(shown: np.ndarray) -> np.ndarray:
    return np.full((len(MOVES), *shown.shape[1:]), 1.0 / len(MOVES))


# Simple policies, good and bad, to be told apart.
RULES: dict[str, Policy] = {
    "hold": _steered(0.0),
    "gentle": _steered(0.003),
    "brisk": _steered(0.01),
    "wrong_way": _steered(-0.003),
    "by_lot": _by_lot,
}
