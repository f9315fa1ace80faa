"""Weeks of people on a ward, what is charted of them, and the futures that a state may have.

Vital signs move away from what is usual for the person, each kind of illness by its own pattern; pain, fright and fever
move them too, for a few hours, and mean nothing. They are charted every 6 to 8 h, and thrice as often once somebody
has noticed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array, take
from sim.outcomes.arrest.channels import CHANNELS, HORIZON, HOURS
from sim.outcomes.arrest.illness import Illness, advance, begin, lived
from sim.randomness import case_keys, series, to_normals, truncated_normals, uniforms

SHOWN = 84  # rows that are charted: a week
FOLLOWED = SHOWN + round(HORIZON / HOURS)
UPSET, CALMED = 0.03, 0.6  # share of rows in which somebody is upset, and of it that is left a row later
WORRIED = 3.0  # times as often are signs charted


@dataclass(frozen=True)
class Sign:
    """What is usual, mean and SD between people; what a unit of each kind of illness adds; what being upset adds."""

    usual: tuple[float, float]
    ill: tuple[float, float, float]
    upset: float


SIGNS = {
    "systolic": Sign((128.0, 17.0), (-6.0, -3.0, -11.0), 14.0),
    "heart_rate": Sign((79.0, 11.0), (9.0, 4.0, 6.0), 16.0),
    "respiratory_rate": Sign((17.0, 2.2), (1.5, 3.2, 1.2), 3.5),
    "temperature": Sign((36.7, 0.3), (0.45, 0.05, -0.05), 0.5),
}


@dataclass(frozen=True)
class Weeks:
    """Weeks of people; row k of a chart is written 2 (k + 1) h after admission.

    Attributes:
        keys: of chance, (patients,).
        age, female: years, 0 or 1, (patients,).
        course: true states, each (rows, patients).
        ends: (1, patients), h after admission at which the heart stopped; infinite where it did not.
    """

    keys: Array
    age: Array
    female: Array
    course: Illness
    ends: Array

    def known(self) -> Array:
        """Return what a chart says of them at admission, (2, patients), in the order of `KNOWN`."""
        return np.stack([self.age, self.female])

    def at(self, rows: int | slice) -> Illness:
        """Return the true states after some rows."""
        return Illness(*(getattr(self.course, name)[rows] for name in Illness.__dataclass_fields__))


def weeks(numbers: Array, seed: int) -> Weeks:
    """Return weeks of people, (patients,) whole numbers, and a day more. Raises ValueError on a negative seed."""
    keys = case_keys(seed, numbers)
    age = np.clip(63.0 + 15.0 * truncated_normals(keys, "on the ward", 1)[0], 18.0, 95.0)
    female = (uniforms(keys, "on the ward", 0, 1)[0] < 0.5) * 1.0
    state, states = begin(len(keys)), []
    for row in range(FOLLOWED):
        state = advance(age, state, keys, row)
        states.append(state)
    course = Illness(
        *(np.stack([getattr(one, name) for one in states]) for name in Illness.__dataclass_fields__)
    )
    hours = HOURS * (course.arrested.argmax(axis=0) + 1.0)
    return Weeks(keys, age, female, course, np.where(state.arrested, hours, np.inf)[None])


def charted(found: Weeks) -> dict[str, Array]:
    """Return what is charted, name -> (84, patients); NaN where nothing is, and from an arrest on."""
    rows, keys, ill = np.arange(SHOWN), found.keys, found.at(slice(SHOWN))
    shaken = upset(keys)
    own = truncated_normals(keys, "what is usual", len(SIGNS))
    shown = {}
    for z, (name, sign) in zip(own, SIGNS.items(), strict=True):
        channel, (mean, sd) = CHANNELS[name], sign.usual
        true = mean + sd * z + np.array(sign.ill)[ill.kind] * ill.depth + sign.upset * shaken
        draw = np.moveaxis(series(keys, f"charted {name}", rows, 2), 1, 0)
        often = np.where(ill.noticed & (ill.depth > 0.0), WORRIED, 1.0) * HOURS / channel.every
        seen = ((draw[0] < np.minimum(often, 0.97)) | (rows[:, None] == 0)) & ~ill.arrested
        values = true * (1.0 + channel.error * to_normals(draw[1]))
        shown[name] = np.where(seen, np.clip(values, channel.least, channel.most), np.nan)
    return shown


def upset(keys: Array) -> Array:
    """Return how upset people are, (84, patients), 0 to 1.5."""
    chance = series(keys, "upset", np.arange(SHOWN), 2)
    now, found = np.zeros(len(keys)), []
    for often, how in chance:
        now = np.where(often < UPSET, 0.5 + how, CALMED * now)
        found.append(now)
    return np.stack(found)


def coming(ends: Array) -> Array:
    """Return whether the heart stops within the horizon, (1, 84, patients), 0 or 1; NaN once it has."""
    now = HOURS * (1.0 + np.arange(SHOWN))[:, None]
    return np.where(ends[:, None] > now, (ends[:, None] <= now + HORIZON) * 1.0, np.nan)


def foreseen(found: Weeks, row: int, futures: int, seed: int) -> Array:
    """Return how likely an arrest is within the horizon, given the true state after a row, (1, patients).

    A mean over futures, in which chances add up. Nobody who reads a chart can know more.
    """
    count = len(found.keys)
    many = np.tile(np.arange(count), futures)
    state, age = take(found.at(row), many), found.age[many]
    keys, spared = case_keys(seed, np.arange(count * futures)), np.ones(count * futures)
    for later in range(row + 1, row + 1 + round(HORIZON / HOURS)):
        state, likely = lived(age, state, keys, later)
        spared = spared * (1.0 - likely)
    return 1.0 - spared.reshape(futures, count).mean(axis=0)[None]
