"""The analgesia/nociception index, from the electrocardiogram: how much of the heart's variability is the breath's.

Intervals between R waves, four a second, are centred and divided by their norm over 64 s, band-passed to 0.15-0.5 Hz,
and held between an upper and a lower envelope; the smallest area between both in the four quarters makes the index:
Jeanne, Auton Neurosci 2009;147:91; Logier, Conf Proc IEEE EMBS 2010:1194. 50-70 is sought. It is 100 where the breath
makes two thirds of the variance, 88 (the published median after induction) where it makes half. With the eight samples
a second that are also described, nobody could reach 90. Quarters in which beats were lost are not looked at (choice).
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
MEASURED, FEWEST = 0.9, 2  # share of a quarter that must be known, quarters that must be
FRESH = 10  # s within which something must have been heard
NOISE = 0.12  # mV from sample to sample, median over a second: no heart's
MEAN = 240  # s of the averaged index, beside the instantaneous one


@dataclass(frozen=True)
class AnalgesiaState:
    """What is carried.

    Attributes:
        detection, tachogram: of the beats.
        filtered: memory of the band-pass, (sections, 2, patients).
        intervals, breath: the last 64 s before and after it, (256, patients), NaN before there were any.
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
        heard, beats = detection.listen(detection.ECG, state.detection, _without_noise(samples))
        seconds = len(samples) // detection.ECG.rate
        told, series = tachogram.listen(state.tachogram, beats / detection.ECG.rate, seconds)
        known = np.concatenate([state.known, np.isfinite(series)])
        series, memory, breath = _band_passed(state, series)
        series = np.concatenate([state.intervals, series])
        breath = np.concatenate([state.breath, breath])
        ends = tachogram.RATE * (1 + np.arange(seconds))
        windows = np.arange(tachogram.RATE * WINDOW)[:, None] + ends
        values = index(series[windows], breath[windows], known[windows])
        fresh = known[windows][-tachogram.RATE * FRESH :].any(0)
        past = np.concatenate([state.values, np.where(fresh, values, np.nan)])
        mean, valid = _averaged(past, self.averaged)
        shown = held(np.where(valid, mean, np.nan), state.shown)
        kept = -tachogram.RATE * WINDOW
        rings = series[kept:], breath[kept:], known[kept:], past[-self.averaged :]
        return AnalgesiaState(heard, told, memory, *rings, shown[-1]), shown, valid


_BLOCK = 30  # s looked at in one go
_BAND = butter(2, BAND, "bandpass", fs=tachogram.RATE, output="sos")


def index(intervals: Array, breath: Array, known: Array) -> Array:
    """Return the index of windows of 64 s, 0-100; NaN where too little is known, or nothing varies.

    Args:
        intervals: (256, ...), s.
        breath: their part in the breath's band, likewise.
        known: which of them were measured, likewise.
    """
    shape = (PARTS, len(breath) // PARTS, *breath.shape[1:])
    heard = known.reshape(shape).mean(1) >= MEASURED
    number = np.maximum(known.sum(0), 1)
    mean = np.where(known, intervals, 0.0).sum(0) / number
    # The norm over the whole window of what its known part varies.
    norm = np.sqrt(np.where(known, (intervals - mean) ** 2, 0.0).sum(0) * (len(known) / number))
    height = envelope(breath) + envelope(-breath)
    area = np.where(heard, height.reshape(shape).sum(1), np.inf).min(0) / tachogram.RATE
    enough = (heard.sum(0) >= FEWEST) & (norm > 0.0)
    share = np.where(enough, area, 0.0) / np.where(enough, norm, 1.0)
    value = 100.0 * (SLOPE * share + LEVEL) / WHOLE
    return np.where(enough, np.clip(value, 0.0, 100.0), np.nan)


def _without_noise(samples: Array) -> Array:
    """Return the electrocardiogram with seconds of electrosurgery taken out (NaN)."""
    seconds = np.asarray(samples).reshape(-1, detection.ECG.rate, samples.shape[1])
    with np.errstate(invalid="ignore"):
        noisy = ~(np.median(np.abs(np.diff(seconds, axis=1)), axis=1) < NOISE)
    return np.where(noisy[:, None], np.nan, seconds).reshape(samples.shape)


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
    return whole, memory, np.where(np.isnan(whole), np.nan, breath)


def _averaged(values: Array, over: int) -> tuple[Array, Array]:
    """Return means over so many seconds, (seconds, patients), and whether the last of them is known.

    Args:
        values: (over + seconds, patients), NaN where there is none.
    """
    windows = np.lib.stride_tricks.sliding_window_view(values, over, axis=0)[1:]
    there = np.isfinite(windows)
    mean = np.where(there, windows, 0.0).sum(-1) / np.maximum(there.sum(-1), 1)
    return mean, there[..., -1]
