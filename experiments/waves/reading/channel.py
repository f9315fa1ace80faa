"""One recorded channel of EEG: which one, in µV, with gaps where there is nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isclose

import numpy as np

from sim.arrays import Array

MICROVOLTS = {"uv": 1.0, "µv": 1.0, "μv": 1.0, "microvolt": 1.0, "microvolts": 1.0}
MICROVOLTS |= {"mv": 1e3, "v": 1e6, "nv": 1e-3, "volt": 1e6, "volts": 1e6, "millivolts": 1e3}
PLAUSIBLE = 0.2, 1000.0  # µV, standard deviation within the usual second of EEG
SLOWEST = 100.0  # samples a second, so that 47 Hz are there
STUCK = 8  # samples in a row at an end of the range are no measurement
LISTED = 20  # names in an error


@dataclass(frozen=True)
class Channel:
    """Attributes: name; samples (samples,), µV, NaN in gaps; rate, samples a second."""

    name: str
    samples: Array
    rate: float


def chosen(names: Sequence[str], wanted: str, what: str = "channel") -> int:
    """Return which of the names is wanted, by name or by number from 1; nothing will do where there is one only.

    Raises:
        ValueError: that says what there is.
    """
    there = ", ".join(names[:LISTED]) + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")
    if not names:
        raise ValueError(f"recording: it has no {what}")
    if wanted in names:
        return list(names).index(wanted)
    if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return int(wanted) - 1
    if not wanted and len(names) == 1:
        return 0
    said = f"{wanted!r} is not there" if wanted else "which one?"
    raise ValueError(f"channel: {said}; there are {there} (or a number, 1 to {len(names)})")


def agreed(recorded: float, said: float | None) -> float:
    """Return the rate that a file has of itself. Raises ValueError where another one is asked for, or it has none."""
    if not recorded > 0.0:
        return required(said, "this file")
    if said is not None and not isclose(recorded, said, rel_tol=1e-3):
        raise ValueError(f"rate: {said:g} is not allowed; the file says {recorded:g} Hz")
    return recorded


def required(said: float | None, kind: str) -> float:
    """Return the rate that was said. Raises ValueError where none was."""
    if said is None:
        raise ValueError(f"rate: needed; {kind} does not say how many samples a second it has (--rate HZ)")
    return said


def in_microvolts(name: str, samples: Array, rate: float, unit: str) -> Channel:
    """Return a channel in µV whose values may be an EEG.

    Raises:
        ValueError: at another unit, at a rate too low, and where values are flat, or too small or large for µV.
    """
    if unit.strip().lower() not in MICROVOLTS:
        raise ValueError(f"unit: channel {name} has {unit!r}; an EEG has µV, mV, V or nV")
    if not SLOWEST <= rate <= 1e5:
        raise ValueError(f"rate: {rate:g} is not allowed; {SLOWEST:g} to 100000 Hz, as the index hears 47 Hz")
    values = np.asarray(samples, dtype=float).ravel()
    values = np.where(np.isfinite(values), values, np.nan)
    seconds = int(len(values) / rate)
    if seconds < 1:
        raise ValueError(
            f"recording: channel {name} has {len(values) / rate:.2g} s; there must be some seconds"
        )
    if np.isnan(values).all():
        raise ValueError(f"recording: channel {name} has no values at all")
    if np.nanmax(values) == np.nanmin(values):
        raise ValueError(f"recording: channel {name} is flat, {values[np.isfinite(values)][0]:g} throughout")
    values = unstuck(values) * MICROVOLTS[unit.strip().lower()]
    _require_plausible(name, values[: int(seconds * rate)].copy(), seconds, unit)
    return Channel(name, values, rate)


def unstuck(values: Array) -> Array:
    """Return samples with NaN wherever eight in a row or more stay at either end of the range: it is saturated."""
    ends = (values == np.nanmax(values)) | (values == np.nanmin(values))
    edges = np.flatnonzero(np.diff(np.concatenate([[False], ends, [False]]).astype(int)))
    begins, stops = edges[::2], edges[1::2]
    for begin, stop in zip(begins[stops - begins >= STUCK], stops[stops - begins >= STUCK], strict=True):
        values[begin:stop] = np.nan
    return values


def _require_plausible(name: str, values: Array, seconds: int, unit: str) -> None:
    parts = np.array_split(values, seconds)
    spread = np.array([part.std() for part in parts])  # NaN where there is a gap
    moving = spread[spread > 0.0]
    if not moving.size:
        raise ValueError(
            f"recording: channel {name} has no second without a gap that is not flat or saturated"
        )
    low, high = PLAUSIBLE
    if not low <= np.median(moving) <= high:
        raise ValueError(
            f"unit: channel {name} spreads by {np.median(moving):.2g} µV within a second if it is in {unit}, which no "
            f"EEG does ({low:g} to {high:g}); say another --unit (µV, mV, V, nV)"
        )
