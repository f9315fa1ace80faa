"""openibis: an open index of depth from one channel of EEG. Connor, Anesth Analg 2022;135:855.

Half-second epochs look at two seconds of spectrum; components are taken over 30 s, suppression over 63 s. The index
does not change with the gain of the EEG, but through the silence that a small one seems to be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.arrays import Array
from sim.signals.eeg import RATE, spectra, suppression
from sim.signals.eeg.sawtooth import sawtooth, softened
from sim.signals.eeg.spectra import WINDOW, between, decibels

KEPT = WINDOW  # samples that the next second's windows reach back
REACH = 3  # seconds before the last one that an epoch can meet, the filter's memory of an artefact included
EPOCHS = 60  # over which components are taken
SUPPRESSED = 4  # epochs that spoil a spectrum
SOON = 10  # epochs between the beginning of a record and the first one
HIGHEST = 47.0  # Hz
MIDDLE = between(11.0, 20.0)
LOW, HIGH = between(0.5, 4.0), between(30.0, HIGHEST)
SLOWER, FASTER = between(0.5, 46.5), between(39.5, 46.5)  # each bin times the next one


class Openibis(NamedTuple):
    """After each half second, (epochs, patients): 0-100, components (dB), suppression ratio (%); NaN is unknown."""

    index: Array
    fast: Array
    synchrony: Array
    slow: Array
    suppression_ratio: Array


@dataclass(frozen=True)
class OpenibisState:
    """What is carried; NaN is not known.

    Attributes:
        seconds: heard so far, (patients,).
        spoiled: which of the last seconds an artefact spoiled, (3, patients), 0 or 1.
        drift: of the filter, (2, patients).
        raw, clean: the last two seconds before and after it, (256, patients).
        flags: whether each half second was suppressed, (125, patients).
        middle: dB by bin, (59, bins, patients).
        low, high, ratio: of each epoch, dB, (59, patients).
    """

    seconds: Array
    spoiled: Array
    drift: Array
    raw: Array
    clean: Array
    flags: Array
    middle: Array
    low: Array
    high: Array
    ratio: Array


def begin(patients: int) -> OpenibisState:
    """Return the state before the first second."""
    unknown = np.full((EPOCHS - 1, patients), np.nan)
    kept = np.zeros((KEPT, patients))
    bins = MIDDLE.stop - MIDDLE.start
    return OpenibisState(
        np.zeros(patients),
        np.zeros((REACH, patients)),
        np.zeros((2, patients)),
        kept,
        kept,
        np.full((suppression.MEMORY - 1, patients), np.nan),
        np.full((EPOCHS - 1, bins, patients), np.nan),
        unknown,
        unknown,
        unknown,
    )


def listen(state: OpenibisState, eeg: Array, spoiled: Array | None = None) -> tuple[OpenibisState, Openibis]:
    """Return the state and the index after more seconds of EEG.

    Args:
        eeg: (128 x seconds, patients), µV.
        spoiled: which seconds do not count, (seconds, patients), 0 or 1: epochs that meet one, or follow within a
            second, tell nothing. None where all count, as published.
    """
    seconds = len(eeg) // RATE
    clean, drift = spectra.filtered(eeg, state.drift)
    raw, clean = np.concatenate([state.raw, eeg]), np.concatenate([state.clean, clean])
    number = 2.0 * state.seconds - SOON + 2.0 + np.arange(2 * seconds)[:, None]
    met = np.concatenate([state.spoiled, 0.0 * eeg[::RATE] if spoiled is None else spoiled])
    counts = (number >= 0.0) & ~np.repeat(_near(met), 2, axis=0)
    flags = np.concatenate([state.flags, np.where(counts, _silences(raw, seconds), np.nan)])
    whole = _whole(flags, counts)
    middle, low, high, ratio = (
        np.concatenate([before, np.where(whole[:, None] if now.ndim == 3 else whole, now, np.nan)])
        for before, now in zip(
            (state.middle, state.low, state.high, state.ratio), _epochs(clean, seconds), strict=True
        )
    )
    suppressed = suppression.ratio(flags)
    mid = _upper(_mean(middle))
    components = _mean(high) - mid, _trimmed(ratio), _mean(low) - mid
    ends = -(EPOCHS - 1)
    carried = flags[-(suppression.MEMORY - 1) :], middle[ends:], low[ends:], high[ends:], ratio[ends:]
    after = OpenibisState(state.seconds + seconds, met[-REACH:], drift, raw[-KEPT:], clean[-KEPT:], *carried)
    return after, Openibis(index(*components, suppressed), *components, suppressed)


def openibis(eeg: Array) -> Openibis:
    """Return the index over whole records, (epochs, patients): epoch n is known at 5 + n / 2 s.

    Args:
        eeg: (samples, patients), µV, 128 a second.
    """
    seconds = len(eeg) // RATE
    _, said = listen(begin(eeg.shape[1]), eeg[: RATE * seconds])
    return Openibis(*(part[SOON - 2 :] for part in said))


def index(fast: Array, synchrony: Array, slow: Array, suppression_ratio: Array) -> Array:
    """Return the index of the three components (dB) and the suppression ratio (%)."""
    sedated, deep = sedation(fast), general(synchrony)
    weight = np.interp(slow, [0.0, 5.0], [0.5, 1.0]) * (deep < sedated)
    mixed = sedated * (1.0 - weight) + deep * weight
    shown = np.interp(mixed, [-40.0, 10.0, 97.0, 110.0], [0.0, 10.0, 97.0, 100.0])
    burst = np.interp(suppression_ratio, [10.0, 50.0], [0.0, 1.0])
    silence = 50.0 - 0.5 * suppression_ratio
    return np.where(burst == 1.0, silence, shown * (1.0 - burst) + silence * burst)


def sedation(fast: Array) -> Array:
    """Return the index of a sedated brain, of 30-47 Hz against 11-20 Hz (dB)."""
    return _sigmoid(fast, 104.4, 49.4, -13.9, 5.29)


def general(synchrony: Array) -> Array:
    """Return the index of an anaesthetised brain, of synchronous fast against all power (dB)."""
    straight = np.interp(synchrony, [-60.89, -30.0], [-40.0, 43.1])
    return straight + np.where(synchrony >= -30.0, _sigmoid(synchrony, 61.3, 72.6, -24.0, 3.55), 0.0)


def _sigmoid(x: Array, e0: float, emax: float, x50: float, width: float) -> Array:
    return e0 - emax / (1.0 + np.exp((x - x50) / width))


def _silences(raw: Array, seconds: int) -> Array:
    """Whether the second in each of the coming epochs is suppressed, (epochs, patients), as numbers."""
    first = (
        KEPT - 96
    )  # the second of the first new epoch begins 224 samples before the end of the first new second
    return suppression.silent(spectra.windows(raw, RATE, first, 2 * seconds)).T.astype(float)


def _near(met: Array) -> Array:
    """Whether an epoch of each new second meets a spoiled one, (seconds, patients), of met (3 + seconds, patients)."""
    return np.max([met[begin : len(met) - REACH + begin] for begin in range(REACH + 1)], axis=0) > 0.0


def _whole(flags: Array, counts: Array) -> Array:
    """Whether an epoch's spectrum is used: it counts, and none of it was suppressed."""
    flagged = np.nan_to_num(flags[-(len(counts) + SUPPRESSED - 1) :])
    summed = np.cumsum(np.concatenate([np.zeros_like(flagged[:1]), flagged]), axis=0)
    return (summed[SUPPRESSED:] - summed[:-SUPPRESSED] == 0.0) & counts


