"""The analgesia/nociception index, from the electrocardiogram: how much of the heart's variability is the breath's.

Intervals between R waves, eight a second, are centred and divided by their norm over 64 s, band-passed to 0.15-0.5 Hz,
and held between an upper and a lower envelope; the smallest area between both in the four quarters makes the index:
Jeanne, Auton Neurosci 2009;147:91; Logier, Conf Proc IEEE EMBS 2010:1194. 100 is all breath, 50-70 is sought. A pure
breath of constant depth comes to 89.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, sosfilt, sosfilt_zi

from sim.arrays import Array
from sim.signals.pulse import detection, tachogram
from sim.signals.pulse.detection import DetectionState
from sim.signals.pulse.held import held
from sim.signals.pulse.tachogram import TachogramState

BAND = 0.15, 0.5  # Hz
WINDOW, PARTS = 64, 4  # s, and the sub-windows in it
SLOPE, LEVEL, WHOLE = 5.1, 1.2, 12.8
MEASURED = 0.9  # share of the window that must be known
MEAN = 240  # s of the averaged index, beside the instantaneous one


@dataclass(frozen=True)
class AnalgesiaState:
    """What is carried.

    Attributes:
        detection, tachogram: of the beats.
        filtered: memory of the band-pass, (sections, 2, patients).
        intervals, breath: the last 64 s before and after it, (512, patients), NaN before there were any.
        known: whether each of them was measured, likewise.
        values: the last values, (averaged, patients), NaN where there was none.
        shown: the last value shown, (patients,), 0 before the first.
    """

    detection: DetectionState
    tachogram: TachogramState
    filtered: Array
    intervals: Array
    breath: Array
    known: Array
    values: Array
    shown: Array


@dataclass(frozen=True)
class AnalgesiaIndex:
    """The analgesia/nociception index over a batch of patients.

    Attributes:
        averaged: s: 1 is the instantaneous index, `MEAN` the averaged one.
    """

    averaged: int = 1

    name = "analgesia_index"
    wave = "ecg"

    def begin(self, patients: int) -> AnalgesiaState:
        """Return the state before the first second."""
        unknown = np.full((tachogram.RATE * WINDOW, patients), np.nan)
        return AnalgesiaState(
            detection.begin(detection.ECG, patients),
            tachogram.begin(patients),
            np.zeros((len(_BAND), 2, patients)),
            unknown,
            unknown,
            np.zeros(unknown.shape, dtype=bool),
            np.full((self.averaged, patients), np.nan),
            np.zeros(patients),
        )

    def listen(self, state: AnalgesiaState, samples: Array) -> tuple[AnalgesiaState, Array, Array]:
        """Return the state, the index each second and whether it is one, both (seconds, patients).

        Args:
            samples: (250 x seconds, patients); not finite where there are none. A value that is none repeats the last.
        """
        block = _BLOCK * detection.ECG.rate
        shown, known = [], []
        for part in np.split(samples, range(block, len(samples), block)):
            state, value, valid = self._listen(state, part)
            shown.append(value)
            known.append(valid)
        return state, np.concatenate(shown), np.concatenate(known)

    def _listen(self, state: AnalgesiaState, samples: Array) -> tuple[AnalgesiaState, Array, Array]:
        heard, beats = detection.listen(detection.ECG, state.detection, samples)
        seconds = len(samples) // detection.ECG.rate
        told, series = tachogram.listen(state.tachogram, beats / detection.ECG.rate, seconds)
        known = np.concatenate([state.known, np.isfinite(series)])
        series, memory, breath = _band_passed(state, series)
        series = np.concatenate([state.intervals, series])
        breath = np.concatenate([state.breath, breath])
        ends = tachogram.RATE * (1 + np.arange(seconds))
        windows = np.arange(tachogram.RATE * WINDOW)[:, None] + ends
        values = index(series[windows], breath[windows])
        good = known[windows].mean(0) >= MEASURED
        past = np.concatenate([state.values, np.where(good, values, np.nan)])
        mean, valid = _averaged(past, self.averaged)
        shown = held(np.where(valid, mean, np.nan), state.shown)
        kept = -tachogram.RATE * WINDOW
        rings = series[kept:], breath[kept:], known[kept:], past[-self.averaged :]
        return AnalgesiaState(heard, told, memory, *rings, shown[-1]), shown, valid


_BLOCK = 10  # s looked at in one go
_BAND = butter(2, BAND, "bandpass", fs=tachogram.RATE, output="sos")


def index(intervals: Array, breath: Array) -> Array:
    """Return the index of windows of 64 s, 0-100; NaN where nothing varies.

    Args:
        intervals: (512, ...), s.
        breath: their part in the breath's band, likewise.
    """
    norm = np.sqrt(((intervals - intervals.mean(0)) ** 2).sum(0))
    height = envelope(breath) + envelope(-breath)
    parts = height.reshape(PARTS, len(height) // PARTS, *height.shape[1:])
    area = parts.sum(1).min(0) / tachogram.RATE / np.where(norm > 0.0, norm, np.nan)
    return np.clip(100.0 * (SLOPE * area + LEVEL) / WHOLE, 0.0, 100.0)


def envelope(values: Array) -> Array:
    """Return straight lines between local maxima along the first axis, level before the first and after the last."""
    count = len(values)
    place = np.arange(count).reshape(-1, *[1] * (values.ndim - 1))
    top = np.zeros(values.shape, dtype=bool)
    top[1:-1] = (values[1:-1] >= values[:-2]) & (values[1:-1] > values[2:])
    before = np.maximum.accumulate(np.where(top, place, -1), axis=0)
    after = np.minimum.accumulate(np.where(top, place, count)[::-1], axis=0)[::-1]
    left = np.where(before < 0, after, before)
    right = np.where(after >= count, left, after)
    left, right = (
        np.minimum(left, count - 1),
        np.minimum(right, count - 1),
    )  # no maximum at all: the last value
    low, high = np.take_along_axis(values, left, axis=0), np.take_along_axis(values, right, axis=0)
    return low + (high - low) * (place - left) / np.maximum(right - left, 1)


def _band_passed(state: AnalgesiaState, series: Array) -> tuple[Array, Array, Array]:
    """Return the intervals without gaps, the memory of the filter, and the breath's part; NaN before the first one."""
    before = state.intervals[-1]
    whole = held(series, before)
    first = np.take_along_axis(whole, np.isfinite(whole).argmax(0)[None], axis=0)[0]
    # The filter begins as if the first interval had always been; until then it hears that one.
    settled = sosfilt_zi(_BAND)[..., None] * np.nan_to_num(first)
    memory = np.where(np.isnan(before), settled, state.filtered)
    breath, memory = sosfilt(_BAND, np.where(np.isnan(whole), np.nan_to_num(first), whole), axis=0, zi=memory)
    return whole, memory, breath


def _averaged(values: Array, over: int) -> tuple[Array, Array]:
    """Return means over so many seconds, (seconds, patients), and whether the last of them is known.

    Args:
        values: (over + seconds, patients), NaN where there is none.
    """
    windows = np.lib.stride_tricks.sliding_window_view(values, over, axis=0)[1:]
    there = np.isfinite(windows)
    mean = np.where(there, windows, 0.0).sum(-1) / np.maximum(there.sum(-1), 1)
    return mean, there[..., -1]
