"""What the room shows beside the index: pressure, heart rate, and how far the surgeons are.

Nothing has to be there: without an arterial line, between two readings of a cuff, or through a gap, means are of what
was seen earlier, and features say how much that was and how long ago.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from sim.arrays import Array, namespace, stack, within
from sim.covariates import Covariates
from sim.interfaces import Readings
from sim.surgery import EMERGENCE, INCISION

TYPICAL = (
    (85.0, 20.0),
    (75.0, 18.0),
)  # centre and scale of mean arterial pressure, mmHg, and of heart rate, 1/min
PLAUSIBLE = (
    (25.0, 180.0),
    (20.0, 220.0),
)  # beyond, a line is flushed or a sensor off, whatever the monitor says
SCALES = (30.0, 150.0, 900.0, 7200.0)  # s, time constants of running means
RESTLESS = 300.0  # s, time constant of the squared change
LEAST = 0.05  # of a reading; a mean of less is that of the next slower scale
FEATURES = 2 * (2 * len(SCALES) + 4) + 4


@dataclass(frozen=True)
class Bedside:
    """Pressure and heart rate, first axis of all but the clocks (2, patients), standardised.

    Attributes:
        sums, weights: (scales, 2, patients), what was seen and how much, fading with the time constants.
        before: (2, 2, patients), sum and count of what was seen before the first propofol.
        last, restless, age: last value; running squared change; s since the last value.
        clocks: (3, patients), s since the first propofol, since incision, since the end of surgery.
    """

    sums: Array
    weights: Array
    before: Array
    last: Array
    restless: Array
    age: Array
    clocks: Array


def begin(person: Covariates) -> Bedside:
    """Return the memory of somebody who has not been looked at."""
    zero = 0.0 * person.age
    pair = stack([zero, zero])
    rows = stack([pair] * len(SCALES))
    return Bedside(rows, rows, stack([pair, pair]), pair, pair + 0.02, pair, stack([zero] * 3))


def look(memory: Bedside, readings: Readings, period: float) -> Bedside:
    """Add readings; what is invalid or cannot be only makes the last value older."""
    xp = namespace(memory.last)
    pressure = 1.0 * readings.pressure_valid * (readings.pressure_age < period)
    seen, value = _standard(
        stack([readings.mean_arterial_pressure, readings.heart_rate]),
        stack([pressure, 1.0 * readings.heart_rate_valid]),
    )
    awake = seen * (memory.clocks[0] == 0.0) * (readings.infused[0] == 0.0)
    change = xp.where(
        memory.weights[-1] > 0.0, seen * ((value - memory.last) ** 2 - memory.restless), 0.0 * seen
    )
    begun = [readings.infused[0] > 0.0, readings.phase >= INCISION, readings.phase >= EMERGENCE]
    running = stack([1.0 * one for one in begun])
    running[0] = running[0] + memory.clocks[0]
    kept = stack([math.exp(-period / seconds) + 0.0 * seen for seconds in SCALES])
    return replace(
        memory,
        sums=kept * memory.sums + value,
        weights=kept * memory.weights + seen,
        before=memory.before + stack([awake * value, awake]),
        last=xp.where(seen > 0.0, value, memory.last),
        restless=memory.restless + (1.0 - math.exp(-period / RESTLESS)) * change,
        age=xp.where(seen > 0.0, 0.0 * memory.age, memory.age + period),
        clocks=xp.where(running > 0.0, memory.clocks + period, 0.0 * memory.clocks),
    )


def features(memory: Bedside) -> Array:
    """Return (FEATURES, patients), each of order one."""
    xp = namespace(memory.last)
    means = _means(memory)
    slow = means[-1]
    awake = memory.before[0] / (memory.before[1] + LEAST)
    parts = [
        memory.last,
        within(memory.last - slow, -4.0, 4.0),
        0.5 * xp.log(memory.restless + 1e-3) + 1.5,
        xp.log1p(memory.age / 30.0) - 0.5,
        xp.log1p(memory.weights[-1]) / 4.0 - 1.0,
        awake,
        memory.before[1] / (memory.before[1] + 6.0),
        *(mean - slow for mean in means[:-1]),
        slow,
        slow - awake,
    ]
    clocks = memory.clocks
    surgery = [
        1.0 * (clocks[1] > 0.0) - 0.5,
        xp.log1p(clocks[1] / 300.0),
        1.0 * (clocks[2] > 0.0),
        xp.log1p(clocks[2] / 60.0),
    ]
    return xp.concat([*parts, stack(surgery)])


def _means(memory: Bedside) -> list[Array]:
    """Return the running means, (2, patients) each, the fastest first; what has faded falls back to the next slower."""
    means = [0.0 * memory.last]
    for row in reversed(range(len(SCALES))):
        means.append((memory.sums[row] + LEAST * means[-1]) / (memory.weights[row] + LEAST))
    return means[:0:-1]


def _standard(shown: Array, valid: Array) -> tuple[Array, Array]:
    """Return where values (2, patients) can be believed, 1 or 0, and what they are, standardised, 0 elsewhere."""
    xp = namespace(shown)
    rows = zip(shown, valid, TYPICAL, PLAUSIBLE, strict=True)
    seen, values = [], []
    for value, ok, (centre, scale), (low, high) in rows:
        believed = (ok > 0.0) & (value >= low) & (value <= high)
        seen.append(1.0 * believed)
        values.append((xp.where(believed, value, centre + 0.0 * ok) - centre) / scale)
    return stack(seen), stack(values)
