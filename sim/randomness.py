"""Chance that belongs to a patient and a purpose, never to the order in which things are computed.

A number is a hash of (case key, purpose, counter, row), so patient i meets the same surgery and the same
noise alone, in a batch of a thousand, and whatever the agent does. The hash is SplitMix64 (Steele, Lea &
Flood, OOPSLA 2014), whose finaliser passes statistical test batteries on consecutive counters.
"""

from __future__ import annotations

import math
import zlib
from functools import cache

import numpy as np
from scipy.special import ndtr, ndtri

from sim.settings import wholes

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
FARTHEST = 3.0  # SDs, of normal numbers that get heavy tails (choice)
SHIFTS = np.uint64(30), np.uint64(27), np.uint64(31)


def _mix(values: np.ndarray) -> np.ndarray:
    """SplitMix64's finaliser, element by element (uint64, wrapping)."""
    values = values ^ (values >> SHIFTS[0])  # from here on in place: large batches spare their caches
    values *= FIRST
    values ^= values >> SHIFTS[1]
    values *= SECOND
    values ^= values >> SHIFTS[2]
    return values


@cache
def _purpose(name: str) -> np.uint64:
    code = np.array([zlib.crc32(name.encode())], dtype=np.uint64)
    return _mix(code * GOLDEN)[0]


@cache
def _rows(count: int) -> np.ndarray:
    return (np.arange(1, count + 1, dtype=np.uint64) * GOLDEN)[:, None]


def case_keys(seed: int | np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Return one uint64 key per case: (cases,) from seed (one, or one a case) and case number (not negative)."""
    seeds, cases = (
        np.atleast_1d(wholes(name, values)).astype(np.uint64)
        for name, values in (("seed", seed), ("case number", numbers))
    )
    return _mix(_mix(seeds + GOLDEN) + cases * GOLDEN)


def uniforms(keys: np.ndarray, purpose: str, counter: int | np.ndarray, rows: int) -> np.ndarray:
    """Return (rows, patients) numbers in the open interval (0, 1); `counter` is one number or one per patient."""
    steps = np.atleast_1d(np.asarray(counter)).astype(np.uint64) * SECOND
    stream = _mix((keys ^ _purpose(purpose)) + steps)
    bits = _mix(stream + _rows(rows)) >> np.uint64(12)  # 52 bits and a half: never rounded to 1
    return (bits.astype(np.float64) + 0.5) * 2.0**-52


def normals(keys: np.ndarray, purpose: str, counter: int | np.ndarray, rows: int) -> np.ndarray:
    """Return (rows, patients) standard normal numbers."""
    return ndtri(uniforms(keys, purpose, counter, rows))


def truncated_normals(keys: np.ndarray, purpose: str, rows: int, limit: float = 3.0) -> np.ndarray:
    """Return (rows, patients) standard normal numbers, truncated at ± `limit` standard deviations."""
    tail = ndtr(-limit)
    return ndtri(tail + (1.0 - 2.0 * tail) * uniforms(keys, purpose, 0, rows))


def tailed(tails: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what `heavy` needs for Tukey's tails h (below 1/2), z exp(h z²/2): h/2, and what keeps unit variance.

    Source: Tukey's g-and-h distribution, as in Hoaglin, Exploring Data Tables, Trends and Shapes, 1985; of z held
    within ±`FARTHEST`, as its tails are the heavier, the rarer: nothing lives that moves by a hundred SDs.
    """
    rest, edge = 1.0 - 2.0 * tails, FARTHEST * np.sqrt(1.0 - 2.0 * tails)
    inside = rest**-1.5 * (2.0 * ndtr(edge) - 1.0 - math.sqrt(2.0 / math.pi) * edge * np.exp(-0.5 * edge**2))
    held = 2.0 * ndtr(-FARTHEST) * FARTHEST**2 * np.exp(tails * FARTHEST**2)
    return 0.5 * tails, (inside + held) ** -0.5


def heavy(z: np.ndarray, half: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Return standard normal numbers with heavier tails, see `tailed`."""
    z = np.minimum(np.maximum(z, -FARTHEST), FARTHEST)
    grown = z * z  # from here on in place: large batches spare their caches
    grown *= half
    np.exp(grown, out=grown)
    grown *= z
    grown *= factor
    return grown
