"""Coloured measurement noise: white noise through a second-order low-pass filter, sampled exactly at any interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import expm

from sim.arrays import Array, at_least, like, namespace, to_numpy


@dataclass(frozen=True)
class ColouredNoise:
    """A stationary Gaussian process with spectrum |1/(s²/ω² + 2ξs/ω + 1)|².

    Attributes:
        sd: stationary standard deviation.
        damping: ξ.
        cutoff: -3 dB frequency, rad/s (not ω itself, which follows from it).
        interval: s between samples.
    """

    sd: float
    damping: float
    cutoff: float
    interval: float

    @cached_property
    def omega(self) -> float:
        """Natural frequency, rad/s, that puts the -3 dB point at the cutoff."""
        a = 4.0 * self.damping**2 - 2.0
        return self.cutoff / math.sqrt((-a + math.sqrt(a * a + 4.0)) / 2.0)

    @cached_property
    def _matrices(self) -> tuple[np.ndarray, np.ndarray]:
        """Transition of (value, slope) over an interval, and the Cholesky factor of what chance adds to it."""
        dynamics = np.array([[0.0, 1.0], [-(self.omega**2), -2.0 * self.damping * self.omega]])
        stationary = np.diag([self.sd**2, (self.sd * self.omega) ** 2])
        transition = expm(dynamics * self.interval)
        return transition, np.linalg.cholesky(stationary - transition @ stationary @ transition.T)

    def initial(self, normals: np.ndarray, example: Array) -> Array:
        """Return a state (2, patients) drawn from the stationary distribution by (2, patients) normals.

        The normals are NumPy's, the state is an array like the example.
        """
        return like(np.stack([self.sd * normals[0], self.sd * self.omega * normals[1]]), example)

    def step(self, state: Array, normals: np.ndarray) -> Array:
        """Return the state one interval later; row 0 is the noise."""
        transition, chance = self._matrices
        return like(transition @ to_numpy(state) + chance @ normals, state)


def displayed(values: Array) -> Array:
    """Return values as a screen shows them: whole numbers, not below 0."""
    return namespace(values).round(at_least(values, 0.0))
