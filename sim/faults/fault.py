"""What a fault is: what it does, with which numbers, for how long."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sim.arrays import Array
from sim.covariates import Covariates
from sim.monitors.slots import Shown
from sim.patient import Patient
from sim.settings import Room
from sim.surgery import Surgery


@dataclass(frozen=True)
class Parameter:
    """A number that a fault takes: what it is, its default, the lowest and the highest allowed, its unit."""

    meaning: str
    default: float
    low: float
    high: float
    unit: str = ""


@dataclass(frozen=True)
class Fault:
    """What goes wrong, for how long, and what it does; what is None (or empty) is left alone.

    Every function is also given the fault's parameters by name, each (patients,). `running` (patients,) is bool. One
    that remembers is given `memory` by name, too, and returns it, as of now, behind its result.

    Attributes:
        description: in words, to go on with in a sentence.
        seconds: how long, if nobody says; 0 lasts for the rest of the case; None for the whole case.
        shown: (running, shown, last, monitors) -> what the screens show instead; `last` is what they showed before.
        arriving: (running, rates, interval) -> the rates (3, patients) that arrive during the coming `interval` s.
        parameters: the numbers that it takes beside its time, by name.
        memory: (room, keys, shown) -> what it remembers first, a tree of arrays, patients last; None: nothing.
        lasts: whether it has an end; the moment of one that has none is all that can be chosen.
        halts: rows of the pumps that stand still and know it.
        told: (covariates, struck) -> who agents, observers and pumps believe the patient to be; `struck` (patients,) is
            bool, whom it concerns.
        patient: (patient, struck) -> who the patient really is.
        surgery: (surgery, starts, ends) -> what happens; starts and ends (patients,), s, `NEVER` where nothing does.
        orders: (running, orders, readings, mode, past) -> what leaves the controller instead, `past` being its
            orders before, see `sim.faults.people`.
    """

    description: str
    seconds: float | None
    shown: Callable[..., Any] | None = None
    arriving: Callable[..., Any] | None = None
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    memory: Callable[[Room, Array, Shown], Any] | None = None
    lasts: bool = True
    halts: tuple[int, ...] = ()
    told: Callable[..., Covariates] | None = None
    patient: Callable[..., Patient] | None = None
    surgery: Callable[..., Surgery] | None = None
    orders: Callable[..., Any] | None = None

    @property
    def times(self) -> tuple[str, ...]:
        """What may be said of its time: "at", the second it begins, and "seconds", how long it lasts."""
        return () if self.seconds is None else ("at", "seconds") if self.lasts else ("at",)
