"""What the index has shown lately: its level, its trend, how restless it is, and whether it can be seen at all."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from sim.arrays import Array, at_least, namespace, stack, within
from sim.covariates import Covariates
from sim.interfaces import Readings

LEVEL = 30.0  # s, averaged to the present level
TREND = 120.0  # s, through which the trend line goes
LEAST = 4  # readings, without which there is no trend
AWAKE = 93.0  # level before the first reading
FAST, SLOW = 60.0, 300.0  # s, time constants of running means
FEATURES = 9


@dataclass(frozen=True)
class Recent:
    """Attributes: values, valid (readings of `TREND`, patients), newest first; level, last mean of `LEVEL` s that had a
    reading; means (2, patients), running; restless, running squared change from reading to reading; age, s since the
    last valid reading. Index points throughout.
    """

    values: Array
    valid: Array
    level: Array
    means: Array
    restless: Array
    age: Array


def begin(person: Covariates, period: float) -> Recent:
    """Return the memory of somebody awake who has not been looked at."""
    xp = namespace(person.age)
    zero = 0.0 * person.age
    rows = max(round(TREND / period), 2)
    level = zero + AWAKE
    return Recent(
        values=xp.stack([zero] * rows),
        valid=xp.stack([zero] * rows),
        level=level,
        means=xp.stack([level, level]),
        restless=zero + 9.0,
        age=zero,
    )


def look(memory: Recent, readings: Readings, period: float) -> Recent:
    """Add a reading; an invalid one only makes the last valid one older."""
    xp = namespace(memory.level)
    seen = readings.bis_valid
    valid = xp.concat([(1.0 * seen)[None], memory.valid[:-1]])
    values = xp.concat([xp.where(seen, readings.bis, 0.0 * memory.level)[None], memory.values[:-1]])
    rows = max(round(LEVEL / period), 1)
    count = valid[:rows].sum(0)
    level = xp.where(count > 0.0, values[:rows].sum(0) / at_least(count, 1.0), memory.level)
    shares = [1.0 - math.exp(-period / seconds) for seconds in (FAST, SLOW)]
    means = stack([mean + share * (level - mean) for mean, share in zip(memory.means, shares, strict=True)])
    change = xp.where(seen & (memory.valid[0] > 0.0), (values[0] - memory.values[0]) ** 2, memory.restless)
    return replace(
        memory,
        values=values,
        valid=valid,
        level=level,
        means=means,
        restless=memory.restless + shares[1] * (change - memory.restless),
        age=xp.where(seen, 0.0 * memory.age, memory.age + period),
    )


def slope(memory: Recent, period: float) -> Array:
    """Return the least-squares trend of the last two minutes, index points a second; 0 with too few readings."""
    xp = namespace(memory.level)
    count = at_least(memory.valid.sum(0), 1.0)
    time = -period * xp.arange(memory.valid.shape[0], dtype=memory.level.dtype)[:, None] + 0.0 * memory.valid
    centre = (time * memory.valid).sum(0) / count
    middle = (memory.values * memory.valid).sum(0) / count
    lever = (time - centre) * memory.valid
    spread = (lever**2).sum(0)
    enough = memory.valid.sum(0) >= LEAST
    rise = (lever * (memory.values - middle)).sum(0) / xp.where(enough, spread, 1.0 + 0.0 * spread)
    return xp.where(enough, rise, 0.0 * rise)


def features(memory: Recent, period: float) -> Array:
    """Return (FEATURES, patients), each of order one."""
    xp = namespace(memory.level)
    last = xp.where(memory.valid[0] > 0.0, memory.values[0] - memory.level, 0.0 * memory.level)
    return stack(
        [
            (memory.level - 50.0) / 20.0,
            within(memory.level - 80.0, -5.0, 15.0) / 10.0,
            last / 5.0,
            (memory.level - memory.means[0]) / 10.0,
            (memory.level - memory.means[1]) / 10.0,
            within(100.0 * slope(memory, period), -40.0, 40.0) / 10.0,
            0.5 * xp.log1p(memory.restless) - 1.0,
            memory.valid[0],
            xp.log1p(memory.age / 30.0),
        ]
    )
