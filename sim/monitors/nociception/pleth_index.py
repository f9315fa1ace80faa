"""The surgical pleth index, from the photoplethysmogram alone.

Pulse amplitude and interval are turned into percentiles, and fall as stimulation rises: Huiku, Br J Anaesth
2007;98:447. Weights, histograms and group as in vitaldb/pyvital: 70 % of a percentile is the person's own so far.
0-100, 20-50 is sought. A person whose amplitude and rate do not change comes to about 50, whatever the level:
the index tells change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from sim.arrays import Array
from sim.signals.pulse import detection, features
from sim.signals.pulse.features import BeatFeatures, FeatureState
from sim.signals.pulse.held import held
from sim.signals.pulse.recent import LATENCY, Usual, believed, remembered

AMPLITUDE_WEIGHT, OWN = 0.7, 0.7
BINS = 1000
INTERVALS = 0.24, 2.0  # s of the histogram
AMPLITUDES = 0.0, 10.0  # a.u. of the histogram
INTERVAL_GROUP = 0.700, 0.100  # s: mean and SD
AMPLITUDE_GROUP = 1.0, 0.2  # a.u.: likewise
AVERAGED = 10  # s of beats in a value
FEWEST = 3  # beats in a value
LEARNING = 30  # beats before the first value
KEPT = 64  # beats remembered: more than fit into what is averaged


@dataclass(frozen=True)
class PlethState:
    """What is carried.

    Attributes:
        seconds: heard so far, (patients,).
        features: of the waves.
        usual: of intervals.
        counts: histograms of amplitude and interval so far, (2, 1000, patients).
        times, values: of the last beats, s and index, (64, patients), NaN first.
        shown: the last value, (patients,), 0 before the first.
    """

    seconds: Array
    features: FeatureState
    usual: Usual
    counts: Array
    times: Array
    values: Array
    shown: Array


@dataclass(frozen=True)
class PlethIndex:
    """The surgical pleth index over a batch of patients."""

    name = "surgical_pleth_index"
    wave = "ppg"

    def begin(self, patients: int) -> PlethState:
        """Return the state before the first second."""
        unknown = np.full((KEPT, patients), np.nan)
        counts = np.zeros((2, BINS, patients), dtype=np.int32)
        return PlethState(
            np.zeros(patients),
            features.begin(patients),
            Usual.unknown(patients),
            counts,
            unknown,
            unknown,
            np.zeros(patients),
        )

    def listen(self, state: PlethState, samples: Array) -> tuple[PlethState, Array, Array]:
        """Return the state, the index each second and whether it is one, both (seconds, patients).

        Args:
            samples: (100 x seconds, patients); not finite where there are none. A value that is none repeats the last.
        """
        parts = np.split(samples, range(_BLOCK, len(samples), _BLOCK))
        shown, known = [], []
        for part in parts:
            state, value, valid = self._listen(state, part)
            shown.append(value)
            known.append(valid)
        return state, np.concatenate(shown), np.concatenate(known)

    def _listen(self, state: PlethState, samples: Array) -> tuple[PlethState, Array, Array]:
        heard, beats = features.listen(state.features, samples)
        usual, keep = believed(state.usual, beats.interval)
        keep &= beats.amplitude > detection.PPG.floor
        counts, values = _ranked(state.counts, beats, keep)
        pieces = ((state.times, beats.time), (state.values, values))
        times, values = (
            remembered(np.concatenate([np.full_like(new, np.nan), before]), np.where(keep, new, np.nan))
            for before, new in pieces
        )
        seconds = len(samples) // detection.PPG.rate
        now = state.seconds + 1.0 + np.arange(seconds)[:, None, None] - LATENCY
        with_in = (times > now - AVERAGED) & (times <= now) & ~np.isnan(values)
        number = with_in.sum(1)
        mean = np.where(with_in, values, 0.0).sum(1) / np.maximum(number, 1)
        valid = number >= FEWEST
        shown = held(np.where(valid, mean, np.nan), state.shown)
        after = PlethState(
            state.seconds + seconds, heard, usual, counts, times[-KEPT:], values[-KEPT:], shown[-1]
        )
        return after, shown, valid


_BLOCK = 30 * detection.PPG.rate  # samples looked at in one go


def _ranked(counts: Array, beats: BeatFeatures, keep: Array) -> tuple[Array, Array]:
    """Return the histograms with these beats, and the index of each, (beats, patients), NaN while they are learned."""
    counts = counts.copy()
    bins, patients = np.arange(BINS)[:, None], np.arange(keep.shape[1])
    group = (
        ndtr((beats.amplitude - AMPLITUDE_GROUP[0]) / AMPLITUDE_GROUP[1]),
        ndtr((beats.interval - INTERVAL_GROUP[0]) / INTERVAL_GROUP[1]),
    )
    places = _bins(beats.amplitude, AMPLITUDES), _bins(beats.interval, INTERVALS)
    said = np.full(keep.shape, np.nan)
    for row in range(len(keep)):
        total, believed_ones = counts[0].sum(0), keep[row]
        ranks = []
        for which in range(2):
            below = np.where(bins < places[which][row], counts[which], 0).sum(0) / np.maximum(total, 1)
            ranks.append(OWN * below + (1.0 - OWN) * group[which][row])
            counts[which][places[which][row], patients] += believed_ones
        value = 100.0 * (1.0 - AMPLITUDE_WEIGHT * ranks[0] - (1.0 - AMPLITUDE_WEIGHT) * ranks[1])
        said[row] = np.where(believed_ones & (total >= LEARNING), value, np.nan)
    return counts, said


def _bins(values: Array, limits: tuple[float, float]) -> Array:
    share = (np.nan_to_num(values) - limits[0]) / (limits[1] - limits[0])
    return np.clip((share * BINS).astype(int), 0, BINS - 1)
