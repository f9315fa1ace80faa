"""Beats in a stream: where a short moving average of the filtered wave's energy passes a long one.

Elgendi, PLoS ONE 2013;8:e73557 (QRS complexes) and e76585 (systolic peaks): band-pass, square, compare the average over
a wave with the average over a beat. Both averages scale with the signal: gain does not matter, until a wave is too
small to be one. A beat is known about half a second after it; the time said is its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.signal import butter, lfilter, sosfilt, sosfilt_zi

from sim.arrays import Array
from sim.signals.pulse.held import gathered, held

SOONEST, LATEST = 0.24, 2.0  # s between two beats: 250 to 30 a minute
SETTLING = 3.0  # s, of the average that the threshold stands on
LONGEST = 2.5  # times a wave: a longer passage is no beat


@dataclass(frozen=True)
class Detector:
    """What a beat looks like in one kind of signal.

    Attributes:
        rate: samples a second.
        band: Hz that a beat's wave fills.
        wave, beat: s of the short and of the long average.
        above: of the long-term mean energy, added to the threshold.
        rising: whether only what rises above the filtered mean counts.
        floor: the signal's own unit: a smaller filtered wave is none.
        kept: s of samples kept for looking back.
    """

    rate: int
    band: tuple[float, float]
    wave: float
    beat: float
    above: float
    rising: bool
    floor: float
    kept: float


PPG = Detector(100, (0.5, 8.0), 0.111, 0.667, 0.02, True, 0.01, 5.0)
ECG = Detector(250, (8.0, 20.0), 0.097, 0.611, 0.08, False, 0.02, 2.0)


@dataclass(frozen=True)
class DetectionState:
    """What is carried of a stream; positions are samples since the beginning.

    Attributes:
        samples: heard so far, (patients,).
        filtered: memory of the band-pass, (sections, 2, patients).
        settled: memory of the long-term mean, (1, patients).
        raw, energy, mean: the last samples, their summed energy since the beginning, and its long-term mean.
        above: whether the last comparison was a beat's, (patients,).
        start: where the passage that runs began, (patients,).
        last: where the last beat was, (patients,), NaN before the first.
    """

    samples: Array
    filtered: Array
    settled: Array
    raw: Array
    energy: Array
    mean: Array
    above: Array
    start: Array
    last: Array


def begin(detector: Detector, patients: int) -> DetectionState:
    """Return the state before the first sample."""
    kept = round(detector.kept * detector.rate)
    nothing = np.zeros((kept, patients))
    return DetectionState(
        np.zeros(patients),
        np.zeros((len(_band(detector)), 2, patients)),
        np.zeros((1, patients)),
        np.full((kept, patients), np.nan),
        nothing,
        nothing,
        np.zeros(patients, dtype=bool),
        np.zeros(patients),
        np.full(patients, np.nan),
    )


def listen(detector: Detector, state: DetectionState, samples: Array) -> tuple[DetectionState, Array]:
    """Return the state after more samples, and the beats that became known, (most, patients).

    Args:
        samples: (samples, patients), in the signal's unit; what is missing (not finite) is held, and so has no beats.

    Returns:
        positions of the peaks in samples (and their parts) since the beginning, in order, NaN below a patient's last.
    """
    raw_before, memory = state.raw, state.filtered
    if (
        new := state.samples == 0
    ).any():  # as if it had always been at its first level: no step at the beginning
        first = held(samples[:1], np.zeros(samples.shape[1]))[0]
        raw_before = np.where(new, first, raw_before)
        memory = np.where(new, sosfilt_zi(_band(detector))[..., None] * first, memory)
    samples = held(np.asarray(samples, dtype=np.float64), raw_before[-1])
    waves, memory = sosfilt(_band(detector), samples, axis=0, zi=memory)
    squares = (np.maximum(waves, 0.0) if detector.rising else waves) ** 2
    energy = np.cumsum(np.concatenate([state.energy[-1:], squares]), axis=0)[1:]
    decay = np.exp(-1.0 / (SETTLING * detector.rate))
    mean, settled = lfilter([1.0 - decay], [1.0, -decay], squares, axis=0, zi=state.settled)
    raw, energy, mean = (
        np.concatenate(pair) for pair in ((raw_before, samples), (state.energy, energy), (state.mean, mean))
    )
    above = _above(detector, energy, mean, len(samples))
    before = np.concatenate([state.above[None], above[:-1]])
    # The comparison lags behind the samples by half a beat's average.
    place = state.samples + np.arange(len(samples))[:, None] - _half(detector.beat, detector)
    began = np.where(above & ~before, place, -np.inf)
    start = np.maximum.accumulate(np.concatenate([state.start[None], began]), axis=0)
    offset = state.samples - len(state.raw)
    beats = _peaks(detector, raw, offset, start[:-1], place, before & ~above)
    beats, last = _apart(detector, beats, state.last)
    kept = len(state.raw)
    after = DetectionState(
        state.samples + len(samples),
        memory,
        settled,
        raw[-kept:],
        energy[-kept:],
        mean[-kept:],
        above[-1],
        start[-1],
        last,
    )
    return after, beats


def _above(detector: Detector, energy: Array, mean: Array, count: int) -> Array:
    """Return whether each of the last `count` comparisons is within a wave, (count, patients)."""
    long, short = _half(detector.beat, detector), _half(detector.wave, detector)
    centre = len(energy) - count - long + np.arange(count)

    def average(half: int) -> Array:
        return (energy[centre + half] - energy[centre - half - 1]) / (2 * half + 1)

    threshold = average(long) + detector.above * mean[centre]
    return (average(short) > threshold) & (average(short) > detector.floor**2)


def _peaks(detector: Detector, raw: Array, offset: Array, start: Array, end: Array, ends: Array) -> Array:
    """Return where the raw wave is highest within each passage that ends here, (most, patients) in samples."""
    rows, who = np.nonzero(ends)
    begin, stop = start[rows, who], end[rows, who]
    length = stop - begin
    wave = detector.wave * detector.rate
    good = (length >= 0.5 * wave) & (length <= LONGEST * detector.beat * detector.rate)
    rows, who, begin, length = rows[good], who[good], begin[good], length[good]
    offset = offset[who]
    reach = np.arange(int(length.max(initial=0)) + 1)
    places = (begin - offset).astype(int)[:, None] + reach
    inside = (reach <= length[:, None]) & (places >= 0)
    values = np.where(inside, raw[np.clip(places, 0, len(raw) - 1), who[:, None]], -np.inf)
    found = np.full(ends.shape, np.nan)
    if len(rows):
        highest = values.argmax(1)
        found[rows, who] = begin + highest + _vertex(raw, (begin - offset).astype(int) + highest, who)
    return gathered(found, np.isfinite(found))


def _vertex(raw: Array, top: Array, who: Array) -> Array:
    """Return where between its neighbours a peak is, -0.5 to 0.5 samples: the vertex of the parabola through them."""
    before, peak, after = (raw[np.clip(top + step, 0, len(raw) - 1), who] for step in (-1, 0, 1))
    bend = before - 2.0 * peak + after
    return np.clip(0.5 * (before - after) / np.where(bend < 0.0, bend, np.inf), -0.5, 0.5)


def _apart(detector: Detector, beats: Array, last: Array) -> tuple[Array, Array]:
    """Return the beats that are far enough from the one before, and the last of each patient."""
    soonest = SOONEST * detector.rate
    keep = np.zeros(beats.shape, dtype=bool)
    for row, beat in enumerate(beats):
        keep[row] = ~np.isnan(beat) & ~(beat - last < soonest)
        last = np.where(keep[row], beat, last)
    return gathered(beats, keep), last


def _half(seconds: float, detector: Detector) -> int:
    return round(0.5 * seconds * detector.rate)


@cache
def _band(detector: Detector) -> Array:
    return butter(2, detector.band, "bandpass", fs=detector.rate, output="sos")
