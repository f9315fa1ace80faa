"""Simulated people before and after surgery, whose finger is listened to and who rate their pain.

All that decides how hard the question is stands in `Difficulty` and was fixed before any model was compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from predictors.learning.cases import Cases, Signal
from predictors.pain.classes import WORST
from sim.arrays import Array, take
from sim.cohort.people import surgical_people
from sim.randomness import case_keys, normals, truncated_normals, uniforms
from sim.waves import WAVES
from sim.waves.drive import Drive

WINDOW = 300.0  # s
WINDOWS = 3  # of each recording
RECORDINGS = ("before", "after")
BETWEEN = 60  # s that are played and not recorded, so that nothing of one recording is heard in the other
AWAKE = 95.0  # index
TYPICAL = 75.0  # mL, stroke volume
SLOT = 30  # s between draws of what comes and goes
AT_ONCE = 64  # people


@dataclass(frozen=True)
class Difficulty:
    """How pain is felt, answered and rated, and what else moves the finger.

    Most is the design of the project's reference for Lim 2019: nociception s, heart rate + 18 s, NRS = 10 s^gamma +
    N(0, 1.3). Beta and the spread of gamma were set by the ratings that Lim 2019 prints (100 people: mean 5.4, SD 2.5,
    22 of 0-3); confounders are choices: vasomotion that moves the amplitude by a sixth, a pressor in a third of
    recordings, an analgesic in half of those after surgery. What pain does to the wave (amplitude - 45 %, CV 0.6
    between people, 0.5 of how they answer, notch, width, respiratory arrhythmia) is `sim.waves.pulse`'s, which knows
    nothing of this study.

    Attributes:
        pain: shape of the beta distribution of s after surgery.
        calm: largest s before.
        wandering: SD of the factor by which s comes and goes, drawn every 30 s.
        vasomotion: log-SD of resistance, likewise, which has nothing to do with pain.
        exponent: log-SD between people of gamma.
        noise: SD of a rating.
        heart_rate: mean and SD between people, 1/min.
        pressure: mean, mmHg, and log-SD between people.
        faster, higher: 1/min and mmHg by full nociception in a typical person.
        answering: log-SD between people of both.
        pressor: share of recordings, and the most by which it raises resistance and slows the heart, as shares.
        analgesic: share of recordings after surgery, and the most by which it lowers resistance and slows the heart.
    """

    pain: tuple[float, float] = (2.8, 2.2)
    calm: float = 0.05
    wandering: float = 0.2
    vasomotion: float = 0.4
    exponent: float = 0.3
    noise: float = 1.3
    heart_rate: tuple[float, float] = (72.0, 10.0)
    pressure: tuple[float, float] = (93.0, 0.10)
    faster: float = 18.0
    higher: float = 10.0
    answering: float = 0.47
    pressor: tuple[float, float, float] = (0.33, 0.8, 0.10)
    analgesic: tuple[float, float, float] = (0.5, 0.4, 0.10)


@dataclass(frozen=True)
class Course:
    """What one recording of everybody is driven by: s, a rating, and the circulation at rest, (people,) each."""

    pain: Array
    rating: Array
    heart_rate: Array
    pressure: Array
    stroke_volume: Array
    answer: Array


@dataclass(frozen=True)
class Ward:
    """Where recordings come from: `cases(count, seed)` are 6 windows of each of so many people.

    Signal "ppg" is the wave, label "rating" the pain they say, "pain" what they feel (s), "after" whether surgery is
    over; a case is a window, its subject the person.
    """

    difficulty: Difficulty = field(default_factory=Difficulty)
    windows: int = WINDOWS
    window: float = WINDOW

    def cases(self, count: int, seed: int) -> Cases:
        """Return the windows of `count` people."""
        keys = case_keys(seed, np.arange(count))
        person = surgical_people(keys)
        parts = [
            self._batch(take(person, rows), keys[rows])
            for rows in np.array_split(np.arange(count), -(-count // AT_ONCE))
        ]
        waves = np.concatenate([wave for wave, _ in parts], axis=1)
        labels = np.concatenate([told for _, told in parts], axis=1)
        each = len(RECORDINGS) * self.windows
        whose = np.repeat(np.arange(count), each)
        subject = np.array([f"person {seed} {number}" for number in range(count)])[whose]
        what = np.tile(np.repeat(RECORDINGS, self.windows), count)
        turn = np.tile(np.arange(self.windows), count * len(RECORDINGS)).astype(str)
        who = np.array([" ".join(one) for one in zip(subject, what, turn, strict=True)])
        wave = WAVES.get("ppg")()
        return Cases(
            who,
            subject,
            take(person, whose),
            np.full(len(whose), self.window),
            {"ppg": Signal(waves, 1.0 / wave.rate, wave.unit)},
            {name: Signal(row[None]) for name, row in zip(("rating", "pain", "after"), labels, strict=True)},
        )

    def _batch(self, person: Array, keys: Array) -> tuple[Array, Array]:
        """Return waves (samples, windows), a person's side by side, and rating, pain and after, (3, windows)."""
        wave = WAVES.get("ppg")()
        state = wave.begin(person, keys)
        played, told = [], []
        for number, course in enumerate(courses(keys, self.difficulty)):
            if number:
                state, _ = wave.play(state, drive(course, keys, self.difficulty, number, 0, BETWEEN))
            for turn in range(self.windows):
                row = drive(course, keys, self.difficulty, number, 1 + turn, round(self.window))
                state, samples = wave.play(state, row)
                played.append(samples)
                told.append(np.stack([course.rating, course.pain, np.full(len(keys), float(number))]))
        both = (np.stack(part, axis=-1) for part in (played, told))  # (rows, people, windows)
        waves, labels = (part.reshape(len(part), -1) for part in both)
        return waves.astype(np.float32), labels


