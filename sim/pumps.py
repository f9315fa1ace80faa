"""Infusion pumps: rate limit, resolution, boluses, and target-controlled infusion (TCI).

The effect-site rule gives, each pump interval, the largest rate that lets the predicted effect site reach its target
but not pass it: with linear kinetics Ce(t) = free(t) + rate·pulse(t), so rate = min over t of
(target - free(t))/pulse(t). It is the idea of Shafer & Gregg, J Pharmacokinet Biopharm 1992;20:147, as one formula.
It aims 20 s ahead, at what a rate held till then must have brought, and lets earlier moments pass the target by half
a percent: aimed at the next interval, rates ring (dead-beat), as no recorded pump's do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim import pharmacokinetics
from sim.arrays import Array, at_least, like, namespace, stack
from sim.covariates import Covariates
from sim.interfaces import OrderMode, Orders
from sim.pharmacokinetics import compartments as pk
from sim.pharmacokinetics.compartments import Compartments, Transition
from sim.settings import TargetSite
from sim.units import NOREPINEPHRINE_UG_PER_ML, PROPOFOL_MG_PER_ML, REMIFENTANIL_UG_PER_ML, per_second

CONCENTRATIONS = np.array([[PROPOFOL_MG_PER_ML], [REMIFENTANIL_UG_PER_ML], [NOREPINEPHRINE_UG_PER_ML]])
MAX_RATE = per_second(1200.0, CONCENTRATIONS)  # (3, 1), mg/s, µg/s, µg/s
# Steps of a rate, mL/h: as it can be set by hand, and as pumps under target control show theirs in records.
RESOLUTION: dict[OrderMode, np.ndarray] = {
    "rates": per_second(0.1, CONCENTRATIONS),
    "targets": per_second(np.array([[0.001], [0.001], [0.1]]), CONCENTRATIONS),
}
AIM = 20.0  # s ahead; gives the lag-1 correlation of recorded rate steps, -.60
PASSING = 1.005  # of the target, allowed before that
LOOK_AHEAD = (*range(10, 121, 10), 140, 160, 190, 220, 260, 310, 390, 480)  # s; Ce peaks within them
# Irregularity of target-controlled rates, measured on recorded ones (VitalDB, Lee HC, Sci Data 2022;9:279): uniform,
# SD a share of the rate (propofol, remifentanil) and, on top, so many mL/h.
SHARE_SD, SMALLEST_SD = np.array([[0.0125], [0.0072]]), per_second(0.09, CONCENTRATIONS[:2])


@dataclass(frozen=True)
class Controller:
    """What a TCI pump knows of its patient: an assumed model (propofol, remifentanil), discretised.

    Attributes:
        transition: one pump interval, arrays (4, 4, 2, patients) and (4, 2, patients).
        free: (times, 4, 2, patients), the watched concentration at later times per amount now, as a share of what
            is allowed there per target.
        pulse: (times, 2, patients), the same per rate over the next interval; in the first row, per rate held
            until then.
    """

    transition: Transition
    free: Array
    pulse: Array


@dataclass(frozen=True)
class PumpState:
    """Attributes: predicted (4, 2, patients), the TCI models' state; queue (3, patients), bolus drug still to give;
    infused (3, patients), drug shown as given since the case began.
    """

    predicted: Array
    queue: Array
    infused: Array


def assumed_kinetics(person: Covariates, propofol: str, remifentanil: str) -> Compartments:
    """Return the TCI models' kinetics, (2, patients). Raises ValueError on an unknown name."""
    return pk.stack(
        [
            pharmacokinetics.PROPOFOL.get(propofol)(person),
            pharmacokinetics.REMIFENTANIL.get(remifentanil)(person),
        ]
    )


def controller(kinetics: Compartments, interval: float, site: TargetSite = "effect_site") -> Controller:
    """Prepare target-controlled infusion for kinetics (2, patients) and a pump interval (s).

    Raises:
        ValueError: an effect-site target for a model that has no effect site.
    """
    if site == "effect_site" and not bool((kinetics.ke0 > 0.0).all()):
        raise ValueError("ke0: the assumed model has no effect site; choose another or plasma targets")
    one = pk.discretise(kinetics, interval)
    if site == "plasma":
        return Controller(one, (one.phi[0] / kinetics.v1)[None], (one.gamma[0] / kinetics.v1)[None])
    held = pk.discretise(kinetics, max(AIM, interval))
    free, pulse = [held.phi[3]], [held.gamma[3]]
    first = max(interval, LOOK_AHEAD[0])
    for moment in (first, *(moment for moment in LOOK_AHEAD if moment > first)):
        share = 1.0 / PASSING if moment < AIM else 1.0
        free.append(share * pk.discretise(kinetics, moment).phi[3])
        before = pk.discretise(kinetics, moment - interval)
        pulse.append(share * (before.phi[3] * one.gamma).sum(0))
    return Controller(one, stack(free), stack(pulse))


def start(example: Array) -> PumpState:
    """Return idle pumps with full syringes; `example` (patients,) tells the array library."""
    zero = 0.0 * example
    three = stack([zero] * 3)
    return PumpState(stack([stack([zero] * 2)] * 4), three, three)


def target_rate(controller: Controller, predicted: Array, target: Array) -> Array:
    """Return the rates (2, patients), mg/s and µg/s, not negative, that bring the watched site to `target`."""
    free = controller.free[:, 0] * predicted[0]
    for row in range(1, 4):
        free += controller.free[:, row] * predicted[row]
    return at_least(namespace(target).min((target - free) / controller.pulse, axis=0), 0.0)


def accept(state: PumpState, orders: Orders) -> PumpState:
    """Queue the ordered boluses."""
    return PumpState(state.predicted, state.queue + orders.boluses, state.infused)


def run(
    controller: Controller,
    state: PumpState,
    orders: Orders,
    mode: OrderMode,
    interval: float,
    chance: np.ndarray | None = None,
) -> tuple[Array, PumpState]:
    """Return the rates (3, patients) that the pumps show for the next interval, and their state after it.

    Orders beyond the pump's largest rate are given at that rate, as pumps do; rates are rounded.

    Args:
        chance: (2, patients) in (0, 1), of the irregularity of target-controlled rates; None: they are exact.
    """
    xp = namespace(orders.infusions)
    infusion = orders.infusions
    resolution, largest = like(RESOLUTION[mode], infusion), like(MAX_RATE, infusion)
    if mode == "targets":
        needed = target_rate(controller, state.predicted, infusion[:2])
        if chance is not None:
            needed = irregular(needed, chance)
        infusion = xp.concat([needed, infusion[2:]])
    wanted = xp.round((infusion + state.queue / interval) / resolution) * resolution
    rates = xp.minimum(wanted, largest)
    bolus = at_least(rates - infusion, 0.0) * interval
    queue = at_least(state.queue - bolus, 0.0)
    predicted = pk.step(controller.transition, state.predicted, rates[:2])
    return rates, PumpState(predicted, queue, state.infused + rates * interval)


def irregular(rates: Array, chance: np.ndarray) -> Array:
    """Return rates (2, patients) as pumps really give them, by `chance` (2, patients) in (0, 1); 0 stays 0."""
    xp = namespace(rates)
    sd = xp.sqrt((like(SHARE_SD, rates) * rates) ** 2 + like(SMALLEST_SD, rates) ** 2)
    off = like(math.sqrt(12.0) * (chance - 0.5), rates)
    return xp.where(rates > 0.0, at_least(rates + off * sd, 0.0), rates)
