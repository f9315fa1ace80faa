"""What a monitor shows of EEG: openibis, smoothed; held and then blanked where artefacts hide the brain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.arrays import Array
from sim.monitors.eeg.artefacts import spoiled
from sim.signals.eeg import RATE, muscle, openibis, spectra
from sim.signals.eeg.openibis import OpenibisState
from sim.signals.eeg.spectra import WINDOW

SMOOTHING = 15.0  # s; of four in five recorded cases (vitaldb/openeeg), weight 2 / (s + 1) a second
SETTLES = 10.0  # s, likewise of the other values (choice)
QUALITY = 60  # s, over which it is the share of seconds that tell something (61.5 s on the monitor)
UNUSABLE = 15.0  # %, below which monitors show nothing
HELD = 15.0  # s that the last value is shown on (choice)


class EEGReading(NamedTuple):
    """What is shown at the end, each (patients,).

    bis: 0-100, a value that is not valid repeats the last one; bis_valid: bool; signal_quality: %;
    suppression_ratio: %, by the detector of openibis; emg: dB; spectral_edge: Hz.
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
        index: of openibis.
        good: which of the last seconds told something, (60, patients), NaN before the first.
        held: s since an index was known.
        last: the last sample of EEG.
        shown: bis, suppression ratio, emg and spectral edge, (4, patients), NaN as long as nothing was known.
    """

    index: OpenibisState
    good: Array
    held: Array
    last: Array
    shown: Array


@dataclass(frozen=True)
class Listener:
    """A monitor of depth over a batch of patients."""

    def begin(self, patients: int) -> ListenerState:
        """Return the state before the first second."""
        nothing = np.zeros(patients)
        unknown = np.full((4, patients), np.nan)
        good = np.full((QUALITY, patients), np.nan)
        return ListenerState(openibis.begin(patients), good, nothing + np.inf, nothing, unknown)

    def listen(self, state: ListenerState, eeg: Array) -> tuple[ListenerState, EEGReading]:
        """Return the state and the reading after whole seconds of EEG, (128 x seconds, patients), µV, NaN in gaps."""
        heard = np.nan_to_num(eeg)
        power = _powers(state, heard)
        muscles = muscle.emg(power)
        bad = spoiled(eeg, state.last, muscles)
        heard = np.where(np.repeat(bad, RATE, axis=0) > 0.0, np.clip(heard, -1.0, 1.0), heard)
        index, said = openibis.listen(state.index, heard, bad)
        known = 0.5 * (said.index[::2] + said.index[1::2])
        edge = np.where(bad > 0.0, np.nan, spectra.edge(power))
        values = np.stack([known, said.suppression_ratio[1::2], np.where(bad > 0.0, np.nan, muscles), edge])
        shown, held = _settled(state.shown, state.held, values)
        good = np.concatenate([state.good, 1.0 - bad])[-QUALITY:]
        quality = 100.0 * np.nansum(good, axis=0) / np.isfinite(good).sum(0)
        after = ListenerState(index, good, held, heard[-1], shown)
        bis, suppression, emg, edge = np.nan_to_num(shown)
        valid = (held <= HELD) & (quality >= UNUSABLE) & np.isfinite(shown[0])
        return after, EEGReading(bis, valid, quality, suppression, emg, edge)


def _powers(state: ListenerState, eeg: Array) -> Array:
    """Powers of the two seconds that end with each second, (seconds, patients, bins), µV²."""
    clean, _ = spectra.filtered(eeg, state.index.drift)
    clean = np.concatenate([state.index.clean[-RATE:], clean])
    return np.moveaxis(
        spectra.powers(spectra.windows(clean, WINDOW, 0, 2 * (len(eeg) // RATE))[:, ::2]), 0, 1
    )


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
