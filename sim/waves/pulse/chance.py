"""Chance in seconds: numbers that belong to a case, a purpose and a second, however a case is cut into pieces."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array
from sim.randomness import to_normals, uniforms

BITS = 13  # of a sample of noise
WIDTH = 12.0**0.5  # of uniform noise of unit variance
EACH = 4  # samples in the 52 bits that chance fills


def chances(keys: Array, purpose: str, seconds: Array) -> Array:
    """Return one number in (0, 1) for each of `seconds`, (seconds, patients), whole numbers."""
    return uniforms(keys, purpose, seconds, 1)


def normals(keys: Array, purpose: str, seconds: Array) -> Array:
    """Return one standard normal number a second and patient, (seconds, patients)."""
    return to_normals(chances(keys, purpose, seconds))


def hiss(keys: Array, purpose: str, seconds: Array, rate: int) -> Array:
    """Return the noise of a sensor, (rate x seconds, patients): white, of unit variance, uniform, float32.

    A number holds four samples of 13 bits: noise costs a fraction of what normal numbers would.
    """
    blocks = -(-rate // EACH)
    numbers = uniforms(keys, purpose, seconds[:, None], blocks)
    bits = (numbers * 2.0 ** (EACH * BITS)).astype(np.uint64)
    parts = bits[..., None] >> np.arange(0, EACH * BITS, BITS, dtype=np.uint64) & np.uint64(2**BITS - 1)
    samples = np.moveaxis(parts, -1, 2).reshape(len(seconds), blocks * EACH, -1)[:, :rate]
    flat = samples.reshape(len(seconds) * rate, -1).astype(np.float32)
    return (flat + np.float32(0.5)) * np.float32(WIDTH / 2.0**BITS) - np.float32(0.5 * WIDTH)


def episodes(keys: Array, purpose: str, seconds: Array, slot: int, probability: float, lasting: int) -> Array:
    """Return when something happens, (seconds, patients), 0 or 1: in some slots, from their beginning.

    Args:
        slot: seconds of one.
        probability: that a slot holds one.
        lasting: seconds that it lasts, at most `slot`.
    """
    happens = chances(keys, purpose, seconds // slot) < probability
    return (happens & (seconds % slot < lasting)).astype(np.float64)
