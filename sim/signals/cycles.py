"""Limit cycles: an index that swings up and down by itself, as under a controller that overreacts.

For judges, over a whole case, and online, one reading at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array


@dataclass(frozen=True)
class Cycle:
    """What counts as one (choices).

    Attributes:
        amplitude: half of what the index moves between a peak and a trough, points.
        shortest, longest: s from peak to peak.
        alike: largest ratio of a period to the one before it, or the inverse.
        count: cycles in a row.
        smoothing: s, time constant at which the index is followed.
    """

    amplitude: float = 15.0
    shortest: float = 120.0
    longest: float = 1200.0
    alike: float = 2.0
    count: int = 3
    smoothing: float = 20.0


@dataclass(frozen=True)
class Swings:
    """What is remembered of an index, arrays (patients,).

    Attributes:
        level: the index, smoothed; NaN before any.
        rises: whether it goes up since the last turning point, bool.
        extreme, reached: how far it has gone since then, and when, s.
        peak, period: of the last peak and its distance from the one before, s; NaN: none.
        cycles: how many there were in a row.
    """

    level: Array
    rises: Array
    extreme: Array
    reached: Array
    peak: Array
    period: Array
    cycles: Array


def still(example: Array) -> Swings:
    """Return the state before the first reading; `example` is (patients,)."""
    none, unknown = 0.0 * example, 0.0 * example + np.nan
    return Swings(unknown, none > 0.0, unknown, none, unknown, unknown, none)


def swung(rule: Cycle, state: Swings, index: Array, time: Array, seconds: float) -> tuple[Swings, Array]:
    """Return the state after a reading, and who is in a limit cycle, bool (patients,).

    A turning point counts once the index has come back from it by twice the amplitude.

    Args:
        rule: what counts.
        state: before.
        index: (patients,), NaN where there is none: then nothing moves.
        time: s.
        seconds: since the last reading.
    """
    share = -np.expm1(-seconds / rule.smoothing)
    moved = np.where(np.isnan(state.level), index, state.level + share * (index - state.level))
    level = np.where(np.isnan(index), state.level, moved)
    extreme = np.where(np.isnan(state.extreme), level, state.extreme)
    further = np.where(state.rises, level > extreme, level < extreme)
    extreme, reached = np.where(further, level, extreme), np.where(further, time, state.reached)
    turns = np.abs(level - extreme) > 2.0 * rule.amplitude
    peaks = turns & state.rises
    period = np.where(peaks, reached - state.peak, state.period)
    fits = (period >= rule.shortest) & (period <= rule.longest)
    ratio = period / state.period
    alike = ~((ratio > rule.alike) | (ratio < 1.0 / rule.alike))  # NaN, the first period, is like any
    counted = np.where(fits, np.where(alike, state.cycles + 1.0, 1.0), 0.0)
    peak = np.where(peaks, reached, state.peak)
    after = Swings(
        level,
        state.rises ^ turns,
        np.where(turns, level, extreme),
        np.where(turns, time, reached),
        peak,
        np.where(peaks & ~fits, np.nan, period),
        np.where(peaks, counted, state.cycles),
    )
    return after, (after.cycles >= rule.count) & (time - peak <= rule.longest)


def cycling(index: np.ndarray, seconds: float, rule: Cycle | None = None) -> np.ndarray:
    """Return when a limit cycle is recognised as such, bool (samples, patients): from its last peak that counts on.

    Args:
        index: (samples, patients), NaN where there is none.
        seconds: between samples.
        rule: what counts.
    """
    rule, state = rule or Cycle(), still(index[0])
    found = np.zeros(index.shape, dtype=bool)
    for number, one in enumerate(index):
        state, found[number] = swung(rule, state, one, seconds * number + 0.0 * one, seconds)
    return found
