"""openibis: an open index of depth from one channel of EEG. Connor, Anesth Analg 2022;135:855.

Half-second epochs look at two seconds of spectrum; components are taken over 30 s, suppression over 63 s. The index
does not change with the gain of the EEG, but through the silence that a small one seems to be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.arrays import Array
from sim.signals.eeg import RATE, spectra, suppression, whole_seconds
from sim.signals.eeg.sawtooth import sawtooth, softened
from sim.signals.eeg.spectra import WINDOW, between, decibels

KEPT = WINDOW  # samples that the next second's windows reach back
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
    """What is carried. NaN is not known.

    Attributes:
        seconds: heard so far, (patients,).
        drift: of the filter, (2, patients).
        held: the last sample that was heard, µV, (patients,); it stands in for missing ones in the filter.
        raw, clean: the last two seconds before and after it, (256, patients).
        flags: whether each half second was suppressed, (125, patients).
        bands: dB of each epoch, (60, 2 + bins, patients): 0.5-4 Hz, 30-47 Hz, 11-20 Hz by bin; 0 where not whole.
        whole: whether an epoch has a spectrum, (60, patients).
        synchrony: of each epoch, dB, (59, patients).
        sums, count: of `bands` and `whole` over the last 30 s, (2 + bins, patients) and (patients,).
    """

    seconds: Array
    drift: Array
    held: Array
    raw: Array
    clean: Array
    flags: Array
    bands: Array
    whole: Array
    synchrony: Array
    sums: Array
    count: Array


def begin(patients: int) -> OpenibisState:
    """Return the state before the first second."""
    bands = 2 + MIDDLE.stop - MIDDLE.start
    return OpenibisState(
        seconds=np.zeros(patients),
        drift=np.zeros((2, patients)),
        held=np.zeros(patients),
        raw=np.zeros((KEPT, patients)),
        clean=np.zeros((KEPT, patients)),
        flags=np.full((suppression.MEMORY - 1, patients), np.nan),
        bands=np.zeros((EPOCHS, bands, patients)),
        whole=np.zeros((EPOCHS, patients)),
        synchrony=np.full((EPOCHS - 1, patients), np.nan),
        sums=np.zeros((bands, patients)),
        count=np.zeros(patients),
    )


def listen(state: OpenibisState, eeg: Array) -> tuple[OpenibisState, Openibis]:
    """Return the state and the index after more seconds of EEG.

    A window with a missing sample (NaN) has neither a spectrum nor a flag; nothing is computed from nothing.

    Args:
        eeg: (128 x seconds, patients), µV.

    Raises:
        ValueError: where the EEG has another shape.
    """
    seconds = whole_seconds(eeg)
    filled, held = spectra.filled(eeg, state.held)
    clean, drift = spectra.filtered(filled, state.drift)
    if filled is not eeg:
        clean = np.where(np.isfinite(eeg), clean, np.nan)
    raw, clean = np.concatenate([state.raw, eeg]), np.concatenate([state.clean, clean])
    number = numbers(state.seconds, seconds)
    silences = suppression.silences(raw, seconds)
    flags = np.concatenate([state.flags, np.where(number < 0.0, np.nan, silences)])
    bands, synchrony = _epochs(clean, seconds)
    whole = _unsuppressed(flags, number) & np.isfinite(synchrony)
    bands = np.concatenate([state.bands, np.where(whole[:, None], bands, 0.0)])
    synchrony = np.concatenate([state.synchrony, np.where(whole, synchrony, np.nan)])
    whole = np.concatenate([state.whole, whole])
    sums, count = _trailing(state.sums, bands), _trailing(state.count, whole)
    mean = np.where(count > 0.0, 1.0, np.nan)[:, None] * sums / np.maximum(count, 1.0)[:, None]
    middle = _upper(mean[:, 2:])
    components = mean[:, 1] - middle, _trimmed(synchrony), mean[:, 0] - middle
    suppressed = suppression.ratio(flags)
    after = OpenibisState(
        state.seconds + seconds,
        drift,
        held,
        raw[-KEPT:],
        clean[-KEPT:],
        flags[-(suppression.MEMORY - 1) :],
        bands[-EPOCHS:],
        whole[-EPOCHS:],
        synchrony[-(EPOCHS - 1) :],
        sums[-1],
        count[-1],
    )
    return after, Openibis(index(*components, suppressed), *components, suppressed)


def numbers(heard: Array, seconds: int) -> Array:
    """Return the numbers of the epochs that new seconds bring, (2 x seconds, patients); those below 0 are none.

    Args:
        heard: s heard before, (patients,).
    """
    return 2.0 * heard - SOON + 2.0 + np.arange(2 * seconds)[:, None]


def openibis(eeg: Array) -> Openibis:
    """Return the index over whole records, (epochs, patients): epoch n is known at 5 + n / 2 s.

    Args:
        eeg: (samples, patients), µV, 128 a second.
    """
    seconds = len(eeg) // RATE
    _, said = listen(begin(eeg.shape[1]), eeg[: RATE * seconds])
    return Openibis(*(part[SOON - 2 :] for part in said))


def index(fast: Array, synchrony: Array, slow: Array, suppression_ratio: Array) -> Array:
    """Return the index of the three components (dB) and the suppression ratio (%).

    Unknown components (NaN), as after 30 s of silence, count as the deepest, as in the published code; where there was
    no silence either, the index is not known.
    """
    sedated, deep = sedation(fast), general(synchrony)
    weight = np.interp(slow, [0.0, 5.0], [0.5, 1.0]) * (deep < sedated)
    mixed = sedated * (1.0 - weight) + deep * weight
    burst = np.interp(suppression_ratio, [10.0, 50.0], [0.0, 1.0])
    mixed = np.where(np.isnan(mixed) & (burst > 0.0), -40.0, mixed)
    shown = np.interp(mixed, [-40.0, 10.0, 97.0, 110.0], [0.0, 10.0, 97.0, 100.0])
    return shown * (1.0 - burst) + (50.0 - 0.5 * suppression_ratio) * burst


def sedation(fast: Array) -> Array:
    """Return the index of a sedated brain, of 30-47 Hz against 11-20 Hz (dB)."""
    return _sigmoid(fast, 104.4, 49.4, -13.9, 5.29)


def general(synchrony: Array) -> Array:
    """Return the index of an anaesthetised brain, of synchronous fast against all power (dB)."""
    straight = np.interp(synchrony, [-60.89, -30.0], [-40.0, 43.1])
    return straight + np.where(synchrony >= -30.0, _sigmoid(synchrony, 61.3, 72.6, -24.0, 3.55), 0.0)


def _sigmoid(x: Array, e0: float, emax: float, x50: float, width: float) -> Array:
    return e0 - emax / (1.0 + np.exp((x - x50) / width))


def _unsuppressed(flags: Array, number: Array) -> Array:
    """Whether none of an epoch's spectrum was suppressed, and it lies in the record, (epochs, patients)."""
    flagged = np.nan_to_num(flags[-(len(number) + SUPPRESSED - 1) :])
    summed = np.cumsum(np.concatenate([np.zeros_like(flagged[:1]), flagged]), axis=0)
    return (summed[SUPPRESSED:] - summed[:-SUPPRESSED] == 0.0) & (number >= 0.0)