def courses(keys: Array, difficulty: Difficulty) -> Iterator[Course]:
    """Yield both recordings of people: before and after surgery."""
    own = truncated_normals(keys, "pain person", 4)
    gamma = np.exp(difficulty.exponent * own[0])
    rate = difficulty.heart_rate[0] + difficulty.heart_rate[1] * own[1]
    pressure = difficulty.pressure[0] * np.exp(difficulty.pressure[1] * own[2])
    answer = np.exp(difficulty.answering * own[3])
    for number, name in enumerate(RECORDINGS):
        u = uniforms(keys, f"pain {name}", 0, 5)
        pain = _beta(u[0], *difficulty.pain) if number else difficulty.calm * u[0]
        noise = difficulty.noise * normals(keys, f"pain rating {name}", 0, 1)[0]
        rating = np.clip(np.round(WORST * pain**gamma + noise), 0, WORST)
        shares = (difficulty.pressor[0], difficulty.analgesic[0] * number)
        pressor, analgesic = (
            amount / share * (amount < share) if share else 0.0 * amount
            for amount, share in zip(u[1:3], shares, strict=True)
        )
        resistance = (1.0 + difficulty.pressor[1] * pressor) * (1.0 - difficulty.analgesic[1] * analgesic)
        slowed = (1.0 - difficulty.pressor[2] * pressor) * (1.0 - difficulty.analgesic[2] * analgesic)
        raised = resistance**0.5  # half of it in pressure, the rest in flow
        yield Course(pain, rating, rate * slowed, pressure * raised, TYPICAL / (raised * slowed), answer)


def drive(course: Course, keys: Array, difficulty: Difficulty, number: int, turn: int, seconds: int) -> Drive:
    """Return what the body does for some seconds, (seconds, people): pain comes and goes, and circulation with it."""
    slots = -(-seconds // SLOT)
    swing = normals(keys, f"pain swing {RECORDINGS[number]}", turn, 2 * slots)
    swing = np.repeat(swing, SLOT, axis=0).reshape(2, slots * SLOT, -1)[:, :seconds]
    felt = np.clip(course.pain * (1.0 + difficulty.wandering * swing[0]), 0.0, 1.0)
    tone = np.exp(difficulty.vasomotion * swing[1])
    rows = np.ones_like(felt)
    return Drive(
        bis=AWAKE * rows,
        propofol=0.0 * rows,
        remifentanil=0.0 * rows,
        nociception=felt,
        relaxed=0.0 * rows,
        operating=0.0 * rows,
        heart_rate=course.heart_rate + difficulty.faster * course.answer * felt,
        mean_arterial_pressure=course.pressure + difficulty.higher * course.answer * felt,
        stroke_volume=course.stroke_volume / tone,
        blood_volume=rows,
    )


def _beta(uniform: Array, a: float, b: float) -> Array:
    from scipy.special import betaincinv

    return betaincinv(a, b, uniform)


WARD = Ward()
