"""The anaesthetist as recorded: sets targets as clinicians were seen to, by hazards of turning a dial up or down.

Whether a dial is turned, which way and how far is chance whose odds depend on what is in mind (index, pressure, heart
rate, the target, what was turned last, the phase of surgery) and on the clinician's temperament, drawn once a case.
Induction targets, and when the drugs are started and stopped, are drawn too. NumPy only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
from scipy.special import ndtri

from agents.files import in_folder
from agents.human.attention import Mind, features, looked
from agents.human.habits import SIZED, Dial, Habits
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import About, OrderMode, Orders, Readings
from sim.published import ADULTS, warn_outside
from sim.randomness import truncated_normals, uniforms
from sim.surgery import CLOSING, INCISION

TABLE = Path(__file__).parents[1] / "settings" / "anaesthetist_as_recorded.json"
ROUNDING = 0.1  # of targets, µg/mL and ng/mL, as pumps are set
LOWEST, HIGHEST = 0.3, 15.0  # likewise (choice)
LARGEST_STEP = 1.2  # log of new over old (choice)
HIGHEST_LOG_HAZARD = 3.0  # per minute: hands are no quicker than 20 (choice)
NEVER = np.inf


@dataclass(frozen=True)
class Memory:
    """What the clinicians remember of their cases.

    Attributes:
        keys: (patients,), of their chance.
        age: (patients,), years.
        temperament: (2, 3, patients), see `agents.human.habits`.
        schedule: (3, patients), s.
        mind: (3, patients), index, pressure and heart rate as smoothed by eye; NaN before any was seen.
        time: (patients,), s, of the last look; NaN before.
        targets: (2, patients), µg/mL and ng/mL; what the pumps are set to while they are on.
        turned_at, turned: (2, patients), s, when each was last turned, and 1 up, -1 down, 0 not yet.
        off: (2, patients), s, when the pumps are stopped; infinity: not decided.
        inclined: (patients,), to treat hypotension, added to the log of the rate of boluses.
        injected_at: (patients,), s, of the last bolus of a pressor; minus infinity before any.
    """

    keys: np.ndarray
    age: Array
    temperament: Array
    schedule: Array
    mind: Array
    time: Array
    targets: Array
    turned_at: Array
    turned: Array
    off: Array
    inclined: Array
    injected_at: Array


@dataclass(frozen=True)
class AsRecorded:
    """Sets targets by chance and habit, as recorded anaesthetists did."""

    orders: ClassVar[OrderMode] = "targets"
    about: ClassVar[About] = About(
        "index, pressure, heart rate, phase; by habit",
        "both targets, injections at a low pressure",
        "as recorded",
    )
    habits: Habits = field(repr=False)

    def initial(self, covariates: Covariates, keys: np.ndarray) -> Memory:
        """Draw the clinicians of new cases and what they start with."""
        warn_outside("agent anaesthetist_as_recorded", covariates, ADULTS)
        keys, age = np.atleast_1d(keys), covariates.age
        temperament, schedule = self.habits.temperaments(keys), self.habits.schedules(keys)
        decades = (age - 60.0) / 10.0
        start = [
            np.exp(dial.start[0] + dial.start[1] * decades + own)
            for dial, own in zip(self.habits.dials, temperament[:, 0], strict=True)
        ]
        begins = np.stack([np.maximum(schedule[0], 0.0), np.maximum(-schedule[0], 0.0)])
        unseen, none = np.full((3, len(age)), np.nan), np.zeros((2, len(age)))
        targets = dialled(np.stack(start))
        inclined = self.habits.rescue.spread * truncated_normals(keys, "clinician rescuer", 1)[0]
        clinician = (keys, age, temperament, schedule)
        dials = (targets, begins, none, none + NEVER)
        return Memory(*clinician, unseen, unseen[0], *dials, inclined, none[0] - NEVER)

    def act(self, state: Memory, readings: Readings, estimates: Mapping[str, Array]) -> tuple[Orders, Memory]:
        """Return the targets and pressors for the next control period, and the memory."""
        time = readings.time
        seconds = np.nan_to_num(time - state.time)
        state = _stops(replace(state, mind=looked(state.mind, readings, seconds), time=time), readings)
        chance = uniforms(state.keys, "clinician", time.astype(np.int64), 9).reshape(3, 3, -1)
        running = (time >= _begins(state)) & (time < state.off)
        seen = _features(state, readings)
        for drug, dial in enumerate(self.habits.dials):
            before = state
            able = np.where(running[drug], seconds, 0.0)
            state = _decided(dial, drug, state, readings, able, seen[:, drug], chance[drug])
            if drug == 0 and state is not before:  # the second dial knows what just became of the first
                seen = _features(state, readings)
        infusions = np.zeros((3, len(time)))
        infusions[:2] = np.where(running, state.targets, 0.0)
        pressors, last = self.habits.rescue.injected(
            state.mind, state.inclined, state.injected_at, time, seconds, chance[2]
        )
        return Orders(infusions, np.zeros_like(infusions), pressors), replace(state, injected_at=last)


def as_recorded(path: Path = TABLE) -> AsRecorded:
    """Return the anaesthetist fitted to the decisions of recorded cases; targets, pauses and stops as theirs."""
    return AsRecorded(Habits.read(in_folder(path, TABLE.name)))


def _begins(state: Memory) -> np.ndarray:
    """Return when each drug is started, s, (2, patients): the one that comes first, at once."""
    return np.maximum(np.stack([state.schedule[0], -state.schedule[0]]), 0.0)


def _stops(state: Memory, readings: Readings) -> Memory:
    """Return the memory with the stops decided where surgeons have just begun to close."""
    closes = (readings.phase >= CLOSING) & (state.off[0] == NEVER)
    propofol = np.maximum(readings.time + state.schedule[1], readings.time)
    remifentanil = np.maximum(propofol + state.schedule[2], readings.time)
    return replace(state, off=np.where(closes, np.stack([propofol, remifentanil]), state.off))


def _features(state: Memory, readings: Readings) -> np.ndarray:
    """Return what hazards of both dials depend on, (features, 2, patients)."""
    since = np.maximum(readings.time - state.turned_at, 0.0)
    index, pressure, rate = state.mind
    dials = (state.targets, state.age, since, state.turned, since[::-1], state.turned[::-1])
    return features(Mind(index, pressure, rate, *dials, readings.phase))  # type: ignore[call-arg]


def _decided(
    dial: Dial,
    drug: int,
    state: Memory,
    readings: Readings,
    seconds: np.ndarray,
    seen: np.ndarray,
    chance: np.ndarray,
) -> Memory:
    """Return the memory with one drug's dial turned where chance has it so; the same if it is for nobody.

    Args:
        seconds: (patients,), in which it could be turned.
        seen: (features, patients).
        chance: (3, patients), 0 to 1: whether, which way, how far.
    """
    _, activity, drive = state.temperament[drug]
    log_rates = dial.hazards @ seen + activity
    log_rates[0] += drive
    log_rates[1] -= drive
    per_minute = np.exp(np.minimum(log_rates, HIGHEST_LOG_HAZARD))
    total = per_minute.sum(axis=0)
    happens, which, size = chance
    turns = happens < -np.expm1(-total * seconds / 60.0)
    if not turns.any():
        return state
    up = which * total < per_minute[0]
    new = _stepped(dial, state.targets[drug], up, readings.phase >= INCISION, seen[SIZED], ndtri(size))
    chosen = np.zeros(state.targets.shape, dtype=bool)
    chosen[drug] = turns
    return replace(
        state,
        targets=np.where(chosen, new, state.targets),
        turned=np.where(chosen, np.where(up, 1.0, -1.0), state.turned),
        turned_at=np.where(chosen, readings.time, state.turned_at),
    )


def _stepped(
    dial: Dial, target: np.ndarray, up: np.ndarray, late: np.ndarray, seen: np.ndarray, z: np.ndarray
) -> np.ndarray:
    """Return the target after a step up or down, (patients,); one step of the dial at least."""
    kind = np.where(up, 0, 2) + late
    every = dial.steps.reshape(4, -1) @ seen
    mean = np.take_along_axis(every, kind[None], axis=0)[0]
    step = np.minimum(np.exp(mean + dial.step_sd.ravel()[kind] * z), LARGEST_STEP)
    way = np.where(up, 1.0, -1.0)
    far = np.maximum(np.abs(target * np.expm1(way * step)), ROUNDING)
    return dialled(target + way * far)


def dialled(targets: np.ndarray) -> np.ndarray:
    """Return targets as dials show them, within their range."""
    return np.clip(np.round(targets / ROUNDING) * ROUNDING, LOWEST, HIGHEST)
