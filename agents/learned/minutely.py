"""How a policy learned from logged cases meets a case: what it is shown every minute, and the moves it may make.

Moves are steps of the logs of two targets, few enough to be counted: that is what lets a policy be judged from cases
that another one dosed. The same functions serve the clinicians who are logged, recorded cases, and the agent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from agents.human.attention import looked
from agents.human.rules import Settings
from agents.learned import imitation
from agents.learned.imitation import Sight
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import Readings

# All of it is a choice.
DECISION, BEGIN = 60.0, 180.0  # s between decisions, and from the first drug to the first of them
PROPOFOL_STEPS = np.array([-0.25, -0.1, 0.0, 0.1, 0.25])  # log of new over old target
REMIFENTANIL_STEPS = np.array([-0.25, 0.0, 0.25])
MOVES = np.array([[one, other] for one in PROPOFOL_STEPS for other in REMIFENTANIL_STEPS])  # (moves, 2)
HOLD = int(np.flatnonzero((MOVES == 0.0).all(axis=1))[0])
LOWEST, HIGHEST = np.array([[0.5], [0.5]]), np.array([[8.0], [10.0]])  # µg/mL and ng/mL
SLOW = 300.0  # s, of the running mean beside which the index is rising or falling
NONE = 0.05  # µg/mL and ng/mL, the lowest concentrations that are told from none
INPUTS = imitation.INPUTS + 7


@dataclass(frozen=True)
class Course:
    """What is remembered of a case, arrays (..., patients).

    Attributes:
        person: (4, patients), age, female, height, weight.
        mind: (3, patients), index, pressure and heart rate as smoothed by eye; NaN until seen.
        slow: of the index, over minutes; NaN until seen.
        time: s, of the last look, NaN before.
        targets, turned_at, turned: (2, patients), as in `agents.learned.imitation.Sight`, `turned_at` in s of the case.
    """

    person: Array
    mind: Array
    slow: Array
    time: Array
    targets: Array
    turned_at: Array
    turned: Array


def begin(covariates: Covariates, targets: Array) -> Course:
    """Return the memory of new cases whose pumps are set to `targets`, (2, patients)."""
    person = np.stack([covariates.age, covariates.female, covariates.height, covariates.weight])
    none = 0.0 * targets
    unseen = np.full((3, targets.shape[1]), np.nan)
    return Course(person, unseen, unseen[0], unseen[0], targets, none, none)


def usual_start(age: Array) -> Array:
    """Return the first targets, (2, patients): those of the textbook."""
    usual, elderly = Settings(), age >= Settings.elderly
    return np.stack(
        [
            np.where(elderly, usual.propofol_start_elderly, usual.propofol_start),
            np.where(elderly, usual.remifentanil_start_elderly, usual.remifentanil_start),
        ]
    )


def look(course: Course, readings: Readings) -> Course:
    """Return the memory after a look at the monitors."""
    seconds = np.nan_to_num(readings.time - course.time)
    mind = looked(course.mind, readings, seconds)
    return replace(course, mind=mind, slow=slower(course.slow, mind[0], seconds), time=readings.time)


def slower(before: np.ndarray, index: np.ndarray, seconds: float | np.ndarray) -> np.ndarray:
    """Return the running mean of an index in mind after some more seconds; it begins with the first one seen."""
    return np.where(before == before, before - np.expm1(-seconds / SLOW) * (index - before), index)


def turn(course: Course, targets: Array, time: Array) -> Course:
    """Return the memory with the pumps set to other targets, (2, patients)."""
    turns = targets != course.targets
    return replace(
        course,
        targets=targets,
        turned=np.where(turns, np.sign(targets - course.targets), course.turned),
        turned_at=np.where(turns, time, course.turned_at),
    )


def features(course: Course, readings: Readings, estimates: Mapping[str, Array]) -> np.ndarray:
    """Return what a policy is shown of a case, (INPUTS, patients).

    Raises:
        ValueError: nobody estimates what the pumps' models say of the drugs.
    """
    said = {name.removeprefix("nominal."): value for name, value in estimates.items()}
    if "effect_propofol" not in said:
        raise ValueError("observer: none; a policy learned from logged cases needs the nominal observer")
    since = readings.time - course.turned_at
    dials = (course.targets, since, course.turned, readings.time, readings.phase)
    sight = Sight(*course.mind, *dials, *course.person)  # type: ignore[call-arg]
    effect = np.stack([said["effect_propofol"], said["effect_remifentanil"]])
    return shown(sight, course.slow, effect, said["plasma_propofol"])


def shown(sight: Sight, slow: np.ndarray, effect: np.ndarray, plasma: np.ndarray) -> np.ndarray:
    """Return what a policy is shown, (INPUTS, ...), each of order one.

    Args:
        sight: what clinicians have in mind.
        slow: running mean of the index over minutes, NaN where never seen.
        effect: (2, ...), effect sites as the pumps' models have them, µg/mL and ng/mL.
        plasma: of propofol, likewise.
    """
    off = np.nan_to_num(sight.index - 50.0)
    rising = np.nan_to_num(sight.index - slow)
    level, central = np.log(np.maximum(effect, NONE) / 3.0), np.log(np.maximum(plasma, NONE) / 3.0)
    rows = [
        np.tanh(off / 5.0),
        np.clip(np.nan_to_num(slow - 50.0) / 15.0, -3.0, 3.0),
        np.clip(rising / 10.0, -3.0, 3.0),
        np.fmax(70.0 - np.nan_to_num(sight.pressure, nan=80.0), 0.0) / 10.0,
        *level,
        np.clip(central - level[0], -2.0, 2.0),
    ]
    return np.concatenate([imitation.shown(sight), np.stack(rows)])


def moved(targets: np.ndarray, move: np.ndarray) -> np.ndarray:
    """Return the targets after a move, (2, ...), within their range."""
    return np.clip(targets * np.exp(MOVES[move].T), LOWEST, HIGHEST)


def together(propofol: np.ndarray, remifentanil: np.ndarray) -> np.ndarray:
    """Return the odds of moves, (moves, ...), of two dials that are turned independently, (steps, ...) each."""
    return (propofol[:, None] * remifentanil[None]).reshape(len(MOVES), *propofol.shape[1:])


def drawn(odds: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Return moves, (patients,), drawn from odds (moves, patients) by chance in (0, 1), (patients,)."""
    passed = (np.cumsum(odds, axis=0) < chance * odds.sum(axis=0)).sum(axis=0)
    return np.minimum(passed, len(odds) - 1)
