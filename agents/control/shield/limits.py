"""What may be ordered at most, whatever an agent thinks: caps, and less for who is too deep or hypotensive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim import pumps
from sim.arrays import Array, within
from sim.interfaces import NOREPINEPHRINE, OrderMode, Orders
from sim.pumps import Controller
from sim.units import SECONDS_PER_MINUTE

SLIP = 10.0  # times a cap: no dose any more but a slip of units (choice)


@dataclass(frozen=True)
class Caps:
    """Bounds of doses. Ranges are the level field's; how they shrink is a choice.

    Attributes:
        effect: effect-site concentrations that the pumps' model may be led to, propofol µg/mL, remifentanil ng/mL.
        rates: largest rates, mg/s and µg/s: 1200 mL/h of 20 mg/mL, 3000 mL/h of 20 µg/mL.
        norepinephrine: µg/kg/min.
        deep, flat: BIS below which propofol is not raised, and at which none is given.
        hypotensive, shocked: mean arterial pressures, mmHg, likewise, where the index leaves room.
        room: BIS up to which it does.
        light: BIS from which an agent at a cap asks for help.
    """

    effect: tuple[float, float] = (8.0, 10.0)
    rates: tuple[float, float] = (6.67, 16.67)
    norepinephrine: float = 0.3
    deep: float = 30.0
    flat: float = 10.0
    hypotensive: float = 60.0
    shocked: float = 40.0
    room: float = 50.0
    light: float = 60.0


def possible(orders: Orders, mode: OrderMode, caps: Caps) -> Array:
    """Return whose orders are doses: finite, not negative, and no slip of units; bool (patients,)."""
    hypnotics = caps.effect if mode == "targets" else caps.rates
    highest = SLIP * np.array([*hypnotics, float(pumps.MAX_RATE[NOREPINEPHRINE, 0])])[:, None]
    with np.errstate(invalid="ignore"):
        good = (orders.infusions >= 0.0) & (orders.infusions <= highest)
        good = good.all(axis=0) & _finite(orders.boluses)
    return good if orders.pressors is None else good & _finite(orders.pressors)


def _finite(amounts: Array) -> Array:
    return (np.isfinite(amounts) & (amounts >= 0.0)).all(axis=0)


def ceiling(caps: Caps, effect: Array, index: Array, pressure: Array) -> Array:
    """Return the effect site of propofol that may be aimed at, (patients,), µg/mL; infinity: no limit but the cap.

    A share of what the model says is there now: all of it at the limit, so that nothing is added, the less the further
    beyond it is. NaN of index or pressure: not known.
    """
    deep = within((index - caps.flat) / (caps.deep - caps.flat), 0.0, 1.0)
    low = within((pressure - caps.shocked) / (caps.hypotensive - caps.shocked), 0.0, 1.0)
    deep = np.where(index < caps.deep, deep * effect, np.inf)
    low = np.where((pressure < caps.hypotensive) & ~(index > caps.room), low * effect, np.inf)
    return np.minimum(deep, low)


def highest(
    caps: Caps,
    mode: OrderMode,
    controller: Controller,
    predicted: Array,
    weight: Array,
    limit: Array | None = None,
) -> Array:
    """Return the largest infusions (3, patients) that are allowed.

    Args:
        caps: the bounds.
        mode: what infusions mean.
        controller, predicted: the pumps' model, and what it believes is in the body, (4, 2, patients).
        weight: (patients,), kg.
        limit: (patients,), effect site of propofol that may be aimed at, µg/mL; None: the caps alone.
    """
    effect = np.array(caps.effect)[:, None] + np.zeros((2, len(weight)))
    if limit is not None:
        effect[0] = np.minimum(effect[0], limit)
    if mode == "rates":
        effect = np.minimum(pumps.target_rate(controller, predicted, effect), np.array(caps.rates)[:, None])
    return np.stack([*effect, caps.norepinephrine * weight / SECONDS_PER_MINUTE])
