"""The tachogram: intervals between beats as an even series, four a second, with gaps known as gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array
from sim.signals.pulse.held import last_known
from sim.signals.pulse.recent import LATENCY, Usual, believed, remembered

RATE = 4  # samples a second
KEPT = 32  # beats: those of the last seconds, at the fastest rate
FARTHEST = 2.7  # s between two beats that a line joins: `LATENCY` less what finding the second one takes


@dataclass(frozen=True)
class TachogramState:
    """What is carried: seconds so far, the last beat, what is usual, and the last believed beats.

    Attributes:
        seconds: so far, (patients,).
        last: time of the last beat, s, (patients,).
        usual: of intervals.
        times, intervals: s, (32, patients), NaN first.
    """

    seconds: Array
    last: Array
    usual: Usual
    times: Array
    intervals: Array


def begin(patients: int) -> TachogramState:
    """Return the state before the first second."""
    unknown = np.full((KEPT, patients), np.nan)
    return TachogramState(np.zeros(patients), unknown[0], Usual.unknown(patients), unknown, unknown)


def listen(state: TachogramState, beats: Array, seconds: int) -> tuple[TachogramState, Array]:
    """Return the state and the series, (4 x seconds, patients), s, NaN in gaps, after more seconds.

    It lags by `LATENCY`, so that it does not matter in what pieces the beats became known.

    Args:
        beats: (most, patients), s since the beginning, NaN below a patient's last.
        seconds: whole ones.
    """
    intervals = np.diff(np.concatenate([state.last[None], beats]), axis=0)
    usual, keep = believed(state.usual, intervals)
    known, held = (
        remembered(np.concatenate([np.full_like(new, np.nan), before]), np.where(keep, new, np.nan))
        for before, new in ((state.times, beats), (state.intervals, intervals))
    )
    grid = state.seconds - LATENCY + ((1.0 + np.arange(RATE * seconds)) / RATE)[:, None]
    newest = last_known(np.concatenate([state.last[None], beats]))
    after = TachogramState(state.seconds + seconds, newest, usual, known[-KEPT:], held[-KEPT:])
    return after, _between(known, held, grid)


def _between(times: Array, values: Array, grid: Array) -> Array:
    """Return values at moments of the grid, (moments, patients), on straight lines between beats; NaN in gaps."""
    later = (times[None] > grid[:, None]).sum(1)
    right = len(times) - later
    left = np.maximum(right - 1, 0)
    right = np.minimum(right, len(times) - 1)
    begin, end = np.take_along_axis(times, left, axis=0), np.take_along_axis(times, right, axis=0)
    low, high = np.take_along_axis(values, left, axis=0), np.take_along_axis(values, right, axis=0)
    apart = np.where(end > begin, end - begin, np.nan)
    joined = low + (high - low) * (grid - begin) / apart
    return np.where((later > 0) & (apart <= FARTHEST), joined, np.nan)
