"""What is given while an agent is not followed, and how it is followed again without a bump."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim import pumps
from sim.arrays import Array
from sim.interfaces import OrderMode
from sim.pumps import Controller
from sim.surgery import CLOSING, EMERGENCE
from sim.units import SECONDS_PER_MINUTE


@dataclass(frozen=True)
class Hold:
    """How doses are held (choices).

    Attributes:
        memory: s over which what was aimed at is averaged.
        near: µg/mL and ng/mL, that a target in force may be off that and be held: not one that loads or chases.
        usual: likewise averaged, for who is in a limit cycle.
        gain: of moves away from that, in a limit cycle.
        back: s, after a fallback or a limit, for which orders move at a limited pace.
        targets: that pace, µg/mL and ng/mL a minute.
        rates: likewise, mg/s and µg/s a minute.
        doubted: share of it at which orders may rise while it is in doubt that they reach the patient.
        above, unhurried: µg/mL and ng/mL above the usual, to which targets may rise at once while the index is below
            60, and times the pace, at which beyond.
        eased: mmHg, from which norepinephrine is not held but stopped.
    """

    memory: float = 120.0
    near: tuple[float, float] = (0.5, 1.0)
    usual: float = 900.0
    gain: float = 0.5
    back: float = 120.0
    targets: tuple[float, float] = (0.6, 1.2)
    rates: tuple[float, float] = (0.3, 0.6)
    doubted: float = 0.25
    above: tuple[float, float] = (1.0, 2.0)
    unhurried: float = 2.0
    eased: float = 90.0


def averaged(before: Array, now: Array, seconds: float, memory: float) -> Array:
    """Return an average that goes back `memory` s, (2, patients), after `seconds` of `now`; NaN: there was none yet."""
    share = -math.expm1(-seconds / memory)
    return np.where(np.isnan(before), now, before + share * (now - before))


def held(
    hold: Hold,
    ordered: Array,
    effect: Array,
    mode: OrderMode,
    controller: Controller,
    predicted: Array,
    stopped: Array,
) -> Array:
    """Return the orders (2, patients) that hold: targets in force, or the rates that the model needs for effect sites.

    Args:
        hold: how far targets in force may be from what was lately aimed at.
        ordered: in force.
        effect: (2, patients), lately aimed at, µg/mL and ng/mL; NaN: nothing was given yet, and nothing is.
        mode: what orders mean.
        controller, predicted: the pumps' model, and what it believes is in the body, (4, 2, patients).
        stopped: (2, patients), bool, which drugs have come to their end.
    """
    wanted = np.nan_to_num(effect)
    if mode == "rates":
        return pumps.target_rate(controller, predicted, np.where(stopped, 0.0, wanted))
    near = np.array(hold.near)[:, None] * ~np.isnan(effect)
    return np.where(stopped, 0.0, np.minimum(np.maximum(ordered, wanted - near), wanted + near))


def ended(wanted: Array, ordered: Array, phase: Array) -> Array:
    """Return which hypnotics have come to their end, bool (2, patients): stopped from the closing on, not restarted.

    Args:
        wanted: (2, patients), the agent's orders, NaN where they are none: then emergence ends them.
        ordered: (2, patients), orders in force.
        phase: (patients,).
    """
    stops = (wanted == 0.0) | (np.isnan(wanted) & ((ordered == 0.0) | (phase >= EMERGENCE)))
    return stops & (phase >= CLOSING)


def pressor(hold: Hold, wanted: Array, ordered: Array, pressure: Array) -> Array:
    """Return the norepinephrine (patients,) of who is not followed: the agent's, if it and the pressure are known.

    Args:
        hold: how doses are held.
        wanted: the agent's, NaN where it is no dose.
        ordered: in force.
        pressure: mmHg, NaN where it is not known.
    """
    known = ~np.isnan(pressure)
    kept = np.where(pressure > hold.eased, 0.0, ordered)
    return np.where(known & ~np.isnan(wanted), wanted, kept)


def kept(wanted: Array, usual: Array, light: Array) -> Array:
    """Return orders (2, patients) of which propofol is not below the usual where patients are `light`, bool."""
    floor = np.where(light & ~np.isnan(usual[0]), usual[0], 0.0)
    return np.stack([np.maximum(wanted[0], floor), wanted[1]])


def damped(hold: Hold, wanted: Array, usual: Array) -> Array:
    """Return orders (2, patients) nearer to the usual ones; as wanted where these are not known (NaN)."""
    return np.where(np.isnan(usual), wanted, usual + hold.gain * (wanted - usual))


def paced(
    hold: Hold,
    wanted: Array,
    ordered: Array,
    mode: OrderMode,
    seconds: float,
    slow: Array,
    doubted: Array,
    calm: Array,
) -> Array:
    """Return orders (2, patients) that go from those in force towards the wanted ones, no faster than allowed.

    Args:
        hold: how fast that is.
        wanted, ordered: (2, patients), the agent's orders, and those in force.
        mode: what they mean.
        seconds: since those.
        slow: who has just been held or limited, bool: the pace is limited both ways.
        doubted: whose delivery is in doubt, bool: orders rise slowly.
        calm: (2, patients), what orders may rise to at once; above it they rise no faster than an index can follow.
    """
    pace = np.array(hold.targets if mode == "targets" else hold.rates)[:, None]
    far = pace * seconds / SECONDS_PER_MINUTE
    free = np.maximum(ordered + hold.unhurried * far, calm)
    highest = np.where(doubted, ordered + hold.doubted * far, np.where(slow, ordered + far, free))
    down = np.where(slow, far, np.inf)
    return np.minimum(np.maximum(wanted, ordered - down), highest)


def unhurried(hold: Hold, usual: Array, mode: OrderMode, asleep: Array) -> Array:
    """Return targets that need no hurry, (2, patients): a little above the usual ones of who is `asleep`, bool."""
    above = usual + np.array(hold.above)[:, None]
    return np.where(asleep & ~np.isnan(usual) & (mode == "targets"), above, np.inf)
