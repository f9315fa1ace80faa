"""What a monitor shows of EEG: openibis, smoothed; held and then blanked where artefacts hide the brain.

Muscles raise the index, as they do on monitors; nothing is taken off for them. The suppression ratio that is shown is
OpenBSR's: by quazi, a third of the people would be shown suppressed while they are awake.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.arrays import Array
from sim.monitors.eeg.artefacts import spoiled
from sim.signals.eeg import RATE, muscle, openbsr, openibis, spectra, suppression, whole_seconds
from sim.signals.eeg.openbsr import OpenBSRState
from sim.signals.eeg.openibis import OpenibisState
from sim.signals.eeg.spectra import WINDOW

SMOOTHING = 15.0  # s; of four in five recorded cases (vitaldb/openeeg), weight 2 / (s + 1) a second
SETTLES = 10.0  # s, likewise of the other values (choice)
QUALITY = 60  # s, over which it is the share of seconds that tell something (61.5 s on the monitor)
UNUSABLE = 15.0  # %, below which monitors show nothing
HELD = 45.0  # s that the last value is shown on; then quality runs out too (choice)


class EEGReading(NamedTuple):
    """What is shown, each (patients,).

    bis: 0-100, a value that is not valid repeats the last one; bis_valid: bool; signal_quality: %;
    suppression_ratio: %, by OpenBSR; emg: dB; spectral_edge: Hz.
    """

    bis: Array
    bis_valid: Array
    signal_quality: Array
    suppression_ratio: Array
    emg: Array
    spectral_edge: Array


@dataclass(frozen=True)
class ListenerState:
    """What is carried.

    Attributes:
        index, silence: of openibis and OpenBSR.
        silent: whether the last half seconds were, (125, patients), NaN unknown.
        good: which of the last seconds told something, (60, patients), NaN before the first.
        held: s since an index was known.
        recent: the last second of EEG, (128, patients).
        shown: bis, suppression ratio, emg and spectral edge, (4, patients), NaN as long as nothing was known.
    """

    index: OpenibisState
    silence: OpenBSRState
    silent: Array
    good: Array
    held: Array
    recent: Array
    shown: Array


@dataclass(frozen=True)
class Listener:
    """A monitor of depth over a batch of patients."""

    def begin(self, patients: int) -> ListenerState:
        """Return the state before the first second."""
        return ListenerState(
            index=openibis.begin(patients),
            silence=openbsr.begin(patients),
            silent=np.full((suppression.MEMORY - 1, patients), np.nan),
            good=np.full((QUALITY, patients), np.nan),
            held=np.full(patients, np.inf),
            recent=np.zeros((RATE, patients)),
            shown=np.full((4, patients), np.nan),
        )

    def listen(self, state: ListenerState, eeg: Array) -> tuple[ListenerState, EEGReading]:
        """Return the state and the reading after whole seconds of EEG, (128 x seconds, patients), µV, NaN in gaps.

        Raises:
            ValueError: where the EEG has another shape.
        """
        state, readings = self.course(state, eeg)
        return state, EEGReading(*(values[-1] for values in readings))

    def course(self, state: ListenerState, eeg: Array) -> tuple[ListenerState, EEGReading]:
        """Return the state and what is shown after each of the seconds, each (seconds, patients); see `listen`."""
        seconds = whole_seconds(eeg)
        recent = np.concatenate([state.recent, eeg])
        heard, power, muscles, bad = cleaned(recent)
        silence, flags = openbsr.listen(state.silence, heard)
        index, said = openibis.listen(state.index, heard)
        silent = np.concatenate([state.silent, flags])
        known = np.where(bad, np.nan, 1.0)
        edge = spectra.edge(power.T).T
        now = 0.5 * (said.index[::2] + said.index[1::2])
        values = np.stack([known * now, suppression.ratio(silent)[1::2], known * muscles, known * edge])
        shown, held = _settled(state.shown, state.held, values)
        good = np.concatenate([state.good, np.where(bad, 0.0, 1.0)])
        after = ListenerState(
            index,
            silence,
            silent[-(suppression.MEMORY - 1) :],
            good[-QUALITY:],
            held[-1],
            recent[-RATE:],
            shown[:, -1],
        )
        return after, _readings(shown, held, _quality(good, seconds))


def cleaned(recent: Array) -> tuple[Array, Array, Array, Array]:
    """Tell what is heard of seconds of EEG without those that an artefact spoils.

    Args:
        recent: the second before and the new ones, (128 + 128 x seconds, patients), µV, NaN in gaps.

    Returns:
        The EEG of the new seconds, NaN where spoiled; powers of the two seconds that end with each, (bins, seconds,
        patients), µV²; muscle (dB) and whether it is spoiled, (seconds, patients).
    """
    seconds = whole_seconds(recent) - 1
    filled = np.nan_to_num(recent, posinf=0.0, neginf=0.0)
    (power,) = spectra.few_at_once(lambda some: (_powers(some, seconds),), filled, seconds)
    muscles, loud = muscle.emg(power.T).T, muscle.loudness(power.T).T
    eeg = recent[RATE:]
    bad = spoiled(eeg, recent[RATE - 1], loud) > 0.0
    heard = np.where(np.repeat(bad, RATE, axis=0), np.nan, eeg) if bad.any() else eeg
    return heard, power, muscles, bad


def _readings(shown: Array, held: Array, quality: Array) -> EEGReading:
    bis, suppressed, emg, edge = np.nan_to_num(shown)
    valid = (held <= HELD) & (quality >= UNUSABLE) & np.isfinite(shown[0])
    return EEGReading(bis, valid, quality, suppressed, emg, edge)


def _quality(good: Array, seconds: int) -> Array:
    """Share of the last minute's seconds that told something, %, after each new one, (seconds, patients)."""
    known = np.isfinite(good)
    told, count = (
        np.cumsum(np.concatenate([np.zeros_like(good[:1]), part]), axis=0)
        for part in (np.where(known, good, 0.0), known)
    )
    return (
        100.0
        * (told[QUALITY:] - told[:-QUALITY])[-seconds:]
        / (count[QUALITY:] - count[:-QUALITY])[-seconds:]
    )


def _powers(recent: Array, seconds: int) -> Array:
    """Powers of the two seconds that end with each second, (bins, seconds, patients), µV²."""
    return spectra.powers(spectra.windows(recent, WINDOW, 0, 2 * seconds)[:, ::2]).transpose(2, 1, 0)


def _settled(shown: Array, held: Array, values: Array) -> tuple[Array, Array]:
    """Return what is shown after each second, and for how long it has been without a value, s.

    It follows those that are known; artefacts, of which nothing can be known, make it late.

    Args:
        values: (4, seconds, patients), NaN unknown. A suppression ratio is a mean over a minute already.
    """
    weights = np.array([2.0 / (SMOOTHING + 1.0), 1.0, 2.0 / (SETTLES + 1.0), 2.0 / (SETTLES + 1.0)])[:, None]
    course, ages = np.empty_like(values), np.empty_like(values[0])
    for second, now in enumerate(np.moveaxis(values, 1, 0)):
        followed = np.where(np.isfinite(shown), shown + weights * (now - shown), now)
        course[:, second] = shown = np.where(np.isfinite(now), followed, shown)
        ages[second] = held = np.where(np.isfinite(now[0]), 0.0, held + 1.0)
    return course, ages
