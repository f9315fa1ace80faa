"""OpenBSR: silence as monitors count it, by fast and slow power together, with a level that follows the person.

Quiet waking EEG has fast power that silence has not, so that it is not taken for silence. Source: Connor's OpenBSR of
2024, after vitaldb/openeeg. The person's level is known to 0.1 dB.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array
from sim.signals.eeg import RATE, openibis, spectra, suppression, whole_seconds
from sim.signals.eeg.spectra import decibels, straightened

TREND = 2400  # half seconds: 20 min
QUANTILE = 0.95  # of the reference over the trend
LOWEST, HIGHEST = 19.0, 23.0  # dB, of the reference
RAISED = 15.0  # dB of slow over fast power, from which slow power sets the reference
FLOOR = -16.0, -14.0  # dB of fast power, at least; at the lowest and the highest reference
LEVEL = -0.3, -0.1  # likewise, of 20 log10(5 µV): what is below is silent
SILENT = 20.0 * np.log10(5.0)
CLIP, PASSES = 7.0, 3  # standard deviations to which a second is compressed, and how often
SLOW, FAST, REFERENCE = (1, 31), (31, 48), (1, 21)  # bins of 1 Hz: 1-30, 31-47, 1-20 Hz
LEVELS = np.linspace(LOWEST, HIGHEST, 41)
MISSING = len(LEVELS)


@dataclass(frozen=True)
class OpenBSRState:
    """What is carried.

    Attributes:
        seconds: heard so far, (patients,).
        raw: the end of the EEG before, (96, patients), µV.
        levels: of the last 20 min, by half second, numbers of `LEVELS`, 41 where there is none, (2400, patients).
        up_to: how many of them are not above each level, (41, patients).
    """

    seconds: Array
    raw: Array
    levels: Array
    up_to: Array


def begin(patients: int) -> OpenBSRState:
    """Return the state before the first second."""
    return OpenBSRState(
        np.zeros(patients),
        np.zeros((suppression.BEFORE, patients)),
        np.full((TREND, patients), MISSING, dtype=np.int8),
        np.zeros((len(LEVELS), patients), dtype=np.int32),
    )


def listen(state: OpenBSRState, eeg: Array) -> tuple[OpenBSRState, Array]:
    """Return the state, and whether each half second is suppressed, (2 x seconds, patients), NaN unknown.

    The rows are the epochs of `sim.signals.eeg.openibis`.

    Args:
        eeg: (128 x seconds, patients), µV, NaN where missing.

    Raises:
        ValueError: where the EEG has another shape.
    """
    seconds = whole_seconds(eeg)
    raw = np.concatenate([state.raw, eeg])
    slow, fast, own = spectra.few_at_once(lambda some: _bands(some, seconds), raw, seconds)
    known = np.isfinite(slow) & (openibis.numbers(state.seconds, seconds) >= 0.0)
    raised = np.where(slow - fast > RAISED, np.clip(own, LOWEST, HIGHEST), LOWEST)
    step = LEVELS[1] - LEVELS[0]
    level = np.where(known, np.rint((np.where(known, raised, LOWEST) - LOWEST) / step), MISSING)
    levels = np.concatenate([state.levels, level.astype(np.int8)])
    up_to = _counted(state.up_to, levels)
    trend = _quantile(up_to)
    power = 0.5 * (slow + np.maximum(fast, np.interp(trend, [LOWEST, HIGHEST], FLOOR)))
    flags = np.where(known, power < SILENT * np.interp(trend, [LOWEST, HIGHEST], LEVEL), np.nan)
    after = OpenBSRState(state.seconds + seconds, raw[-suppression.BEFORE :], levels[-TREND:], up_to[-1])
    return after, flags


def openbsr(eeg: Array) -> Array:
    """Return the suppression ratio of whole records, %, (epochs, patients), in the epochs of openibis."""
    _, flags = listen(begin(eeg.shape[1]), eeg[: len(eeg) // RATE * RATE])
    before = np.full((suppression.MEMORY - 1, eeg.shape[1]), np.nan)
    return suppression.ratio(np.concatenate([before, flags]))[openibis.SOON - 2 :]


def _bands(raw: Array, seconds: int) -> tuple[Array, Array, Array]:
    """Slow, fast and reference power of each epoch's second, (epochs, patients), dB re 1 µV²."""
    power = spectra.powers(compressed(suppression.seconds_of_epochs(raw, seconds)))
    slow, fast, own = (decibels(power[..., slice(*bins)].sum(-1)).T for bins in (SLOW, FAST, REFERENCE))
    return slow, fast, own


def compressed(second: Array) -> Array:
    """Return what seconds (..., 128) stray from a straight line, float32, three times compressed to 7 SD about it.

    The standard deviation is of the second with its slope, which the line keeps from one time to the next.
    """
    time = np.arange(RATE, dtype=np.float32) - np.float32(0.5 * (RATE - 1))
    weights = time / (time @ time)
    slope = (second @ weights.astype(float)).astype(np.float32)
    strays = straightened(second).astype(np.float32)
    for _ in range(PASSES):
        square = np.square(strays)
        variance = square.mean(-1) + np.square(slope) * (time @ time / RATE)
        square /= np.maximum(CLIP**2 * variance, np.float32(spectra.QUIET))[..., None]
        np.subtract(1.0, np.minimum(square, 1.0, out=square), out=square)
        strays *= np.square(square, out=square)
        more = strays @ weights
        strays -= strays.mean(-1, keepdims=True)
        strays -= more[..., None] * time
        slope += more
    return strays


def _counted(up_to: Array, levels: Array) -> Array:
    """How many of the last 20 min are not above each level, (new epochs, 41, patients)."""
    number = np.arange(len(LEVELS), dtype=np.int8)[:, None]
    changes = (levels[TREND:, None] <= number).astype(np.int8) - (levels[:-TREND, None] <= number)
    return np.cumsum(np.concatenate([up_to[None], changes]), axis=0, dtype=np.int32)[1:]


def _quantile(up_to: Array) -> Array:
    """The reference that the last 20 min reach in one of twenty half seconds, (new epochs, patients), dB."""
    rank = np.floor(QUANTILE * np.maximum(up_to[:, -1] - 1, 0))
    return LEVELS[np.minimum((up_to <= rank[:, None]).sum(1), len(LEVELS) - 1)]
