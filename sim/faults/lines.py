"""Faults of pumps and lines: what arrives is not what the pumps show."""

from __future__ import annotations

from sim.arrays import Array, namespace
from sim.faults.plan import Fault
from sim.interfaces import PROPOFOL, REMIFENTANIL


def _occluded(running: Array, rates: Array, held: Array, interval: float) -> tuple[Array, Array]:
    xp = namespace(rates)
    released = rates + held / interval
    return (
        xp.where(running, 0.0 * rates, released),
        xp.where(running, held + rates * interval, 0.0 * held),
    )


def _disconnected(running: Array, rates: Array, held: Array, interval: float) -> tuple[Array, Array]:
    xp = namespace(rates)
    hypnotics = xp.stack([running * (drug in (PROPOFOL, REMIFENTANIL)) for drug in range(3)])
    return xp.where(hypnotics > 0, 0.0 * rates, rates), held


def _gained(running: Array, rates: Array, held: Array, interval: float) -> tuple[Array, Array]:
    return namespace(rates).where(running, 1.3 * rates, rates), held


OCCLUSION = Fault("no drug arrives; what was held back comes at the end", 300.0, arriving=_occluded)
DISCONNECTION = Fault(
    "propofol and remifentanil are recorded but do not arrive", 300.0, arriving=_disconnected
)
RATE_GAIN = Fault("pumps give 30 % more than they show", 0.0, arriving=_gained)
