"""Whole stays, and the futures that a state may have: what is exactly true of it."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from sim.arrays import Array, take
from sim.outcomes.intensive_care.channels import HORIZONS
from sim.outcomes.intensive_care.course import STEP, State, advance, begin, chances, drawn_ends, ended, lived
from sim.outcomes.intensive_care.people import TUNED, Person, Practice, drawn
from sim.randomness import case_keys

SHOWN = 96  # half hours that are charted
FOLLOWED = SHOWN + round(max(HORIZONS) / STEP)  # half hours that ends are known of


@dataclass(frozen=True)
class Stays:
    """Stays of people; half hour k ends (k + 1) / 2 h after admission.

    Attributes:
        keys: of chance, (patients,).
        person: who.
        course: true states, each (half hours, patients), `ended` (half hours, 3, patients).
        ends: (3, patients), h after admission at which each end came; infinite where it did not.
    """

    keys: Array
    person: Person
    course: State
    ends: Array

    def known(self) -> Array:
        """Return what a chart says of everybody at admission; see `Person.known`."""
        return self.person.known()

    def at(self, step: int) -> State:
        """Return the true states of everybody after a half hour."""
        return State(**{field.name: getattr(self.course, field.name)[step] for field in fields(State)})


def stays(numbers: Array, seed: int, practice: Practice = TUNED) -> Stays:
    """Return stays of people, (patients,) whole numbers, followed for 72 h. Raises ValueError on a negative seed."""
    keys = case_keys(seed, numbers)
    person = drawn(keys, practice)
    state, states = begin(person, keys), []
    for step in range(FOLLOWED):
        state = advance(person, state, keys, step)
        states.append(state)
    course = State(
        **{field.name: np.stack([getattr(one, field.name) for one in states]) for field in fields(State)}
    )
    came = course.ended.any(axis=0)
    first = course.ended.argmax(axis=0) + 1
    return Stays(keys, person, course, np.where(came, STEP * first, np.inf))


def coming(ends: Array) -> Array:
    """Return whether each end comes within its horizon, (3, 96, patients), 0 or 1; NaN once it came or life ended.

    Args:
        ends: (3, patients), see `Stays`.
    """
    now = STEP * (1.0 + np.arange(SHOWN))[:, None]
    ends = ends[:, None]
    comes = (ends <= now + np.array(HORIZONS)[:, None, None]) * 1.0
    return np.where((ends > now) & (ends[2] > now), comes, np.nan)


def foreseen(stays: Stays, step: int, futures: int, seed: int) -> Array:
    """Return how likely each end is within its horizon, given the true state, (3, patients): by many futures.

    Nobody who reads a chart can know more. Each end is spared in futures of its own, in which its chances add up; other
    ends come as they may.

    Args:
        stays: of whom.
        step: half hour after which the state is known; what has come by then does not come again.
        futures: how many.
        seed: of their chance.
    """
    count = len(stays.keys)
    many = np.tile(np.arange(count), futures)
    person, start = take(stays.person, many), take(stays.at(step), many)
    keys = case_keys(seed, np.arange(count * futures))
    found = []
    for end, horizon in enumerate(HORIZONS):
        state, spared = start, np.ones(count * futures)
        for later in range(step + 1, step + 1 + round(horizon / STEP)):
            state = lived(person, state, keys, later)
            likely = chances(person, state)
            spared = spared * (1.0 - likely[end])
            comes = drawn_ends(likely, keys, later)
            comes[end] = False
            state = ended(state, comes)
        found.append(1.0 - spared.reshape(futures, count).mean(axis=0))
    return np.stack(found)
