"""The BIS monitor: a delayed, smoothed, noisy index with a signal quality, sometimes none."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.arrays import Array, like, namespace, to_numpy, within
from sim.monitors.noise import ColouredNoise
from sim.monitors.slots import Chance, IndexReading, Shown
from sim.patient import Patient
from sim.truth import Truth

SMOOTHING = 15.0  # s, moving average of the monitor (estimates from recordings: 10 to 48 s)
LONGEST_DELAY = 155.0  # s, Pilge, Anesthesiology 2006;104:488
DROPOUTS_PER_HOUR, DROPOUT_SECONDS = 1.0, 30.0  # choice
UNUSABLE_QUALITY = 15.0  # %, below which monitors show no value
NOISE, QUALITY, DROPOUT = slice(0, 2), 6, 8  # rows of chance


def index_noise(interval: float) -> ColouredNoise:
    """Noise of the shown index, fitted to a recording (PAS 2): SD 4.36, autocorrelation 0.87 at 10 s."""
    return ColouredNoise(sd=4.36, damping=1.0, cutoff=0.04, interval=interval)


def history_length(step: float) -> int:
    """Return how many steps of the true index a monitor looks back on."""
    return math.ceil((LONGEST_DELAY + SMOOTHING) / step) + 2


def kernel(delay: Array, step: float) -> Array:
    """Return the weights (steps, patients) that delay and smooth a history of the true index, newest first.

    The published delay is the mean delay of what is shown, so half the smoothing window is part of it. Exact for an
    index that moves linearly between steps; every column sums to 1.

    Args:
        delay: (patients,), s; held between half the window and 155 s, the longest ever measured.
    """
    xp = namespace(delay)
    ages = step * like(np.arange(history_length(step), dtype=float)[:, None], delay)
    begin = xp.clip(delay - 0.5 * SMOOTHING, 0.0, LONGEST_DELAY)
    window = [begin + share * SMOOTHING for share in (0.0, 1 / 3, 2 / 3, 1.0)]
    taps = [xp.clip(1.0 - xp.abs(ages - moment) / step, 0.0, None) for moment in window]
    return (0.5 * taps[0] + taps[1] + taps[2] + 0.5 * taps[3]) / 3.0


def dropout(dropped: np.ndarray, chance: np.ndarray, interval: float) -> np.ndarray:
    """Return which patients have no index now: a two-state chain with exponential durations."""
    begins = chance < 1.0 - math.exp(-DROPOUTS_PER_HOUR * interval / 3600.0)
    stays = chance < math.exp(-interval / DROPOUT_SECONDS)
    return np.where(dropped, stays, begins)


def signal_quality(dropped: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """Return the quality shown, %: high with small dips, below 15 in a dropout."""
    return np.where(dropped, UNUSABLE_QUALITY / 3.0, np.maximum(100.0 - 6.0 * np.abs(normals), 50.0))


@dataclass(frozen=True)
class BISState:
    """Attributes: kernel (steps, patients), constant for a case; history (steps, patients) of the true index, newest
    first; noise (2, patients); dropped (patients,), bool.
    """

    kernel: Array
    history: Array
    noise: Array
    dropped: Array


@dataclass(frozen=True)
class BIS:
    """BIS monitor: the true index delayed, smoothed and with coloured noise; dropouts once an hour.

    Attributes:
        interval: s between readings.
        step: s between samples of the true index.
        noise: False shows the delayed and smoothed truth, never missing.
    """

    interval: float
    step: float
    noise: bool = True

    @cached_property
    def coloured(self) -> ColouredNoise:
        """Its noise."""
        return index_noise(self.interval)

    def connect(self, patient: Patient, truth: Truth, chance: Chance) -> tuple[BISState, IndexReading]:
        """Return the state and the first reading: whoever is connected has been awake for long."""
        awake = truth.bis
        weights = kernel(patient.bis_delay, self.step)
        history = namespace(awake).stack([awake] * len(weights))
        noise = self.coloured.initial(chance.normals[NOISE], awake)
        shown = _noisy(awake, noise) if self.noise else awake
        full = 0.0 * awake + 100.0
        return BISState(weights, history, noise, full < 0.0), IndexReading(shown, full > 0.0, full)

    def read(
        self, state: BISState, last: Shown, recent: Array, truth: Truth, chance: Chance
    ) -> tuple[BISState, IndexReading]:
        """Return the state and the reading one control period on; in a dropout the last value stays."""
        xp = namespace(recent)
        history = xp.concat([recent, state.history[: -recent.shape[0]]])
        index = (state.kernel * history).sum(0)
        if not self.noise:
            state = BISState(state.kernel, history, state.noise, state.dropped)
            return state, IndexReading(index, ~state.dropped, 0.0 * index + 100.0)
        noise = self.coloured.step(state.noise, chance.normals[NOISE])
        dropped = dropout(to_numpy(state.dropped), chance.uniforms[DROPOUT], self.interval)
        quality = like(signal_quality(dropped, chance.normals[QUALITY]), index)
        dropped = like(dropped, index)
        shown = xp.where(dropped, last.bis, _noisy(index, noise))
        return BISState(state.kernel, history, noise, dropped), IndexReading(shown, ~dropped, quality)


def _noisy(index: Array, noise: Array) -> Array:
    return namespace(index).round(within(index + noise[0], 0.0, 100.0))
