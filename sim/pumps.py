"""Infusion pumps: rate limit, resolution, boluses, and target-controlled infusion (TCI).

Far below its target, the effect site is led by the largest rate, over one pump interval, that lets it reach the target
but not pass it: with linear kinetics Ce(t) = free(t) + rate·pulse(t), so rate = min over t of
(target - free(t))/pulse(t); far above, nothing is given. Near it, the plasma is held at the target (Shafer & Gregg,
J Pharmacokinet Biopharm 1992;20:147). Displays of recorded pumps show the same: a loading dose, a pause until the
plasma is down at the target, the full rate at once; after a lowered target, a pause until the effect site is near.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from sim import pharmacokinetics
from sim.arrays import Array, at_least, like, namespace, stack
from sim.covariates import Covariates
from sim.interfaces import OrderMode, Orders
from sim.pharmacokinetics import compartments as pk
from sim.pharmacokinetics.compartments import Compartments, Transition
from sim.randomness import to_normals, uniforms
from sim.settings import TargetSite
from sim.units import NOREPINEPHRINE_UG_PER_ML, PROPOFOL_MG_PER_ML, REMIFENTANIL_UG_PER_ML, per_second

CONCENTRATIONS = np.array([[PROPOFOL_MG_PER_ML], [REMIFENTANIL_UG_PER_ML], [NOREPINEPHRINE_UG_PER_ML]])
LARGEST_ML_PER_H = 1200.0
MAX_RATE = per_second(LARGEST_ML_PER_H, CONCENTRATIONS)  # (3, 1), mg/s, µg/s, µg/s
# Steps of a rate, mL/h: as it can be set by hand, and as pumps under target control show theirs in records.
RESOLUTION: dict[OrderMode, np.ndarray] = {
    "rates": per_second(0.1, CONCENTRATIONS),
    "targets": per_second(np.array([[0.001], [0.001], [0.1]]), CONCENTRATIONS),
}
NEAR = 0.045  # of the target; displayed effect sites at the last pause and the first rate: 1.048 and 1.045
FALLING = 1.1  # of the target; plasma above it is awaited. Higher, long intervals pass targets by over 1.5 % (choice)
LOOK_AHEAD = (*range(10, 121, 10), 140, 160, 190, 220, 260, 310, 390, 480)  # s; Ce peaks within them
# Irregularity of target-controlled rates, measured on recorded ones (VitalDB, Lee HC, Sci Data 2022;9:279, training
# part): SD a share of the rate and, on top, so many mL/h. Every case has a coarse pump, of uniform deviations, and a
# fine one, of normal ones; mostly the coarse one gives propofol.
COARSE, FINE, SMALLEST_SD = 0.0150, 0.0080, per_second(0.106, CONCENTRATIONS[:2])
FINE_PROPOFOL = 0.17  # of cases
# Recorded loads leave 6, 15, 30 and 80 % of their size (25, 50, 75, 90 % of loads) to the sample that follows.
WAITING = 3.0  # power of uniform chance (choice)
# A new rate sets in late by so many s: gives the correlations of recorded rates at 10 and 20 s, -.42 and -.08.
LATE = 0.6
# Syringes are changed when they are empty: recorded pumps stop and start again .33 and .40 times an hour, for 20 s.
SYRINGE = 50.0 * CONCENTRATIONS[:2]  # mg, µg
QUICKEST, LONGER = 10.0, 15.0  # s; of a change, and the mean of what it lasts beyond


@dataclass(frozen=True)
class Controller:
    """What a TCI pump knows of its patient: an assumed model (propofol, remifentanil), discretised.

    Attributes:
        transition: one pump interval, arrays (4, 4, 2, patients) and (4, 2, patients).
        v1: (2, patients), volume of the plasma.
        held: (4, 2, patients), concentration in plasma after the interval per amount now.
        holding: (2, patients), the same per rate over the interval.
        free: (times, 4, 2, patients), effect site at later times per amount now; None where plasma is watched.
        pulse: (times, 2, patients), the same per rate over the next interval; None there, too.
    """

    transition: Transition
    v1: Array
    held: Array
    holding: Array
    free: Array | None
    pulse: Array | None


@dataclass(frozen=True)
class PumpState:
    """What pumps know.

    Attributes:
        predicted: (4, 2, patients), the TCI models' state.
        queue: (3, patients), bolus drug still to give.
        infused: (3, patients), drug shown as given since the case began.
        rates: (2, patients), of the last interval.
        changing: (2, patients), s until a new syringe is in.
    """

    predicted: Array
    queue: Array
    infused: Array
    rates: Array
    changing: Array


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
    held, holding = one.phi[0] / kinetics.v1, one.gamma[0] / kinetics.v1
    if site == "plasma":
        return Controller(one, kinetics.v1, held, holding, None, None)
    first = max(interval, LOOK_AHEAD[0])
    moments = [first, *(moment for moment in LOOK_AHEAD if moment > first)]
    reached = _reached(kinetics, [*moments, *(moment - interval for moment in moments)])
    free = [reached[moment] for moment in moments]
    pulse = [(reached[moment - interval] * one.gamma).sum(0) for moment in moments]
    return Controller(one, kinetics.v1, held, holding, stack(free), stack(pulse))


def _reached(kinetics: Compartments, moments: list[float]) -> dict[float, Array]:
    """Return, for each moment (s), the effect site then per amount now, (4, 2, patients): from moment to moment."""
    over = cache(lambda seconds: pk.discretise(kinetics, seconds).phi)  # many are as far apart
    reached, before, row = {}, 0.0, over(0.0)[3]
    for moment in sorted({*moments}):
        passed = over(moment - before)
        row = sum((row[i] * passed[i] for i in range(1, 4)), row[0] * passed[0])
        reached[moment], before = row, moment
    return reached


def start(example: Array) -> PumpState:
    """Return idle pumps with full syringes; `example` (patients,) tells the array library."""
    zero = 0.0 * example
    three = stack([zero] * 3)
    return PumpState(stack([stack([zero] * 2)] * 4), three, three, three[:2], three[:2])


def target_rate(controller: Controller, predicted: Array, target: Array) -> Array:
    """Return the rates (2, patients), mg/s and µg/s, not negative, that bring the watched site to `target`."""
    hold = (target - (controller.held * predicted).sum(0)) / controller.holding
    if controller.free is None:
        return at_least(hold, 0.0)
    free = controller.free[:, 0] * predicted[0]
    for row in range(1, 4):
        free += controller.free[:, row] * predicted[row]
    xp, plasma, effect = namespace(target), predicted[0] / controller.v1, predicted[3]
    reach = xp.min((target - free) / controller.pulse, axis=0)
    near = (xp.abs(effect - target) <= NEAR * target) & (plasma <= FALLING * target)
    return at_least(xp.where(near, hold, reach), 0.0)


def accept(state: PumpState, orders: Orders) -> PumpState:
    """Queue the ordered boluses."""
    return replace(state, queue=state.queue + orders.boluses)


def run(
    controller: Controller,
    state: PumpState,
    orders: Orders,
    mode: OrderMode,
    interval: float,
    jitter: tuple[Array, Array] | None = None,
    halted: Array | None = None,
) -> tuple[Array, PumpState]:
    """Return the rates (3, patients) that the pumps show for the next interval, and their state after it.

    Orders beyond the pump's largest rate are given at that rate, as pumps do; rates are rounded.

    Args:
        jitter: (2, patients) each, which pumps are coarse, and chance in (0, 1), of the irregularity of
            target-controlled rates and of how long a change of syringes lasts; None: exact rates, endless syringes.
        halted: (3, patients), bool, which pumps stand still; None: none does.
    """
    xp = namespace(orders.infusions)
    infusion = orders.infusions
    resolution, largest = like(RESOLUTION[mode], infusion), like(MAX_RATE, infusion)
    if mode == "targets":
        infusion = xp.concat([target_rate(controller, state.predicted, infusion[:2]), infusion[2:]])
        if jitter is not None:
            planned = _divided(controller, state.predicted, infusion[:2], orders.infusions[:2], jitter[1])
            late = LATE / (LATE + interval) * (state.rates - planned)
            planned = xp.where(planned > 0.0, planned + late, planned)
            infusion = xp.concat([irregular(planned, *jitter), infusion[2:]])
    wanted = xp.round((infusion + state.queue / interval) / resolution) * resolution
    rates = xp.minimum(wanted, largest)
    changing = state.changing
    if jitter is not None:
        rates, changing = _changed(rates, state, jitter[1], interval)
    if halted is not None:
        rates = xp.where(halted, 0.0 * rates, rates)
    bolus = at_least(rates - infusion, 0.0) * interval
    queue = at_least(state.queue - bolus, 0.0)
    predicted = pk.step(controller.transition, state.predicted, rates[:2])
    return rates, PumpState(predicted, queue, state.infused + rates * interval, rates[:2], changing)


def _changed(rates: Array, state: PumpState, chance: Array, interval: float) -> tuple[Array, Array]:
    """Return rates (3, patients), 0 while a syringe is changed, and how long that goes on, (2, patients)."""
    xp, waits = namespace(rates), state.changing > 0.0
    syringe = like(SYRINGE, rates)
    used = xp.floor(state.infused[:2] / syringe)
    empty = xp.floor((state.infused[:2] + rates[:2] * interval) / syringe) > used
    lasts = QUICKEST - LONGER * xp.log(chance)
    changing = xp.where(waits, state.changing - interval, xp.where(empty, lasts, 0.0 * lasts))
    return xp.concat([xp.where(waits, 0.0 * lasts, rates[:2]), rates[2:]]), at_least(changing, 0.0)


def _divided(controller: Controller, predicted: Array, rates: Array, target: Array, chance: Array) -> Array:
    """Return rates of which, while they load, a chance part waits for the next interval, mostly a small one."""
    xp = namespace(rates)
    below = (1.0 - NEAR) * target
    loads = (predicted[0] / controller.v1 < below) & (predicted[3] < below)
    return xp.where(loads, rates / (1.0 + chance**WAITING), rates)


def coarse(keys: np.ndarray) -> np.ndarray:
    """Draw which of the two pumps of cases `keys` (patients,) is the coarse one, bool (2, patients)."""
    swapped = uniforms(keys, "pumps", 0, 1)[0] < FINE_PROPOFOL
    return np.stack([~swapped, swapped])


def irregular(rates: Array, coarse: Array, chance: Array) -> Array:
    """Return rates (2, patients) as pumps really give them, by `chance` (2, patients) in (0, 1); 0 stays 0."""
    xp = namespace(rates)
    share = xp.where(coarse, COARSE + 0.0 * rates, FINE + 0.0 * rates)
    sd = xp.sqrt((share * rates) ** 2 + like(SMALLEST_SD, rates) ** 2)
    off = xp.where(coarse, math.sqrt(12.0) * (chance - 0.5), to_normals(chance))
    return xp.where(rates > 0.0, at_least(rates + off * sd, 0.0), rates)
