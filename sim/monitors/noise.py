"""Noise of a monitor as recordings have it: quick, slow, of another size and colour in every case, swelling.

noise = exp(size) * (exp(-colour / 2) * white, averaged over some seconds, + exp(colour / 2) * wave), of heavy tails.
Size and colour differ between cases and swell within them. Wave and swells are Ornstein-Uhlenbeck processes. All is
stationary from the first reading on, and of the same spread and memory at any interval of reading.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.arrays import Array, at_least, like, namespace
from sim.randomness import normals, tailed

LONGEST_MEMORY = 300  # readings, more than the white part ever spans
# Rows of the state; the white part's innovations follow, newest first.
CASE, SWELL, WAVE, CASE_COLOUR, COLOUR = range(5)
INNOVATIONS = 4  # of white part, wave, swell and colour


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
        case_colour: SD between cases of the log of wave over white.
        swell_colour: SD of it within a case, with the time constant of the swell.
        tails: h of the innovations, see `sim.randomness.tailed`; 0 is normal.
    """

    white: float
    window: float
    wave: float
    wave_seconds: float
    case_log_sd: float
    swell_log_sd: float
    swell_seconds: float
    case_colour: float
    swell_colour: float
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

    @property
    def rows(self) -> int:
        """How many numbers the state of a case is."""
        return COLOUR + 1 + len(self.weights)

    @cached_property
    def tails(self) -> tuple[np.ndarray, np.ndarray]:
        """What `heavy` needs for the innovations, (4, 1) each; swells have no tails."""
        return tailed(np.array([[self.sizes.tails], [self.sizes.tails], [0.0], [0.0]]))

    @cached_property
    def _matrices(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Transition (rows, rows), what innovations add (rows, 4), and what the state says, (4, rows).

        That is the wave, the white part, the log of their size and half their colour.
        """
        sizes, white, rows = self.sizes, COLOUR + 1, self.rows
        transition, added = np.zeros((rows, rows)), np.zeros((rows, INNOVATIONS))
        moving = [WAVE, SWELL, COLOUR]
        kept = np.exp(-self.interval / np.array([sizes.wave_seconds, *2 * [sizes.swell_seconds]]))
        transition[[CASE, CASE_COLOUR], [CASE, CASE_COLOUR]] = 1.0
        transition[moving, moving] = kept
        transition[np.arange(white + 1, rows), np.arange(white, rows - 1)] = 1.0
        added[white, 0] = 1.0
        added[moving, [1, 2, 3]] = np.sqrt(1.0 - kept**2)
        said = np.zeros((4, rows))
        said[0, WAVE], said[1, white:] = sizes.wave, sizes.white * self.weights
        said[2, [CASE, SWELL]] = sizes.case_log_sd, sizes.swell_log_sd
        said[3, [CASE_COLOUR, COLOUR]] = 0.5 * sizes.case_colour, 0.5 * sizes.swell_colour
        return transition, added, said

    def initial(self, keys: np.ndarray, purpose: str, example: Array) -> Array:
        """Return the stationary state of cases `keys` (patients,), an array like the example."""
        return like(normals(keys, purpose, 0, self.rows), example)

    def step(self, state: Array, innovations: Array) -> Array:
        """Return the state one interval later, by (4, patients) innovations, see `INNOVATIONS`."""
        transition, added, _ = (like(matrix, state) for matrix in self._matrices)
        return transition @ state + added @ innovations

    def value(self, state: Array) -> Array:
        """Return the noise now, (patients,)."""
        return self.shown(state)[0]

    def shown(self, state: Array) -> tuple[Array, Array]:
        """Return the noise now, and the factor on its size that is in it, (patients,) each."""
        xp = namespace(state)
        wave, white, log_size, half_colour = like(self._matrices[2], state) @ state
        size, slower = xp.exp(log_size), xp.exp(half_colour)
        return size * (wave * slower + white / slower), size


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


def goes_on(running: Array, chance: Array, per_hour: float, seconds: float, interval: float) -> Array:
    """Return who is in an episode now, bool (patients,): a two-state chain with exponential durations.

    Args:
        running: who was, one reading ago.
        chance: (patients,), uniform.
        per_hour: how often an episode begins.
        seconds: how long it lasts, on average.
    """
    begins = chance < 1.0 - math.exp(-per_hour * interval / 3600.0)
    return namespace(chance).where(running, chance < math.exp(-interval / seconds), begins)
