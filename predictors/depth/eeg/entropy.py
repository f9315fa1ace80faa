"""How irregular a signal is: permutation entropy and sample entropy, of many epochs at once."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np

from sim.arrays import Array

ORDER = 4
MATCHES, TOLERANCE = 2, 0.2  # length of what is compared; of the standard deviation
BLOCK = 256  # epochs at a time, so that the work stays in the processor's cache


def permutation_entropy(signal: Array, order: int = ORDER, delay: int = 1) -> Array:
    """Return the entropy of the order of neighbours, 0 (a ramp) to 1 (noise), (epochs,). Bandt, PRL 2002;88:174102.

    Args:
        signal: (samples, epochs).
        order: neighbours that are ranked.
        delay: samples between them.
    """
    count = len(signal) - delay * (order - 1)
    parts = [signal[delay * i : delay * i + count] for i in range(order)]
    pairs = list(combinations(range(order), 2))
    pattern = np.zeros((count, signal.shape[1]), dtype=np.int64)
    for bit, (first, second) in enumerate(pairs):  # which of two is larger says the order, once for all pairs
        pattern |= (parts[first] > parts[second]).astype(np.int64) << bit
    kinds = 1 << len(pairs)
    pattern += kinds * np.arange(signal.shape[1])
    share = np.bincount(pattern.ravel(), minlength=kinds * signal.shape[1]).reshape(-1, kinds) / count
    return -np.where(share > 0.0, share * np.log(np.where(share > 0.0, share, 1.0)), 0.0).sum(
        axis=1
    ) / np.log(factorial(order))


def sample_entropy(signal: Array, matches: int = MATCHES, tolerance: float = TOLERANCE) -> Array:
    """Return minus the log odds that what was alike stays so, (epochs,). Richman, Am J Physiol 2000;278:H2039.

    Where nothing stays alike, half a pair is counted, so that the entropy is large and finite.

    Args:
        signal: (samples, epochs).
        matches: neighbours that are alike.
        tolerance: how far apart they may be, in standard deviations of the epoch.
    """
    parts = [signal[:, first : first + BLOCK] for first in range(0, signal.shape[1], BLOCK)]
    return np.concatenate([_sample_entropy(part, matches, tolerance) for part in parts])


def _sample_entropy(signal: Array, matches: int, tolerance: float) -> Array:
    signal = np.ascontiguousarray(signal, dtype=np.float32)
    near = tolerance * signal.std(axis=0)
    size = len(signal) - matches  # templates that have a next neighbour
    alike, stay = np.zeros((2, signal.shape[1]))
    for lag in range(1, size):
        close = np.abs(signal[lag:] - signal[:-lag]) <= near
        both = close[: size - lag]
        for step in range(1, matches):
            both = both & close[step : step + size - lag]
        alike += both.sum(axis=0)
        stay += (both & close[matches:]).sum(axis=0)
    return np.log(np.maximum(alike, 1.0)) - np.log(np.maximum(stay, 0.5))
