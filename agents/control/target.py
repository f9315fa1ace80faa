"""Proportional-integral control of the propofol target of a target-controlled pump, by the index.

Everything else is the human-style anaesthetist's: remifentanil by pressure and heart rate, and when propofol stops.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from agents.files import in_folder, settings_of
from agents.human.anaesthetist import wide
from agents.human.rules import GOOD_QUALITY
from sim.arrays import Array, namespace, stack, within
from sim.covariates import Covariates
from sim.interfaces import PROPOFOL, About, Agent, OrderMode, Orders, Readings
from sim.settings import check_numbers

TARGET = 50.0  # BIS
ASLEEP = 60.0  # BIS, below which the integral begins; or after
INDUCED = 300.0  # s
LOWEST, HIGHEST = 0.5, 8.0  # µg/mL, of the propofol target
ROUNDING = 0.1  # µg/mL
SHIPPED = Path(__file__).parents[1] / "settings" / "pi_target.json"


@dataclass(frozen=True)
class Settings:
    """Gains of target = base + kp (e + ∫e dt / ti), e the index less 50.

    Attributes:
        kp: µg/mL per point of the index.
        ti: s.
        settles: s, time constant of the running mean of the index.
        start: the base is so much of the anaesthetist's first target, which is lower for the elderly.
        dial: µg/mL that a change must reach.
        pause: s between changes.
    """

    kp: float = 0.03
    ti: float = 300.0
    settles: float = 30.0
    start: float = 1.0
    dial: float = 0.2
    pause: float = 30.0

    def __post_init__(self) -> None:
        check_numbers(self, positive=True)


@dataclass(frozen=True)
class Memory:
    """What is remembered, (patients,) but for the anaesthetist's memory.

    Attributes:
        base: the memory of the anaesthetist.
        mean: running mean of the index that was seen; NaN before any.
        integral: base and integral's part of the target, µg/mL; NaN before the anaesthetist's first target.
        begun: whether the integral has begun, bool.
        time: s, of the last readings.
        target, changed: in force, µg/mL, and since when, s.
    """

    base: Any
    mean: Array
    integral: Array
    begun: Array
    time: Array
    target: Array
    changed: Array


@dataclass(frozen=True)
class PiTarget:
    """Holds the index at 50 by moves of the propofol target; holds still while the index is missing or of low quality.

    Attributes:
        settings: gains.
        base: gives everything but the propofol target, in mode "targets".
    """

    orders: ClassVar[OrderMode] = "targets"
    any_arrays: ClassVar[bool] = True
    about: ClassVar[About] = About(
        "index, quality, phase; what the anaesthetist sees",
        "propofol target by a loop; all else is the anaesthetist's",
        "of the anaesthetist with the wide range",
        "the training plants and one more",
    )
    settings: Settings = field(default_factory=Settings)
    base: Agent = field(default_factory=wide)

    def initial(self, covariates: Covariates, keys: Array) -> Memory:
        """Return the memory of new cases."""
        zero = 0.0 * covariates.age
        unknown = zero + float("nan")
        base = self.base.initial(covariates, keys)
        return Memory(base, unknown, unknown, zero > 0.0, zero, unknown, zero - float("inf"))

    def act(self, state: Memory, readings: Readings, estimates: Mapping[str, Array]) -> tuple[Orders, Memory]:
        """Return the anaesthetist's orders with the propofol target of the loop, and the memory."""
        orders, base = self.base.act(state.base, readings, estimates)
        given = orders.infusions[PROPOFOL]
        state = moved(self.settings, replace(state, base=base), readings, given)
        propofol = namespace(given).where(given > 0.0, state.target, 0.0 * given)
        return replace(orders, infusions=stack([propofol, *orders.infusions[1:]])), state


def moved(settings: Settings, state: Memory, readings: Readings, first: Array) -> Memory:
    """Return the memory after a look at the index; `first` (patients,) is the target to begin with, µg/mL."""
    xp = namespace(readings.bis)
    passed = readings.time - state.time
    seen = readings.bis_valid & (readings.signal_quality >= GOOD_QUALITY)
    share = 1.0 - xp.exp(-passed / settings.settles)
    mean = xp.where(xp.isnan(state.mean), readings.bis, state.mean + share * (readings.bis - state.mean))
    mean = xp.where(seen, mean, state.mean)
    known = xp.where(xp.isnan(mean), TARGET + 0.0 * passed, mean)
    error = known - TARGET
    begun = state.begun | (seen & (readings.bis < ASLEEP)) | (readings.time >= INDUCED)
    integral = xp.where(xp.isnan(state.integral), settings.start * first, state.integral)
    added = within(integral + settings.kp * error * passed / settings.ti, LOWEST, HIGHEST)  # never winds up
    integral = xp.where(begun & seen, added, integral)
    wanted = within(integral + settings.kp * error, LOWEST, HIGHEST)
    wanted = xp.round(wanted / ROUNDING) * ROUNDING
    fresh = xp.isnan(state.target)
    off = xp.abs(wanted - state.target) >= settings.dial - 1e-9
    turns = fresh | (seen & off & (readings.time - state.changed >= settings.pause))
    return replace(
        state,
        mean=mean,
        integral=integral,
        begun=begun,
        time=readings.time,
        target=xp.where(turns, wanted, state.target),
        changed=xp.where(turns, readings.time, state.changed),
    )


def pi_target(path: Path = SHIPPED) -> PiTarget:
    """Return the controller with the gains of `agents/settings/pi_target.json`, or of another file or folder."""
    return PiTarget(settings_of(Settings, in_folder(path, SHIPPED.name)))
