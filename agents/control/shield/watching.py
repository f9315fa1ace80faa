"""What the shield makes of the readings, whatever the agent thinks: which hold, what is in the body, what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from agents.control.shield import accounting, delivery, signals
from agents.control.shield.accounting import Account
from agents.control.shield.delivery import Belief, Delivery
from agents.control.shield.signals import Checked, Plausible, Seen
from sim import pumps
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import OrderMode, Orders, Readings
from sim.pharmacodynamics import SURFACES
from sim.pharmacokinetics import compartments as pk
from sim.pumps import Controller
from sim.signals.cycles import Cycle, Swings, still, swung
from sim.surgery import EMERGENCE, PREPARATION


@dataclass(frozen=True)
class Rules:
    """What is watched for.

    Attributes:
        plausible: what signals may do.
        delivery: how lost delivery is found.
        cycle: what counts as a limit cycle.
        smoothing: s, of the index that limits are taken from (choice).
        accounts: s that the accounts of ordered and shown drug go back (choice).
        tolerated: share by which they may differ (choice).
        surface: the model's response of the index, by name.
    """

    plausible: Plausible = field(default_factory=Plausible)
    delivery: Delivery = field(default_factory=Delivery)
    cycle: Cycle = field(default_factory=Cycle)
    smoothing: float = 20.0
    accounts: float = 300.0
    tolerated: float = 0.3
    surface: str = "bouillon"


@dataclass(frozen=True)
class Watch:
    """What is remembered, arrays (patients,) unless said.

    Attributes:
        controller, predicted: the pumps' model, constant, and what it believes is in the body, (4, 2, patients).
        seen: of the signals.
        level: believed index, smoothed; NaN before any.
        belief: how sensitive the patients are.
        account: drug ordered and shown.
        swings: of the index.
        time: s, of the last readings.
    """

    controller: Controller
    predicted: Array
    seen: Seen
    level: Array
    belief: Belief
    account: Account
    swings: Swings
    time: Array


@dataclass(frozen=True)
class Found:
    """What is the matter now, (patients,) each.

    Attributes:
        checked: which signals hold.
        index, pressure: believed index, smoothed, and pressure, mmHg; NaN where they are not known.
        depth: the index that limits go by: the lower of the one shown and the highest that doses shown can leave.
        moving: the index has moved of late, bool.
        doubted, lost: delivery, bool.
        mismatched, cycling: accounts, and a limit cycle, bool.
    """

    checked: Checked
    index: Array
    pressure: Array
    depth: Array
    moving: Array
    doubted: Array
    lost: Array
    mismatched: Array
    cycling: Array


def begin(rules: Rules, covariates: Covariates, models: tuple[str, str], period: float) -> Watch:
    """Return the watch before the first readings; `models` of propofol and remifentanil are the pumps'."""
    kinetics = pumps.assumed_kinetics(covariates, *models)
    zero = 0.0 * covariates.age
    two = np.stack([zero, zero])
    surface = SURFACES.get(rules.surface)(covariates)
    return Watch(
        controller=pumps.controller(kinetics, period),
        predicted=pk.empty(kinetics),
        seen=signals.nothing_seen(zero),
        level=zero + np.nan,
        belief=delivery.nothing_given(rules.delivery, surface, zero),
        account=Account(two, two, pk.empty(kinetics)),
        swings=still(zero),
        time=zero,
    )


def look(
    rules: Rules, state: Watch, readings: Readings, last: Orders, mode: OrderMode, period: float
) -> tuple[Watch, Found]:
    """Return the watch after a look at the readings, and what is the matter.

    Args:
        rules: what is watched for.
        state: before.
        readings: of now.
        last: orders of the period that has just ended.
        mode: what they mean.
        period: s between readings.

    Raises:
        ValueError: readings at another pace than that.
    """
    time, seconds = readings.time, readings.time - state.time
    if ((state.time == 0.0) & (seconds > 0.0) & (seconds != period)).any():
        raise ValueError(f"control_period: {seconds.max():g} s is not allowed; the shield's is {period:g} s")
    seen, checked = signals.check(rules.plausible, state.seen, readings)
    begun = seconds > 0.0  # at the very first readings no period has passed
    shown = readings.infused[:2]  # by the pumps' own displays, not our orders
    predicted = np.where(
        begun, pk.step(state.controller.transition, state.predicted, shown / period), state.predicted
    )
    account = accounting.booked(state.account, last, mode, state.controller, shown, period, rules.accounts)
    share = -np.expm1(-seconds / rules.smoothing)
    level = np.where(np.isnan(state.level), seen.index, state.level + share * (seen.index - state.level))
    steady = (readings.phase >= PREPARATION) & (readings.phase < EMERGENCE)
    index = np.where(checked.index, seen.index, np.nan)
    belief = delivery.believed(rules.delivery, state.belief, predicted[3], index, steady, period)
    swings, cycling = swung(rules.cycle, state.swings, np.where(steady, index, np.nan), time, period)
    known = np.where(checked.index, level, np.nan)
    return replace(
        state,
        predicted=predicted,
        seen=seen,
        level=level,
        belief=belief,
        account=account,
        swings=swings,
        time=time,
    ), Found(
        checked=checked,
        index=known,
        pressure=np.where(checked.pressure, seen.pressure, np.nan),
        depth=np.fmin(known, belief.lightest),
        moving=time - seen.moved < rules.plausible.stuck / 3.0,
        doubted=belief.unexplained >= rules.delivery.doubt,
        lost=belief.unexplained >= rules.delivery.alarm,
        mismatched=accounting.disagree(account, rules.tolerated),
        cycling=cycling & steady,
    )
