"""The BIS monitor: a delayed, smoothed, noisy index with a signal quality, sometimes none."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np

from sim.arrays import Array, at_least, interpolated, like, namespace, some, within
from sim.monitors.noise import Noise
from sim.monitors.recorded import recorded
from sim.monitors.slots import INDEX_GAP, INDEX_NOISE, INDEX_REPEATS, Chance, IndexReading, Shown
from sim.patient import Patient
from sim.randomness import truncated_normals
from sim.truth import Truth

SMOOTHING = 15.0  # s, moving average of the monitor (estimates from recordings: 10 to 48 s)
LONGEST_DELAY = 155.0  # s, Pilge, Anesthesiology 2006;104:488
UNUSABLE_QUALITY = 15.0  # %, below which monitors show no value
VALUES = np.linspace(0.0, 100.0, 201)  # of the index
WHOLE, SHORT, LONG = 0.0, 1.0, 2.0  # kinds of gap; whole is none


@cache
def even() -> np.ndarray:
    """Return, (201,), the scale of `VALUES` on which noise is of one size: the index has plateaus (41, 62, 76, 97)."""
    return np.concatenate([[0.0], np.cumsum(np.diff(VALUES) / recorded().index.scale)])


def repeats(last: Array, size: Array, repeated: Array) -> Array:
    """Return the chance that a reading shows the last one again, (patients,): the less noise, the more often.

    Args:
        last: what was shown last.
        size: factor on the usual noise, over that on the usual share of repeats.
        repeated: who showed the one before it, bool.
    """
    known, xp = recorded().index, namespace(last)
    level = xp.astype(within(2.0 * last, 0.0, 199.0), xp.int64)
    share = like(known.repeats, last)[level] / size
    return xp.where(repeated, known.again, share * (1.0 - known.again))


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


def gap(kind: Array, chance: Array, interval: float) -> Array:
    """Return the kind of gap that each patient's index is in now: short and long ones, of exponential durations."""
    begins, rare, stays = _chances(interval)
    if not some((kind != WHOLE) | (chance < begins)):
        return kind
    xp, whole = namespace(kind), WHOLE + 0.0 * kind
    fresh = xp.where(chance < rare, LONG + whole, xp.where(chance < begins, SHORT + whole, whole))
    stay = xp.where(kind == LONG, stays[0] + whole, stays[1] + whole)
    lasting = xp.where(chance < stay, kind, whole)
    return xp.where(kind == WHOLE, fresh, lasting)


@cache
def _chances(interval: float) -> tuple[float, float, tuple[float, float]]:
    """Return the chance that a gap begins, that a long one does, and that a long and a short one last."""
    short, long = recorded().index.gaps
    rare, often = (1.0 - math.exp(-each.per_hour * interval / 3600.0) for each in (long, short))
    return rare + often, rare, (math.exp(-interval / long.seconds), math.exp(-interval / short.seconds))


def signal_quality(none: Array, innovation: Array) -> Array:
    """Return the quality shown, %: high, the lower the more noise there is, and below 15 in a gap."""
    xp = namespace(innovation)
    return xp.where(none, UNUSABLE_QUALITY / 3.0, at_least(100.0 - 6.0 * xp.abs(innovation), 50.0))


@dataclass(frozen=True)
class BISState:
    """Attributes: kernel (steps, patients), constant for a case; history (steps, patients) of the true index, newest
    first; noise (rows, patients), see `sim.monitors.noise`; gap (patients,), its kind; repeating (patients,), factor on
    the share of repeats; repeated (patients,), who just did, bool; loudness (patients,), factor on the noise.
    """

    kernel: Array
    history: Array
    noise: Array
    gap: Array
    repeating: Array
    repeated: Array
    loudness: Array


@dataclass(frozen=True)
class BIS:
    """BIS monitor: the true index delayed, smoothed and with the noise, the repeats and the gaps of recorded ones.

    Attributes:
        interval: s between readings.
        step: s between samples of the true index.
        noise: False shows the delayed and smoothed truth, never missing.
    """

    interval: float
    step: float
    noise: bool = True

    @cached_property
    def process(self) -> Noise:
        """Its noise."""
        return Noise(recorded().index.noise, self.interval)

    def connect(self, patient: Patient, truth: Truth, chance: Chance) -> tuple[BISState, IndexReading]:
        """Return the state and the first reading: whoever is connected has been awake for long."""
        awake = truth.bis
        weights = kernel(patient.bis_delay, self.step)
        history = namespace(awake).stack([awake] * len(weights))
        noise = self.process.initial(chance.keys, "index noise", awake)
        shown = self._noisy(awake, patient.bis_noise * self.process.value(noise)) if self.noise else awake
        full = 0.0 * awake + 100.0
        log_sd = recorded().index.repeats_log_sd
        z = truncated_normals(chance.keys, "index repeats", 1)[0]
        repeating = like(np.exp(log_sd * z - 0.5 * log_sd**2), awake)
        state = BISState(weights, history, noise, 0.0 * awake, repeating, full < 0.0, patient.bis_noise)
        return state, IndexReading(shown, full > 0.0, full)

    def read(
        self, state: BISState, last: Shown, recent: Array, truth: Truth, chance: Chance
    ) -> tuple[BISState, IndexReading]:
        """Return the state and the reading one control period on; in a gap the last value stays."""
        xp = namespace(recent)
        history = xp.concat([recent, state.history[: -recent.shape[0]]])
        index = (state.kernel * history).sum(0)
        if not self.noise:
            return replace(state, history=history), IndexReading(index, index >= 0.0, 0.0 * index + 100.0)
        innovations = chance.innovations[INDEX_NOISE]
        noise = self.process.step(state.noise, innovations)
        off, size = (state.loudness * part for part in self.process.shown(noise))
        kind = gap(state.gap, chance.uniforms[INDEX_GAP], self.interval)
        none = kind != WHOLE
        likely = repeats(last.bis, size / state.repeating, state.repeated)
        again = chance.uniforms[INDEX_REPEATS] < likely
        shown = xp.where(none | again, last.bis, self._noisy(index, off))
        moved = replace(state, history=history, noise=noise, gap=kind, repeated=again)
        return moved, IndexReading(shown, ~none, signal_quality(none, state.loudness * innovations[0]))

    def _noisy(self, index: Array, noise: Array) -> Array:
        """Return the index, 0 to 100 and in steps of 0.1, with noise on the scale on which it is of one size."""
        moved = interpolated(index, VALUES, even()) + noise
        return namespace(index).round(10.0 * interpolated(moved, even(), VALUES)) / 10.0
