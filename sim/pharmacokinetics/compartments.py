"""Mammillary compartments with an effect site or a depot, stepped exactly under a constant infusion."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sim import arrays
from sim.arrays import Array, namespace
from sim.units import SECONDS_PER_MINUTE

SHORTEST_STEP = 1.0 / 8.0  # s; the series is then exact to 1e-12 for exit rates up to 60 per minute


@dataclass(frozen=True)
class Compartments:
    """One drug's disposition; every array (..., patients), e.g. (patients,) or (drugs, patients).

    A drug's state is an array (4, ..., patients): the amounts in the three compartments (mg or µg) and,
    last, the effect-site concentration. Where `ka` is positive the last row is the amount in a depot that
    the infusion enters, and there is no effect site.

    Attributes:
        v1, v2, v3: volumes, L.
        cl, q2, q3: clearances, L/min.
        ke0: effect-site equilibration, 1/min; 0 keeps the effect site empty.
        ka: absorption from the depot, 1/min; 0 means the infusion goes straight into V1.
        lag: time between pump and patient, s. The patient applies it; the equations here do not.
    """

    v1: Array
    v2: Array
    v3: Array
    cl: Array
    q2: Array
    q3: Array
    ke0: Array
    ka: Array
    lag: Array


@dataclass(frozen=True)
class Transition:
    """Exact step at a constant rate: state' = phi @ state + gamma * rate.

    Attributes:
        phi: (4, 4, ..., patients).
        gamma: (4, ..., patients), state per unit rate, s.
    """

    phi: Array
    gamma: Array


def stack(drugs: list[Compartments]) -> Compartments:
    """Stack drugs of shape (patients,) into one of shape (drugs, patients)."""
    xp = namespace(drugs[0].v1)
    fields = [field.name for field in dataclasses.fields(Compartments)]
    return Compartments(**{name: xp.stack([getattr(drug, name) for drug in drugs]) for name in fields})


def empty(compartments: Compartments) -> Array:
    """Return the state before the first dose, (4, ..., patients)."""
    xp = namespace(compartments.v1)
    return xp.stack([xp.zeros_like(compartments.v1)] * 4)


def plasma(compartments: Compartments, state: Array) -> Array:
    """Return the plasma concentration (µg/mL from mg, ng/mL from µg), (..., patients)."""
    return state[0] / compartments.v1


def effect_site(state: Array) -> Array:
    """Return the effect-site concentration, (..., patients)."""
    return state[3]


def step(transition: Transition, state: Array, rate: Array) -> Array:
    """Advance the state by one discretised step at a constant `rate` (..., patients), mg/s or µg/s."""
    phi = transition.phi
    # One source at a time, not a contraction: the order of summation never depends on the batch.
    new = transition.gamma * rate
    for source in range(4):
        new += phi[:, source] * state[source]
    return new


def course(compartments: Compartments, rates: Array, seconds: float) -> Iterator[Array]:
    """Yield the state at the end of each interval of constant rates, (4, ..., patients), from no drug on.

    Args:
        compartments: of whom.
        rates: (samples, ..., patients), mg/s or µg/s.
        seconds: length of an interval.
    """
    transition, state = discretise(compartments, seconds), empty(compartments)
    for rate in rates:
        state = step(transition, state, rate)
        yield state


def effect_sites(compartments: Compartments, rates: Array, seconds: float) -> Array:
    """Return concentrations at the effect site at the end of each interval, as `rates`; see `course`."""
    return namespace(rates).stack([effect_site(state) for state in course(compartments, rates, seconds)])


def discretise(compartments: Compartments, seconds: float | Array) -> Transition:
    """Return the exact zero-order-hold transition over `seconds` (a number, or one per patient).

    The generator is exponentiated by scaling and squaring. The number of squarings follows from `seconds`
    alone, so a patient's transition is the same to the last bit alone and in any batch.

    Raises:
        ValueError: if a duration is negative or not finite.
    """
    generator = _generator(compartments)
    squarings, shortest = _scaling(seconds)
    growth = _exponential_minus_one(generator * shortest)
    shared = isinstance(squarings, int)
    for done in range(squarings if shared else int(squarings.max())):
        doubled = _product(growth, growth)
        doubled += 2.0 * growth
        growth = doubled if shared else namespace(growth).where(done < squarings, doubled, growth)
    phi = growth[:, :4]
    for row in range(4):
        phi[row, row] += 1.0
    return Transition(phi=phi, gamma=growth[:, 4])


def _scaling(seconds: Any) -> tuple[Any, Any]:
    """Return how often to square, and the duration to start from (s); both as `seconds` is shaped."""
    if not hasattr(seconds, "shape"):
        if not (0.0 <= seconds < math.inf):
            raise ValueError(f"seconds: {seconds!r} is not allowed; a finite duration of at least 0 s")
        squarings = math.ceil(math.log2(max(seconds / SHORTEST_STEP, 1.0)))
        return squarings, seconds / 2**squarings
    xp = namespace(seconds)
    if not bool(xp.all((seconds >= 0.0) & (seconds < math.inf))):
        raise ValueError("seconds: a negative or infinite duration is not allowed; 0 s or more")
    ratio = xp.maximum(seconds / SHORTEST_STEP, xp.ones_like(seconds))
    squarings = xp.ceil(xp.log2(ratio))
    return squarings, seconds / 2.0**squarings


def _generator(c: Compartments) -> Array:
    """Return the rates of change per second, (4, 5, ..., patients): system matrix and input column."""
    xp = namespace(c.v1)
    none = xp.zeros_like(c.v1)
    depot = c.ka > 0.0
    equilibration = xp.where(depot, none, c.ke0)
    straight = xp.where(depot, none, none + SECONDS_PER_MINUTE)  # the input comes per second already
    leaving = (c.cl + c.q2 + c.q3) / c.v1
    rows = [
        [-leaving, c.q2 / c.v2, c.q3 / c.v3, c.ka, straight],
        [c.q2 / c.v1, -c.q2 / c.v2, none, none, none],
        [c.q3 / c.v1, none, -c.q3 / c.v3, none, none],
        [equilibration / c.v1, none, none, -(equilibration + c.ka), SECONDS_PER_MINUTE - straight],
    ]
    return arrays.stack([arrays.stack(row) for row in rows]) / SECONDS_PER_MINUTE


def _product(left: Array, right: Array) -> Array:
    """Multiply (4, 5, ...) matrices whose fifth row is zero."""
    product = left[:, 0, None] * right[None, 0]
    for inner in range(1, 4):
        product += left[:, inner, None] * right[None, inner]
    return product


def _exponential_minus_one(matrix: Array) -> Array:
    """Return exp(matrix) - 1 to ninth order (Paterson and Stockmeyer's scheme)."""
    square = _product(matrix, matrix)
    cube = _product(square, matrix)

    def block(first: int) -> Array:
        total = matrix / math.factorial(first)
        total += square / math.factorial(first + 1)
        total += cube / math.factorial(first + 2)
        return total

    result = _product(cube, block(7))
    result += block(4)
    result = _product(cube, result)
    result += block(1)
    return result
