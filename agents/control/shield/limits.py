"""What may be ordered at most, whatever an agent thinks: caps, and less for who is too deep or hypotensive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim import pumps
from sim.arrays import Array, within
from sim.interfaces import OrderMode, Orders
from sim.pumps import Controller
from sim.units import SECONDS_PER_MINUTE

DEEPER = 10.0  # points that the limits of remifentanil are below those of propofol (choice)
STEP = 5.0  # mmHg
SLIP = 1.5  # times a cap: no dose any more but a slip of units (choice)


@dataclass(frozen=True)
class Caps:
    """Bounds of doses. Ranges are the level field's; how they shrink is a choice.

    Attributes:
        effect: effect-site concentrations that the pumps' model may be led to, propofol µg/mL, remifentanil ng/mL.
        rates: largest rates, mg/s and µg/s: 1200 mL/h of 20 mg/mL, 3000 mL/h of 20 µg/mL.
        norepinephrine: µg/kg/min.
        still: BIS below which propofol is not raised; 10 lower, remifentanil.
        deep, flat: BIS below which less propofol is given, and at which none; 10 lower, remifentanil.
        hypotensive, shocked: mean arterial pressures, mmHg, below which less is given of remifentanil and, where the
            index leaves room, of propofol, and at which none.
        room: BIS up to which it does.
        rescue: norepinephrine given at least for every 5 mmHg below `hypotensive`, µg/kg/min.
        shock, restored: mean arterial pressures, mmHg; up to the second, norepinephrine is not lowered.
        hypertensive: mean arterial pressure above which no norepinephrine is given, mmHg.
        light: BIS from which an agent at a cap asks for help.
    """

    effect: tuple[float, float] = (8.0, 10.0)
    rates: tuple[float, float] = (6.67, 16.67)
    norepinephrine: float = 0.3
    still: float = 40.0
    deep: float = 30.0
    flat: float = 10.0
    hypotensive: float = 64.0
    shocked: float = 48.0
    room: float = 50.0
    rescue: float = 0.05
    shock: float = 55.0
    restored: float = 65.0
    hypertensive: float = 120.0
    light: float = 60.0


def norepinephrine(caps: Caps, weight: Array) -> Array:
    """Return the largest rate, (patients,), µg/s."""
    return caps.norepinephrine * weight / SECONDS_PER_MINUTE


def possible(orders: Orders, mode: OrderMode, caps: Caps, weight: Array) -> Array:
    """Return whose orders are doses: finite, not negative, and no slip of units; bool (patients,)."""
    hypnotics = caps.effect if mode == "targets" else caps.rates
    limits = np.stack([*(one + 0.0 * weight for one in hypnotics), norepinephrine(caps, weight)])
    highest = SLIP * limits
    with np.errstate(invalid="ignore"):
        good = (orders.infusions >= 0.0) & (orders.infusions <= highest)
        good = good.all(axis=0) & _finite(orders.boluses)
    return good if orders.pressors is None else good & _finite(orders.pressors)


def _finite(amounts: Array) -> Array:
    return (np.isfinite(amounts) & (amounts >= 0.0)).all(axis=0)


def ceiling(caps: Caps, effect: Array, index: Array, pressure: Array) -> Array:
    """Return the effect sites that may be aimed at, (2, patients), µg/mL and ng/mL; infinity: no limit but the cap.

    A share of what the model says is there now: all of it at the limit, so that nothing is added, the less the further
    beyond it is.

    Args:
        caps: the limits.
        effect: (2, patients), µg/mL and ng/mL.
        index, pressure: BIS and mmHg, NaN where they are not known.
    """
    deeper = np.stack([index, index + DEEPER])
    deep = within((deeper - caps.flat) / (caps.deep - caps.flat), 0.0, 1.0)
    limit = np.where(deeper < caps.still, deep * effect, np.inf)
    low = within((pressure - caps.shocked) / (caps.hypotensive - caps.shocked), 0.0, 1.0)
    felt = (pressure < caps.hypotensive) & np.stack([~(index > caps.room), np.full(pressure.shape, True)])
    return np.minimum(limit, np.where(felt, low * effect, np.inf))


def pressor(caps: Caps, wanted: Array, present: Array, pressure: Array, weight: Array) -> Array:
    """Return the norepinephrine (patients,), µg/s, that the pressure calls for, whatever an agent wants.

    Args:
        caps: the limits.
        wanted, present: as ordered, and in force, µg/s.
        pressure: mmHg, NaN where it is not known.
        weight: kg.
    """
    missing = np.maximum(caps.hypotensive - np.nan_to_num(pressure, nan=caps.hypotensive), 0.0)
    rescue = caps.rescue * missing / STEP * weight / SECONDS_PER_MINUTE
    least = np.where(pressure < caps.restored, np.maximum(present, rescue), 0.0)
    return np.where(pressure > caps.hypertensive, 0.0, np.maximum(wanted, least))


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
        limit: (2, patients), effect sites that may be aimed at; None: the caps alone.
    """
    effect = np.array(caps.effect)[:, None] + np.zeros((2, len(weight)))
    if limit is not None:
        effect = np.minimum(effect, limit)
    if mode == "rates":
        effect = np.minimum(pumps.target_rate(controller, predicted, effect), np.array(caps.rates)[:, None])
    return np.stack([*effect, norepinephrine(caps, weight)])