def _epochs(clean: Array, seconds: int) -> tuple[Array, Array, Array, Array]:
    """Of each epoch: 11-20 Hz by bin (epochs, bins, patients), and 0.5-4 Hz, 30-47 Hz, synchrony, dB."""
    two = spectra.windows(clean, WINDOW, 0, 2 * seconds)
    power = softened(spectra.powers(two, HIGHEST), sawtooth(two))
    by_bin = decibels(power[..., : HIGH.stop])
    pairs = power[..., :-1] * power[..., 1:]
    fast, every = pairs[..., FASTER].mean(-1), pairs[..., SLOWER].mean(-1)
    synchrony = 0.5 * (decibels(fast) - decibels(every))
    middle = np.moveaxis(by_bin[..., MIDDLE], 0, -1)
    return middle, by_bin[..., LOW].mean(-1).T, by_bin[..., HIGH].mean(-1).T, synchrony.T


def _mean(epochs: Array) -> Array:
    """Means over the last 30 s, (new epochs, ..., patients), of what is known; NaN where nothing is."""
    known = np.isfinite(epochs)
    summed = np.cumsum(np.concatenate([np.zeros_like(epochs[:1]), np.where(known, epochs, 0.0)]), axis=0)
    counted = np.cumsum(np.concatenate([np.zeros_like(epochs[:1]), known]), axis=0)
    total, count = (sums[EPOCHS:] - sums[:-EPOCHS] for sums in (summed, counted))
    return np.where(count > 0, total / np.maximum(count, 1.0), np.nan)


def _upper(middle: Array) -> Array:
    """The mean of the upper half of the bins, (epochs, patients)."""
    middle = np.sort(middle, axis=1)
    return middle[:, middle.shape[1] // 2 :].mean(1)


def _trimmed(epochs: Array) -> Array:
    """Means over the last 30 s without the lowest and the highest quarter, (new epochs, patients)."""
    rows = np.ascontiguousarray(epochs.T)
    ranked = np.sort(np.lib.stride_tricks.sliding_window_view(rows, EPOCHS, axis=1), axis=-1)  # NaN last
    count = np.isfinite(ranked).sum(-1)[..., None]
    cut = np.ceil(0.25 * count - 0.5)  # halves count for less, as in the published code
    rank = np.arange(EPOCHS)
    inner = (rank >= cut) & (rank < count - cut)
    total = np.where(inner, ranked, 0.0).sum(-1)
    return np.where(count[..., 0] > 0, total / np.maximum(inner.sum(-1), 1), np.nan).T
