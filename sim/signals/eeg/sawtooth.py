"""The sawtooth test of openibis: a saw all over a window is no brain, and its slow power counts less.

All places of a window must look like one, so it hardly ever does; it is kept for comparison with published values.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from sim.arrays import Array
from sim.signals.eeg.spectra import FREQUENCIES

TEMPLATE = 64  # samples
MATCHES, MOVES = 0.63, 10.0  # squared match, and µV² below which nothing matches


@cache
def _templates() -> np.ndarray:
    """The saw in both directions, of mean 0 and variance 1, (64, 2)."""
    saw = np.concatenate([np.zeros(TEMPLATE - 5), np.arange(1.0, 6.0)])
    saw = (saw - saw.mean()) / saw.std()
    return np.stack([saw, saw[::-1]], axis=1)


def sawtooth(two_seconds: Array) -> Array:
    """Return whether all of a window, (..., 256), looks like a saw."""
    found = _matches(two_seconds[..., :TEMPLATE])  # almost none gets beyond its first place
    if found.any():
        places = sliding_window_view(two_seconds[found], TEMPLATE, axis=-1)[..., 1:, :]
        found[found] = _matches(places).all(-1)
    return found


def softened(power: Array, saw: Array) -> Array:
    """Return powers (..., bins) whose slow part is less where there is a saw (...)."""
    if not saw.any():
        return power
    less = np.interp(FREQUENCIES[: power.shape[-1]], [0.0, 3.0, 6.0], [0.0, 0.25, 1.0]) ** 2
    return np.where(saw[..., None], power * less, power)


def _matches(place: Array) -> Array:
    variance = place.var(-1, ddof=1)
    match = ((place @ _templates()) / TEMPLATE) ** 2
    return (variance > MOVES) & (match.max(-1) > MATCHES * variance)
