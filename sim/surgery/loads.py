"""What a surgery asks of heart and vessels beside hurting: loads that come, last and go, unfelt by the brain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from sim.arrays import Array, at_least, namespace, some, within
from sim.randomness import truncated_normals, uniforms

ONSET, RELEASE = 300.0, 60.0  # s in which a load settles, and in which it is gone (choice)
SPREAD = 0.4  # log-SD of its size between patients (choice)


@dataclass(frozen=True)
class Loads:
    """Loads of a batch of cases, each (loads, patients).

    Attributes:
        begins, ends: s.
        resistance, heart_rate: logs of the factors on resistance and heart rate, once settled.
        growth: log factor on resistance that an hour adds.
    """

    begins: Array
    ends: Array
    resistance: Array
    heart_rate: Array
    growth: Array


@dataclass(frozen=True)
class Event:
    """Something done to a patient, and what it asks of heart and vessels.

    Attributes:
        description: in words, with its source.
        begins: minutes after the incision, earliest and latest.
        lasts: minutes, shortest and longest; infinite until the wound is closed.
        resistance, heart_rate, growth: see `Loads`; medians.
        rebound: log factor on resistance in the 10 min after its end.
        chance: how often a random surgery has it.
    """

    description: str
    begins: tuple[float, float]
    lasts: tuple[float, float]
    resistance: float
    heart_rate: float
    growth: float = 0.0
    rebound: float = 0.0
    chance: float = 0.0

    def loads(self, name: str, keys: np.ndarray, incision: np.ndarray, closing: np.ndarray) -> Loads:
        """Return it for every case, with a rebound if it has one, over by closing; incision and closing (patients,), s.

        What is done before an incision never begins before the case does.
        """
        u = uniforms(keys, f"event {name}", 0, 2)
        begin = incision + 60.0 * (self.begins[0] + (self.begins[1] - self.begins[0]) * u[0])
        begin = np.minimum(np.maximum(begin, 0.0), closing)
        end = closing
        if np.isfinite(self.lasts[1]):
            end = begin + 60.0 * (self.lasts[0] + (self.lasts[1] - self.lasts[0]) * u[1])
            end = np.minimum(end, closing)
        size = np.exp(SPREAD * truncated_normals(keys, f"size of event {name}", 1)[0])
        logs = self.resistance, self.heart_rate, self.growth
        load = Loads(begin[None], end[None], *(log * size[None] for log in logs))
        if not self.rebound:
            return load
        none = 0.0 * size[None]
        rebound = Loads(end[None], end[None] + 600.0, self.rebound * size[None], none, none)
        return together([load, rebound])


def nothing(patients: int) -> Loads:
    """Return no load."""
    return Loads(*[np.zeros((0, patients))] * len(fields(Loads)))


def together(parts: Sequence[Loads]) -> Loads:
    """Return all these loads."""
    return Loads(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Loads)))


def only(loads: Loads, has: np.ndarray) -> Loads:
    """Return loads that only some have, bool (patients,); those of others are nothing, and over as they begin."""
    sizes = (has * size for size in (loads.resistance, loads.heart_rate, loads.growth))
    return Loads(loads.begins, np.where(has, loads.ends, loads.begins), *sizes)


def at(loads: Loads, time: Array) -> tuple[Array, Array]:
    """Return the factors on resistance and heart rate at `time`, each (patients,)."""
    if not loads.begins.shape[0]:
        return 0.0 * time + 1.0, 0.0 * time + 1.0
    xp, since = namespace(time), time - loads.begins
    if not some((since > 0.0) & (time < loads.ends + RELEASE)):
        return 0.0 * time + 1.0, 0.0 * time + 1.0
    there = within(since / ONSET, 0.0, 1.0) * within(1.0 - (time - loads.ends) / RELEASE, 0.0, 1.0)
    resistance = (there * (loads.resistance + loads.growth * at_least(since, 0.0) / 3600.0)).sum(0)
    return xp.exp(resistance), xp.exp((there * loads.heart_rate).sum(0))
