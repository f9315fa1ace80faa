"""What a monitor shows of EEG: openibis, smoothed; held and then blanked where artefacts hide the brain.

Muscles raise the index, as they do on monitors; nothing is taken off for them. The index counts silence as published;
in the suppression ratio that is shown it depends on how large a person's EEG is, see `sim.signals.eeg.quiet`: else a
third of the people would be shown suppressed while they are awake.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.arrays import Array
from sim.monitors.eeg.artefacts import spoiled
from sim.signals.eeg import RATE, muscle, openibis, quazi, quiet, spectra, suppression, whole_seconds
from sim.signals.eeg.openibis import OpenibisState
from sim.signals.eeg.quazi import QuaziState
from sim.signals.eeg.quiet import QuietState
from sim.signals.eeg.spectra import WINDOW

SMOOTHING = 15.0  # s; of four in five recorded cases (vitaldb/openeeg), weight 2 / (s + 1) a second
SETTLES = 10.0  # s, likewise of the other values (choice)
QUALITY = 60  # s, over which it is the share of seconds that tell something (61.5 s on the monitor)
UNUSABLE = 15.0  # %, below which monitors show nothing
HELD = 15.0  # s that the last value is shown on (choice)


class EEGReading(NamedTuple):
    """What is shown at the end, each (patients,).

    bis: 0-100, a value that is not valid repeats the last one; bis_valid: bool; signal_quality: %;
    suppression_ratio: %, by quazi with the person's own level, two seconds late; emg: dB; spectral_edge: Hz.
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
        index, waves, usual: of openibis, of quazi, and of what is usual in the person.
        silent: whether the last half seconds were, (125, patients), NaN unknown.
        good: which of the last seconds told something, (60, patients), NaN before the first.
        held: s since an index was known.
        recent: the last second of EEG, (128, patients).
        shown: bis, suppression ratio, emg and spectral edge, (4, patients), NaN as long as nothing was known.
    """

    index: OpenibisState
    waves: QuaziState
    usual: QuietState
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
            waves=quazi.begin(patients),
            usual=quiet.begin(patients),
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
        seconds = whole_seconds(eeg)
        recent = np.concatenate([state.recent, eeg])
        (power,) = spectra.few_at_once(
            lambda some: (_powers(some, seconds),), np.nan_to_num(recent, posinf=0.0, neginf=0.0), seconds
        )
        muscles = muscle.emg(power.T).T
        bad = spoiled(eeg, state.recent[-1], muscles) > 0.0
        heard = np.where(np.repeat(bad, RATE, axis=0), np.nan, eeg) if bad.any() else eeg
        waves, strays = quazi.listen(state.waves, heard)
        usual, factor = quiet.follow(state.usual, strays)
        index, said = openibis.listen(state.index, heard)
        flags = np.where(np.isnan(strays), np.nan, strays < quazi.SILENT * factor)
        silent = np.concatenate([state.silent, flags])
        known = np.where(bad, np.nan, 1.0)
        edge = spectra.edge(power.T).T
        index_now = 0.5 * (said.index[::2] + said.index[1::2])
        values = np.stack([index_now, suppression.ratio(silent)[1::2], known * muscles, known * edge])
        shown, held = _settled(state.shown, state.held, values)
        good = np.concatenate([state.good, ~bad])[-QUALITY:]
        after = ListenerState(
            index, waves, usual, silent[-(suppression.MEMORY - 1) :], good, held, recent[-RATE:], shown
        )
        return after, _reading(shown, held, good)


def _reading(shown: Array, held: Array, good: Array) -> EEGReading:
    bis, suppressed, emg, edge = np.nan_to_num(shown)
    quality = 100.0 * np.nansum(good, axis=0) / np.isfinite(good).sum(0)
    valid = (held <= HELD) & (quality >= UNUSABLE) & np.isfinite(shown[0])
    return EEGReading(bis, valid, quality, suppressed, emg, edge)


def _powers(recent: Array, seconds: int) -> Array:
    """Powers of the two seconds that end with each second, (bins, seconds, patients), µV²."""
    return spectra.powers(spectra.windows(recent, WINDOW, 0, 2 * seconds)[:, ::2]).transpose(2, 1, 0)


def _settled(shown: Array, held: Array, values: Array) -> tuple[Array, Array]:
    """Return what is shown, and for how long it has been without a value: it follows those that are known.

    Args:
        values: (4, seconds, patients), NaN unknown. A suppression ratio is a mean over a minute already.
    """
    weights = np.array([2.0 / (SMOOTHING + 1.0), 1.0, 2.0 / (SETTLES + 1.0), 2.0 / (SETTLES + 1.0)])[:, None]
    for now in np.moveaxis(values, 1, 0):
        followed = np.where(np.isfinite(shown), shown + weights * (now - shown), now)
        shown = np.where(np.isfinite(now), followed, shown)
        held = np.where(np.isfinite(now[0]), 0.0, held + 1.0)
    return shown, held
