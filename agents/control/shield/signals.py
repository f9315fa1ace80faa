"""Which readings can be believed: signals that are missing, poor, stuck, jumped, or shown while a line is flushed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array
from sim.interfaces import Readings
from sim.surgery import EMERGENCE, INTUBATION

ALLOWANCE = 60.0  # s without a believed value, over which what may have changed doubles (choice)


@dataclass(frozen=True)
class Plausible:
    """What a signal may do (choices).

    Attributes:
        quality: %, below which an index is not believed.
        stuck: s that an index may stand still.
        jump: points that an index may differ from the last believed one, 10 s ago.
        lowest, highest: mean arterial pressures that are no flush, zeroing or sampling, mmHg.
        pressure_jump: mmHg, likewise.
        settled: s after which a value that stays is believed.
    """

    quality: float = 50.0
    stuck: float = 60.0
    jump: float = 30.0
    lowest: float = 25.0
    highest: float = 180.0
    pressure_jump: float = 40.0
    settled: float = 60.0


@dataclass(frozen=True)
class Seen:
    """What was seen of the signals, (patients,) each.

    Attributes:
        index, pressure: last believed, BIS and mmHg.
        index_time, pressure_time: when that was, s.
        shown: index last shown.
        moved: when it last changed, s.
    """

    index: Array
    index_time: Array
    pressure: Array
    pressure_time: Array
    shown: Array
    moved: Array


@dataclass(frozen=True)
class Checked:
    """What is wrong with the signals now, bool (patients,) each; `index` and `pressure`: they can be believed."""

    index: Array
    pressure: Array
    missing: Array
    poor: Array
    stuck: Array
    jumped: Array
    flushed: Array
    unmeasured: Array


def nothing_seen(example: Array) -> Seen:
    """Return the state before the first readings; NaN: no value yet."""
    unknown, now = 0.0 * example + np.nan, 0.0 * example
    return Seen(unknown, now, unknown, now, unknown, now)


def check(limits: Plausible, state: Seen, readings: Readings) -> tuple[Seen, Checked]:
    """Return what has been seen after these readings, and what is wrong with them.

    A value far from the last believed one is doubted until it comes back or has stayed for `settled` s. While people
    fall asleep or wake up the index may move as it likes.
    """
    time, index = readings.time, readings.bis
    missing = ~readings.bis_valid
    poor = ~missing & (readings.signal_quality < limits.quality)
    moved = np.where(missing | (index != state.shown), time, state.moved)
    stuck = ~missing & (time - moved >= limits.stuck)
    steady = (readings.phase >= INTUBATION) & (readings.phase < EMERGENCE)
    far = _far(index, state.index, time - state.index_time, limits.jump, limits.settled) & steady
    jumped = ~missing & ~poor & ~stuck & far
    believed = ~(missing | poor | stuck | jumped)
    pressure, unmeasured = readings.mean_arterial_pressure, ~readings.pressure_valid
    shift = _far(pressure, state.pressure, time - state.pressure_time, limits.pressure_jump, limits.settled)
    impossible = (pressure < limits.lowest) | (pressure > limits.highest)
    flushed = ~unmeasured & (impossible | shift)
    true = ~(unmeasured | flushed)
    seen = Seen(
        np.where(believed, index, state.index),
        np.where(believed, time, state.index_time),
        np.where(true, pressure, state.pressure),
        np.where(true, time, state.pressure_time),
        index,
        moved,
    )
    return seen, Checked(believed, true, missing, poor, stuck, jumped, flushed, unmeasured)


def _far(value: Array, last: Array, since: Array, allowed: float, settled: float) -> Array:
    """Return where a value is too far from the last believed one `since` s ago; False where there is none."""
    return (np.abs(value - last) > allowed * (1.0 + since / ALLOWANCE)) & (since <= settled)
