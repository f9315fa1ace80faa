"""Faults of pumps, lines and syringes: what arrives is not what the pumps show, or a pump stands still.

Drug that a line holds back comes when the fault ends: none is made, and none is lost but where it says so.
"""

from __future__ import annotations

import math

import numpy as np

from sim.arrays import Array, like, namespace, within
from sim.faults.fault import Fault, Parameter
from sim.interfaces import DRUGS, PROPOFOL, REMIFENTANIL
from sim.monitors.slots import Shown
from sim.pumps import CONCENTRATIONS
from sim.settings import Room
from sim.units import per_second

LONGEST_LATENCY = 120.0  # s
HYPNOTICS = (PROPOFOL, REMIFENTANIL)


def _nothing(room: Room, keys: Array, shown: Shown) -> Array:
    return np.zeros((len(DRUGS), len(shown.bis)))


def _occluded(running: Array, rates: Array, interval: float, memory: Array) -> tuple[Array, Array]:
    """`memory` (3, patients) is the drug held back, mg and µg."""
    xp = namespace(rates)
    released = rates + memory / interval
    return (
        xp.where(running, 0.0 * rates, released),
        xp.where(running, memory + rates * interval, 0.0 * memory),
    )


def _disconnected(running: Array, rates: Array, interval: float, share: Array) -> Array:
    return rates * (1.0 - share * _rows(rates, running, HYPNOTICS))


def _gained(running: Array, rates: Array, interval: float, factor: Array) -> Array:
    return namespace(rates).where(running, factor * rates, rates)


def _coarse(running: Array, rates: Array, interval: float, step: Array) -> Array:
    xp = namespace(rates)
    steps = step * like(per_second(1.0, CONCENTRATIONS), rates)
    return xp.where(running, xp.round(rates / steps) * steps, rates)


def _empty_line(room: Room, keys: Array, shown: Shown) -> Array:
    steps = math.ceil(LONGEST_LATENCY / room.pump_interval) + 1
    return np.zeros((steps, len(DRUGS), len(shown.bis)))


def _late(running: Array, rates: Array, interval: float, memory: Array, size: Array) -> tuple[Array, Array]:
    """`memory` (steps, 3, patients) are the rates since the fault began, newest first."""
    xp = namespace(rates)
    back = size / interval
    steps = like(np.arange(float(memory.shape[0]))[:, None], rates)
    to_come = within(back - steps, 0.0, 1.0)[:, None, :]
    released = rates + (to_come * memory).sum(0)
    history = xp.concat([rates[None], memory[:-1]])
    now = within(1.0 - xp.abs(steps - back), 0.0, 1.0)[:, None, :]
    return (
        xp.where(running, (now * history).sum(0), released),
        xp.where(running, history, 0.0 * history),
    )


def _diluted(running: Array, rates: Array, interval: float, factor: Array) -> Array:
    return rates * (1.0 + (factor - 1.0) * _rows(rates, running, (PROPOFOL,)))


def _swapped(running: Array, rates: Array, interval: float) -> Array:
    """Each pump gives as many mL of the other's drug."""
    xp = namespace(rates)
    millilitres = rates / like(CONCENTRATIONS, rates)
    others = xp.stack([millilitres[REMIFENTANIL], millilitres[PROPOFOL], millilitres[2]])
    return xp.where(running, others * like(CONCENTRATIONS, rates), rates)


def _rows(rates: Array, running: Array, drugs: tuple[int, ...]) -> Array:
    """Return 1 where a fault of these drugs runs and 0 elsewhere, of the shape of the rates."""
    xp = namespace(rates)
    return xp.where(xp.stack([running & (drug in drugs) for drug in range(len(DRUGS))]), 1.0, 0.0 * rates)


OCCLUSION = Fault(
    "no drug arrives; what was held back comes at the end", 300.0, arriving=_occluded, memory=_nothing
)
DISCONNECTION = Fault(
    "propofol and remifentanil are recorded but do not arrive",
    300.0,
    arriving=_disconnected,
    parameters={"share": Parameter("that is lost beside the line or in tissue", 1.0, 0.0, 1.0)},
)
SYRINGE_CHANGE = Fault("the pump of propofol stands still, and shows it", 60.0, halts=(PROPOFOL,))
RATE_GAIN = Fault(
    "pumps give 30 % more than they show, or as much as said",
    0.0,
    arriving=_gained,
    parameters={"factor": Parameter("on every rate", 1.3, 0.0, 3.0)},
)
RATE_STEPS = Fault(
    "pumps give rates in coarse steps only",
    0.0,
    arriving=_coarse,
    parameters={"step": Parameter("of a rate", 0.1, 0.01, 20.0, "mL/h")},
)
PUMP_LATENCY = Fault(
    "what pumps give arrives late",
    0.0,
    arriving=_late,
    parameters={"size": Parameter("later", 20.0, 0.0, LONGEST_LATENCY, "s")},
    memory=_empty_line,
)
WRONG_CONCENTRATION = Fault(
    "the syringe holds 1 % propofol where the pump believes in 2 %, or as much as said",
    0.0,
    arriving=_diluted,
    parameters={"factor": Parameter("on what arrives of propofol", 0.5, 0.1, 10.0)},
)
SYRINGES_SWAPPED = Fault(
    "the syringes of propofol and remifentanil are in each other's pumps", 0.0, arriving=_swapped
)