def _epochs(clean: Array, seconds: int) -> tuple[Array, Array]:
    """Of each epoch: 0.5-4 Hz, 30-47 Hz, 11-20 Hz by bin, (epochs, 2 + bins, patients), and synchrony; dB."""
    return tuple(spectra.few_at_once(lambda some: _bands(some, seconds), clean, seconds))


def _bands(clean: Array, seconds: int) -> tuple[Array, Array]:
    """The same, of few patients."""
    two = spectra.windows(clean, WINDOW, 0, 2 * seconds)
    power = softened(spectra.powers(two, HIGHEST), sawtooth(two))
    low, high, middle = (decibels(power[..., used]) for used in (LOW, HIGH, MIDDLE))
    bands = np.concatenate([low.mean(-1)[..., None], high.mean(-1)[..., None], middle], axis=-1)
    pairs = power[..., :-1] * power[..., 1:]
    fast, every = pairs[..., FASTER].mean(-1), pairs[..., SLOWER].mean(-1)
    return bands.transpose(1, 2, 0), 0.5 * (decibels(fast) - decibels(every)).T


def _trailing(sums: Array, epochs: Array) -> Array:
    """Sums over the last 30 s after each new epoch: what comes is added, what leaves is taken off."""
    changes = epochs[EPOCHS:] - epochs[:-EPOCHS]
    return np.cumsum(np.concatenate([sums[None], changes]), axis=0)[1:]


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
