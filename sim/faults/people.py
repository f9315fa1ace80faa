"""Faults of people and of controllers: what is entered wrongly, and orders that no controller should give.

A fault of a controller changes what the controller itself says, before anything that watches over it (a shield) sees
that: see `sim.theatre.failing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Array, within
from sim.covariates import Covariates
from sim.faults.fault import Fault, Parameter
from sim.interfaces import DRUGS, OrderMode, Orders, Readings

ENTERED = {"age": (1.0, 100.0), "weight": (5.0, 250.0)}  # years and kg that a pump lets be entered (choice)
LONGEST_DELAY = 10  # control periods
MIDDLE = 50.0  # of the index, from which an adversary drives away
HIGH_PRESSURE = 75.0  # mmHg, from which it drives away
# The most that it orders, µg/mL, ng/mL, µg/s, or mg/s and µg/s: a pump at its largest rate (choice).
MOST: Mapping[OrderMode, tuple[float, float, float]] = {
    "targets": (12.0, 15.0, 0.5),
    "rates": (6.67, 16.67, 0.5),
}


@dataclass(frozen=True)
class Past:
    """Orders of a controller, newest first.

    Attributes:
        infusions: (periods, 3, patients), as it gave them, before any fault.
        boluses: (periods, 3, patients), likewise, those that it gave while a fault ran.
        left: (3, patients), the infusions that left it last, faults included.
    """

    infusions: Array
    boluses: Array
    left: Array


def no_past(patients: int) -> Past:
    """Return the orders of a controller that has said nothing yet."""
    nothing = np.zeros((LONGEST_DELAY + 1, len(DRUGS), patients))
    return Past(nothing, nothing, nothing[0])


def gone_on(past: Past, orders: Orders, running: Array) -> Past:
    """Return the past with the orders of now, of whom a fault runs on or not."""
    return replace(
        past,
        infusions=np.concatenate([orders.infusions[None], past.infusions[:-1]]),
        boluses=np.concatenate([(orders.boluses * running)[None], past.boluses[:-1]]),
    )


def _instead(running: Array, orders: Orders, infusions: Array, boluses: Array | None = None) -> Orders:
    """Return other orders where a fault runs: with no boluses and nothing injected unless said."""
    other = 0.0 * orders.boluses if boluses is None else boluses
    pressors = None if orders.pressors is None else np.where(running, 0.0, orders.pressors)
    return replace(
        orders,
        infusions=np.where(running, infusions, orders.infusions),
        boluses=np.where(running, other, orders.boluses),
        pressors=pressors,
    )


def _late(
    running: Array, orders: Orders, readings: Readings, mode: OrderMode, past: Past, steps: Array
) -> Orders:
    back, patients = np.rint(steps).astype(int), np.arange(len(steps))
    infusions, boluses = (rows[back, :, patients].T for rows in (past.infusions, past.boluses))
    return _instead(running, orders, infusions, boluses)


def _no_number(running: Array, orders: Orders, readings: Readings, mode: OrderMode, past: Past) -> Orders:
    return _instead(running, orders, np.nan * orders.infusions)


def _slipped(
    running: Array, orders: Orders, readings: Readings, mode: OrderMode, past: Past, factor: Array
) -> Orders:
    return _instead(running, orders, factor * orders.infusions, orders.boluses)


def _hostile(running: Array, orders: Orders, readings: Readings, mode: OrderMode, past: Past) -> Orders:
    deep, high = readings.bis < MIDDLE, readings.mean_arterial_pressure > HIGH_PRESSURE
    most = np.array(MOST[mode])[:, None]
    return _instead(running, orders, most * np.stack([deep, deep, high]))


def _frozen(running: Array, orders: Orders, readings: Readings, mode: OrderMode, past: Past) -> Orders:
    return _instead(running, orders, past.left)


def _heavier(told: Covariates, struck: Array, size: Array) -> Covariates:
    return replace(told, weight=within(told.weight + struck * size, *ENTERED["weight"]))


def _older(told: Covariates, struck: Array, size: Array) -> Covariates:
    return replace(told, age=within(told.age + struck * size, *ENTERED["age"]))


def _other_sex(told: Covariates, struck: Array) -> Covariates:
    return replace(told, female=np.where(struck, 1.0 - told.female, told.female))


WRONG_WEIGHT = Fault(
    "a weight is entered that is 20 kg too high, or as much as said",
    None,
    told=_heavier,
    parameters={"size": Parameter("added to the weight", 20.0, -100.0, 100.0, "kg")},
)
WRONG_AGE = Fault(
    "an age is entered that is 20 years too high, or as much as said",
    None,
    told=_older,
    parameters={"size": Parameter("added to the age", 20.0, -60.0, 60.0, "years")},
)
WRONG_SEX = Fault("the other sex is entered", None, told=_other_sex)
CONTROLLER_LATE = Fault(
    "what a controller orders comes late",
    600.0,
    orders=_late,
    parameters={"steps": Parameter("later", 3.0, 1.0, float(LONGEST_DELAY), "control periods")},
)
CONTROLLER_NAN = Fault("a controller orders no numbers", 60.0, orders=_no_number)
CONTROLLER_CONSTANT = Fault("a controller repeats its last orders", 600.0, orders=_frozen)
UNIT_SLIP = Fault(
    "an order of a controller is ten times what is meant, or as much as said",
    60.0,
    orders=_slipped,
    parameters={"factor": Parameter("on every infusion", 10.0, 0.01, 100.0)},
)
ADVERSARY = Fault(
    "a controller drives index and pressure away from where they should be", 600.0, orders=_hostile
)
