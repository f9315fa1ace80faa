"""What each beat looks like: interval, amplitude, dicrotic notch, width and upstroke of a photoplethysmogram.

Beat by beat over a stream: a beat is known when the next one has begun.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from sim.arrays import Array
from sim.signals.pulse import detection
from sim.signals.pulse.detection import LATEST, SOONEST, DetectionState, Detector
from sim.signals.pulse.held import last_known

RISING = 0.6  # s before a peak within which its foot lies
SMOOTH = 5  # samples over which a slope is taken
SOON_NOTCH = 0.08  # s after the peak from which on a notch is looked for
LATE_NOTCH = 0.7  # share of the fall by which it has come


@dataclass(frozen=True)
class BeatFeatures:
    """Beats in order, each (most, patients), NaN below a patient's last and where a beat is none.

    Attributes:
        time: s since the beginning, when the wave rises through half its height.
        interval: s to the next beat.
        amplitude: peak above foot, in the signal's unit.
        notch: height of the dicrotic notch above the foot, share of the amplitude.
        width: s that the wave stays above half its height.
        upstroke: s from foot to peak.
    """

    time: Array
    interval: Array
    amplitude: Array
    notch: Array
    width: Array
    upstroke: Array


@dataclass(frozen=True)
class FeatureState:
    """What is carried: the detection, and the last beat's foot, peak (samples) and time (s), each (patients,)."""

    detection: DetectionState
    foot: Array
    peak: Array
    time: Array


def begin(patients: int, detector: Detector = detection.PPG) -> FeatureState:
    """Return the state before the first sample."""
    unknown = np.full(patients, np.nan)
    return FeatureState(detection.begin(detector, patients), unknown, unknown, unknown)


def listen(
    state: FeatureState, samples: Array, detector: Detector = detection.PPG
) -> tuple[FeatureState, BeatFeatures]:
    """Return the state after more samples, (samples, patients), and the beats that became known."""
    heard, peaks = detection.listen(detector, state.detection, samples)
    # As much of the past as was carried, and what is new: the detection keeps its own end of both.
    past = np.where(np.isnan(state.detection.raw), samples[:1], state.detection.raw)
    raw = np.concatenate([past, samples])
    offset = state.detection.samples - len(past)
    feet, times = _feet(raw, offset, peaks, state.peak, detector)
    feet, tops, when = (
        np.concatenate([before[None], now])
        for before, now in ((state.foot, feet), (state.peak, peaks), (state.time, times))
    )
    found = _features(raw, offset, feet, tops, when, detector)
    foot, peak, time = (last_known(values) for values in (feet, tops, when))
    return FeatureState(heard, foot, peak, time), found


def features(samples: Array, detector: Detector = detection.PPG) -> BeatFeatures:
    """Return the beats of whole records, (samples, patients)."""
    whole = replace(detector, kept=max(detector.kept, 5.0))
    return listen(begin(samples.shape[1], whole), samples, whole)[1]


def _feet(raw: Array, offset: Array, peaks: Array, last: Array, detector: Detector) -> tuple[Array, Array]:
    """Return where the wave of each peak begins (samples) and when it rises through half its height (s)."""
    feet, times = np.full_like(peaks, np.nan), np.full_like(peaks, np.nan)
    rows, who = np.nonzero(~np.isnan(peaks))
    if len(rows) == 0:
        return feet, times
    reach, offset = round(RISING * detector.rate), offset[who]
    top = np.rint(peaks[rows, who] - offset).astype(int)
    places = np.maximum(top[:, None] + np.arange(-reach, 1), 0)
    wave = raw[places, who[:, None]]
    earlier = np.concatenate([last[None], peaks])[rows, who] - offset  # a foot lies after the beat before
    wave = np.where(places <= np.where(np.isnan(earlier), -1.0, earlier)[:, None], np.inf, wave)
    # The last of the lowest: an earlier beat's fall ends where this one's rise begins.
    low = reach - np.argmin(wave[:, ::-1], axis=1)
    each = np.arange(len(rows))
    half = 0.5 * (wave[each, low] + wave[:, -1])
    risen = (wave >= half[:, None]) & (np.arange(reach + 1) >= low[:, None])
    crossing = np.maximum(risen.argmax(1), 1)
    before, after = wave[each, np.maximum(crossing - 1, low)], wave[each, crossing]
    share = np.clip((half - before) / np.where(after > before, after - before, np.inf), 0.0, 1.0)
    begin = top - reach + offset
    feet[rows, who] = begin + low
    times[rows, who] = (begin + crossing - 1 + share) / detector.rate
    return feet, times


