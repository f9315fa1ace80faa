"""Noise of a monitor as recordings have it: quick, slow, of another size in every case, swelling, heavy-tailed.

noise = exp(case + swell) * (white, averaged over some seconds, + wave). Wave and swell are Ornstein-Uhlenbeck
processes. All is stationary from the first reading on, and of the same spread and memory at any interval of reading.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.arrays import Array, at_least, like, namespace, to_numpy
from sim.randomness import normals

LONGEST_MEMORY = 300  # readings, more than the white part ever spans
CASE, SWELL, WAVE = 0, 1, 2  # rows of the state; the white part's innovations follow, newest first


@dataclass(frozen=True)
class Sizes:
    """How large the noise of a monitor is, in what the monitor shows.

    Attributes:
        white: SD of the white part, after averaging.
        window: s that it is averaged over, rectangular.
        wave: SD of the slower part.
        wave_seconds: its time constant.
        case_log_sd: SD between cases of the log of a factor on both.
        swell_log_sd: SD within a case of the log of another.
        swell_seconds: its time constant.
        tails: h of the innovations, see `sim.randomness.tailed`; 0 is normal.
    """

    white: float
    window: float
    wave: float
    wave_seconds: float
    case_log_sd: float
    swell_log_sd: float
    swell_seconds: float
    tails: float


@dataclass(frozen=True)
class Noise:
    """The process of these sizes, sampled at an interval (s). Its state is (rows, patients), of unit variance."""

    sizes: Sizes
    interval: float

    @cached_property
    def weights(self) -> np.ndarray:
        """Of the white part's innovations, newest first, (memory,); their squares add up to 1."""
        return moving_average(self.interval / self.sizes.window)

    @cached_property
    def _matrices(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Transition (rows, rows), what three innovations add (rows, 3), and what state shows (2, rows)."""
        rows = WAVE + 1 + len(self.weights)
        transition, added, shown = np.zeros((rows, rows)), np.zeros((rows, 3)), np.zeros((2, rows))
        kept = np.exp(-self.interval / np.array([self.sizes.swell_seconds, self.sizes.wave_seconds]))
        transition[CASE, CASE], transition[SWELL, SWELL], transition[WAVE, WAVE] = 1.0, *kept
        transition[np.arange(WAVE + 2, rows), np.arange(WAVE + 1, rows - 1)] = 1.0
        added[SWELL, 2], added[WAVE, 1] = np.sqrt(1.0 - kept**2)
        added[WAVE + 1, 0] = 1.0
        shown[0, WAVE], shown[0, WAVE + 1 :] = self.sizes.wave, self.sizes.white * self.weights
        shown[1, CASE], shown[1, SWELL] = self.sizes.case_log_sd, self.sizes.swell_log_sd
        return transition, added, shown

    def initial(self, keys: np.ndarray, purpose: str, example: Array) -> Array:
        """Return the stationary state of cases `keys` (patients,), an array like the example."""
        return like(normals(keys, purpose, 0, WAVE + 1 + len(self.weights)), example)

    def step(self, state: Array, innovations: np.ndarray) -> Array:
        """Return the state one interval later, by (3, patients) innovations of white part, wave and swell."""
        transition, added, _ = self._matrices
        return like(transition @ to_numpy(state) + added @ innovations, state)

    def value(self, state: Array) -> Array:
        """Return the noise now, (patients,)."""
        return like(self.shown(state)[0], state)

    def shown(self, state: Array) -> tuple[np.ndarray, np.ndarray]:
        """Return the noise now, and the factor on its size that is in it, (patients,) each."""
        plain, log_size = self._matrices[2] @ to_numpy(state)
        size = np.exp(log_size)
        return plain * size, size


def moving_average(step: float) -> np.ndarray:
    """Return weights of white innovations that give the memory of a rectangular average, 1 - lag, lags from 0 on.

    Args:
        step: between samples, as a share of the window.
    """
    memory = min(math.ceil(1.0 / step - 1e-9), LONGEST_MEMORY)
    lags = step * np.abs(np.subtract.outer(*2 * [np.arange(4 * memory + 200)]))
    # The last row of a banded Cholesky factor is the moving average of these covariances (Rissanen & Barbosa 1969).
    factor = np.linalg.cholesky(at_least(1.0 - lags, 0.0) + 1e-9 * np.eye(len(lags)))
    weights = factor[-1, ::-1][:memory]
    return weights / math.sqrt(float((weights**2).sum()))


def displayed(values: Array) -> Array:
    """Return values as a screen shows them: whole numbers, not below 0."""
    return namespace(values).round(at_least(values, 0.0))


def goes_on(
    running: np.ndarray, chance: np.ndarray, per_hour: float, seconds: float, interval: float
) -> np.ndarray:
    """Return who is in an episode now, bool (patients,): a two-state chain with exponential durations.

    Args:
        running: who was, one reading ago.
        chance: (patients,), uniform.
        per_hour: how often an episode begins.
        seconds: how long it lasts, on average.
    """
    begins = chance < 1.0 - math.exp(-per_hour * interval / 3600.0)
    return np.where(running, chance < math.exp(-interval / seconds), begins)
