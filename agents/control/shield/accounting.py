"""Dose accounting: what was ordered against what the pumps show that they gave."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim import pumps
from sim.arrays import Array
from sim.interfaces import OrderMode, Orders
from sim.pharmacokinetics import compartments as pk
from sim.pumps import Controller

SMALLEST = np.array([[5.0], [5.0]])  # mg and µg in the memory, below which no difference counts (choice)


@dataclass(frozen=True)
class Account:
    """Drug ordered and shown, propofol mg and remifentanil µg, (2, patients) each; what is long ago is forgotten.

    Beside them what exact pumps would believe is in the body, (4, 2, patients): real ones catch up with what they owe.
    """

    ordered: Array
    shown: Array
    planned: Array


def booked(
    account: Account,
    orders: Orders,
    mode: OrderMode,
    controller: Controller,
    shown: Array,
    seconds: float,
    memory: float,
) -> Account:
    """Return the account after a control period.

    Args:
        account: before.
        orders: of the period; `mode` says what they mean.
        mode: "rates" or "targets".
        controller: the pumps' model.
        shown: (2, patients), mg and µg that the pumps say they gave.
        seconds: length of the period.
        memory: s, after which drug counts for a third.
    """
    rates = orders.infusions[:2]
    if mode == "targets":
        rates = pumps.target_rate(controller, account.planned, rates)
    rates = np.minimum(rates + orders.boluses[:2] / seconds, pumps.MAX_RATE[:2])
    kept = math.exp(-seconds / memory)
    return Account(
        kept * account.ordered + rates * seconds,
        kept * account.shown + shown,
        pk.step(controller.transition, account.planned, rates),
    )


def disagree(account: Account, tolerated: float) -> Array:
    """Return where orders and displays differ by more than a share of what was ordered, bool (patients,)."""
    off = np.abs(account.shown - account.ordered)
    return (off > np.maximum(tolerated * account.ordered, SMALLEST)).any(axis=0)