def _features(
    raw: Array, offset: Array, feet: Array, peaks: Array, times: Array, detector: Detector
) -> BeatFeatures:
    """Return what lies between feet, (most + 1, patients) with the beat before in the first row."""
    rate, shape = detector.rate, (len(feet) - 1, feet.shape[1])
    found = {field.name: np.full(shape, np.nan) for field in fields(BeatFeatures)}
    interval = times[1:] - times[:-1]
    found["time"] = np.where(np.isnan(times[1:]), np.nan, times[:-1])
    rows, who = np.nonzero((interval >= SOONEST) & (interval <= LATEST))
    if len(rows) == 0:
        return BeatFeatures(**found)
    low, top, end = (
        np.rint(values - offset[who]).astype(int)
        for values in (feet[rows, who], peaks[rows, who], feet[rows + 1, who])
    )
    reach = np.arange(int((end - low).max()) + 1)
    places = np.minimum(np.maximum(low, 0)[:, None] + reach, len(raw) - 1)
    wave = raw[places, who[:, None]]
    wave = wave - wave[:, :1]
    summit, last, each = top - low, end - low, np.arange(len(rows))
    height = wave[each, summit]
    found["interval"][rows, who] = interval[rows, who]
    found["amplitude"][rows, who] = height
    found["upstroke"][rows, who] = summit / rate
    found["width"][rows, who] = _width(wave, height, summit) / rate
    found["notch"][rows, who] = _notch(wave, summit, last, rate) / np.where(height > 0.0, height, np.nan)
    return BeatFeatures(**found)


def _width(wave: Array, height: Array, summit: Array) -> Array:
    """Return samples from the rise through half the height to the fall through it, (beats,)."""
    place, each = np.arange(wave.shape[1]), np.arange(len(wave))
    half = 0.5 * height
    low = wave < half[:, None]
    rise = np.where(low & (place < summit[:, None]), place, -1).max(1)
    falls = low & (place > summit[:, None])
    fall = np.where(falls.any(1), falls.argmax(1), wave.shape[1] - 1)

    def crossing(first: Array, second: Array) -> Array:
        before, after = wave[each, first], wave[each, second]
        step = np.where(after == before, np.inf, after - before)
        return first + np.clip((half - before) / step, 0.0, 1.0)

    rise = np.maximum(rise, 0)
    return crossing(fall - 1, fall) - crossing(rise, rise + 1)


def _notch(wave: Array, summit: Array, last: Array, rate: int) -> Array:
    """Return the height of the notch, (beats,): where the fall from the peak is slowed most."""
    place = np.arange(wave.shape[1])
    half = SMOOTH // 2
    slope = np.full(wave.shape, np.nan)
    slope[:, half:-half] = wave[:, 2 * half :] - wave[:, : -2 * half]
    first = summit + round(SOON_NOTCH * rate)
    until = summit + (LATE_NOTCH * (last - summit)).astype(int)
    fall = np.where((place >= summit[:, None]) & (place <= until[:, None]), slope, np.inf)
    steepest = np.maximum(np.where(np.isnan(fall), np.inf, fall).argmin(1), first)
    after = (place >= steepest[:, None]) & (place <= until[:, None]) & ~np.isnan(slope)
    where = np.where(after, slope, -np.inf).argmax(1)
    return wave[np.arange(len(wave)), where]
