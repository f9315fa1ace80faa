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

from sim.arrays import Array, namespace, within
from sim.settings import wholes

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
FARTHEST = 3.0  # SDs, of normal numbers that get heavy tails (choice)
SHIFTS = np.uint64(30), np.uint64(27), np.uint64(31)
BITS = 64
# Giles, Approximating the erfinv function, GPU Computing Gems 2011: single precision, highest power first.
MIDDLE = (
    2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503, -0.00417768164,
    0.246640727, 1.50140941,
)  # fmt: skip
TAIL = (
    -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
    1.00167406, 2.83297682,
)  # fmt: skip


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


def uniforms(
    keys: Array, purpose: str, counter: int | Array, rows: int, example: Array | None = None
) -> Array:
    """Return (rows, patients) numbers in the open interval (0, 1).

    Args:
        keys: (patients,), as `case_keys` returns them; or an int64 tensor of the same bits, for chance on its device.
        purpose: what the chance is for.
        counter: one number, or one per patient.
        rows: how many numbers a patient.
        example: a tensor of the precision that is wanted, for keys on a device; single precision has the first 23 bits.
    """
    if not isinstance(keys, np.ndarray):
        return _tensor_uniforms(keys, _purpose(purpose), counter, rows, example)
    steps = np.atleast_1d(np.asarray(counter)).astype(np.uint64) * SECOND
    stream = _mix((keys ^ _purpose(purpose)) + steps)
    bits = _mix(stream + _rows(rows)) >> np.uint64(12)  # 52 bits and a half: never rounded to 1
    return (bits.astype(np.float64) + 0.5) * 2.0**-52


def normals(
    keys: Array, purpose: str, counter: int | Array, rows: int, example: Array | None = None
) -> Array:
    """Return (rows, patients) standard normal numbers; see `uniforms`."""
    return to_normals(uniforms(keys, purpose, counter, rows, example))


def to_normals(uniforms: Array) -> Array:
    """Return the standard normal quantiles of uniform numbers."""
    return ndtri(uniforms) if isinstance(uniforms, np.ndarray) else _tensor_normals(uniforms)


def words(keys: np.ndarray, purpose: str, counters: np.ndarray, rows: int) -> np.ndarray:
    """Return 64 random bits each, (counters, rows, patients): for many counters at once what `uniforms` are made of.

    Args:
        keys: (patients,), as `case_keys` returns them.
        purpose: what the chance is for.
        counters: (counters,), or (counters, patients).
        rows: how many words a patient and counter.
    """
    steps = np.asarray(counters).astype(np.uint64) * SECOND
    stream = _mix((keys ^ _purpose(purpose)) + (steps if steps.ndim == 2 else steps[:, None]))
    return _mix(stream[:, None] + _rows(rows))


def series(keys: np.ndarray, purpose: str, counters: np.ndarray, rows: int) -> np.ndarray:
    """Return (counters, rows, patients) numbers in the open interval (0, 1); see `words`."""
    return ((words(keys, purpose, counters, rows) >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


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


def heavy(z: Array, half: Array, factor: Array) -> Array:
    """Return standard normal numbers with heavier tails, see `tailed`."""
    z = within(z, -FARTHEST, FARTHEST)
    if not isinstance(z, np.ndarray):
        return namespace(z).exp(z * z * half) * z * factor
    grown = z * z  # from here on in place: large batches spare their caches
    grown *= half
    np.exp(grown, out=grown)
    grown *= z
    grown *= factor
    return grown


def _signed(number: int) -> int:
    """Return the int64 of the same bits as a uint64: torch computes with those, and they wrap alike."""
    return number - (1 << BITS) if number >> (BITS - 1) else number


def _tensor_uniforms(
    keys: Array, purpose: np.uint64, counter: int | Array, rows: int, example: Array | None
) -> Array:
    """Return `uniforms` for keys that are an int64 tensor: the same hash, so the same numbers, on its device."""
    xp = namespace(keys)
    dtype = xp.float64 if example is None else example.dtype
    steps = (0 * keys + counter) * _signed(int(SECOND))
    stream = _tensor_mix((keys ^ _signed(int(purpose))) + steps)
    places = [_signed(row * int(GOLDEN) % 2**BITS) for row in range(1, rows + 1)]
    mixed = _tensor_mix(xp.stack([stream + place for place in places]))
    # As many bits as the precision holds beside the half, so that nothing is rounded to 1.
    bits = 52 if dtype == xp.float64 else 23
    return (xp.astype(_right(mixed, BITS - bits), dtype) + 0.5) * 2.0**-bits


def _tensor_normals(uniforms: Array) -> Array:
    """Return the standard normal quantiles of uniform numbers, to the precision that they have."""
    import torch  # whoever brings a tensor has imported it

    if uniforms.dtype == torch.float64:
        return torch.special.ndtri(uniforms)
    far = -torch.log(4.0 * uniforms * (1.0 - uniforms))
    middle, tail = _polynomial(MIDDLE, far - 2.5), _polynomial(TAIL, torch.sqrt(far) - 3.0)
    return math.sqrt(2.0) * (2.0 * uniforms - 1.0) * torch.where(far < 5.0, middle, tail)


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    total = coefficients[0] * x + coefficients[1]
    for coefficient in coefficients[2:]:
        total = total * x + coefficient
    return total


def _right(values: Array, shift: int) -> Array:
    """Shift right as if there were no sign."""
    return (values >> shift) & ((1 << (BITS - shift)) - 1)


def _tensor_mix(values: Array) -> Array:
    """SplitMix64's finaliser, of int64."""
    for shift, factor in zip(map(int, SHIFTS), (int(FIRST), int(SECOND), None), strict=True):
        values = values ^ _right(values, shift)
        if factor is not None:
            values = values * _signed(factor)
    return values
