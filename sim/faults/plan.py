"""When faults strike, and what a room makes of those that run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.arrays import Array, namespace
from sim.covariates import Covariates
from sim.faults import FAULTS
from sim.faults.fault import Fault
from sim.faults.spelling import Strike, strike, strikes
from sim.monitors.panel import Monitors
from sim.monitors.slots import Shown
from sim.patient import Patient
from sim.randomness import uniforms
from sim.settings import Room
from sim.surgery import NEVER, Surgery

Memories = Mapping[str, Any]  # of faults by name


@dataclass(frozen=True)
class FaultPlan:
    """What strikes when. A fault may strike more than once; of strikes that overlap, the last one's sizes count.

    Attributes:
        names: of the strikes.
        starts, ends: (strikes, patients), s; `NEVER` for whom one does not strike.
        sizes: of every strike, its parameters by name, each (patients,).
    """

    names: tuple[str, ...]
    starts: Array
    ends: Array
    sizes: tuple[Mapping[str, Array], ...]

    def running(self, name: str, time: Array) -> Array:
        """Return where a fault of the plan is running at `time`, bool (patients,)."""
        return self._strikes(name, time).any(0)

    def sizes_of(self, name: str, time: Array) -> dict[str, Array]:
        """Return the parameters of a fault of the plan at `time`, each (patients,)."""
        first, *others = (sizes for one, sizes in zip(self.names, self.sizes, strict=True) if one == name)
        if not others or not first:
            return dict(first)
        here, found = self._strikes(name, time), dict(first)
        for row, sizes in enumerate(others, 1):
            where = namespace(here).where
            found = {key: where(here[row], sizes[key], value) for key, value in found.items()}
        return found

    def struck(self, text: str, time: float) -> FaultPlan:
        """Return a fault, as it is written, that strikes all at `time`, s, behind the plan. Raises as `strike` does."""
        one, patients = strike(text), self.starts.shape[1]
        starts = np.full((1, patients), time if one.at is None else one.at)
        ends = starts + (one.seconds or np.inf)
        return FaultPlan(
            (*self.names, one.name),
            np.concatenate([self.starts, starts]),
            np.concatenate([self.ends, ends]),
            (*self.sizes, _full(one, patients)),
        )

    @property
    def last(self) -> FaultPlan:
        """Its last strike alone."""
        return FaultPlan(self.names[-1:], self.starts[-1:], self.ends[-1:], self.sizes[-1:])

    def _strikes(self, name: str, time: Array) -> Array:
        rows = [row for row, one in enumerate(self.names) if one == name]
        return (self.starts[rows] <= time) & (time < self.ends[rows])


def plan(texts: Sequence[str], keys: np.ndarray, horizon: float) -> FaultPlan:
    """Plan faults as they are written, see `sim.faults.spelling`; times that are not given are drawn.

    Those lie between 20 and 70 % of the horizon, each case's and each fault's its own.

    Raises:
        ValueError: what is not allowed there.
    """
    planned = strikes(texts, horizon)
    starts = np.array([_start(one, keys, horizon) for one in planned]).reshape(len(planned), len(keys))
    seconds = np.array([one.seconds or horizon for one in planned]).reshape(-1, 1)
    sizes = tuple(_full(one, len(keys)) for one in planned)
    return FaultPlan(tuple(one.name for one in planned), starts, starts + seconds, sizes)


def together(every: Sequence[Sequence[str]], horizon: float) -> FaultPlan:
    """Return one plan for cases with the same faults, as they are written, each at a time and with numbers of its own.

    Raises:
        ValueError: what is not allowed there, a case with other faults than the first, or one that does not say when.
    """
    rows = [strikes(texts, horizon) for texts in every]
    names = tuple(one.name for one in rows[0])
    for texts, row in zip(every, rows, strict=True):
        if tuple(one.name for one in row) != names:
            said, first = (", ".join(one) or "none" for one in (texts, every[0]))
            raise ValueError(f"faults: {said} is not allowed beside {first}; the same ones")
        for text, one in zip(texts, row, strict=True):
            if one.at is None and "at" in one.fault.times:
                raise ValueError(f"faults: {text} does not say when; at=... is needed here")
    shape = len(names), len(rows)
    starts = np.array([[one.at or 0.0 for one in row] for row in rows]).T.reshape(shape)
    lasts = np.array([[one.seconds or horizon for one in row] for row in rows]).T.reshape(shape)
    columns = [*zip(*rows, strict=True)]
    sizes = tuple(
        {key: np.array([one.sizes[key] for one in column]) for key in column[0].sizes} for column in columns
    )
    return FaultPlan(names, starts, starts + lasts, sizes)


def beside(plans: Sequence[FaultPlan]) -> FaultPlan:
    """Return one plan for the cases of several, side by side: nobody is struck by another's faults."""
    ends = np.cumsum([one.starts.shape[1] for one in plans])

    def wide(rows: Array, at: int, elsewhere: float) -> Array:
        whole = np.full((*rows.shape[:-1], ends[-1]), elsewhere)
        whole[..., ends[at] - rows.shape[-1] : ends[at]] = rows
        return whole

    return FaultPlan(
        tuple(name for one in plans for name in one.names),
        np.concatenate([wide(one.starts, at, NEVER) for at, one in enumerate(plans)]),
        np.concatenate([wide(one.ends, at, NEVER) for at, one in enumerate(plans)]),
        tuple(
            {key: wide(size, at, float(size[0])) for key, size in sizes.items()}
            for at, one in enumerate(plans)
            for sizes in one.sizes
        ),
    )


def _start(one: Strike, keys: np.ndarray, horizon: float) -> np.ndarray:
    """Return when it strikes each case."""
    if one.fault.seconds is None:
        return np.zeros(len(keys))
    if one.at is not None:
        return np.full(len(keys), one.at)
    return horizon * (0.2 + 0.5 * uniforms(keys, f"fault {one.name}", 0, 1)[0])


def _full(one: Strike, patients: int) -> dict[str, np.ndarray]:
    return {name: np.full(patients, size) for name, size in one.sizes.items()}


def of_cases(faults: FaultPlan, patient: Patient, surgeries: Surgery) -> tuple[Patient, Surgery, Covariates]:
    """Return the patients as they are, what happens to them, and who they are believed to be, under the faults."""
    told = patient.covariates
    for row, name in enumerate(faults.names):
        fault, sizes = FAULTS.get(name), faults.sizes[row]
        if fault.patient:
            patient = fault.patient(patient, faults.starts[row] < NEVER, **sizes)
        if fault.surgery:
            surgeries = fault.surgery(surgeries, faults.starts[row], faults.ends[row], **sizes)
        if fault.told:
            told = fault.told(told, faults.starts[row] < NEVER, **sizes)
    return patient, surgeries, told


def remembered(faults: FaultPlan, room: Room, keys: Array, shown: Shown) -> dict[str, Any]:
    """Return what the faults remember first, by name."""
    makes = {name: FAULTS.get(name).memory for name in faults.names}
    return {name: make(room, keys, shown) for name, make in makes.items() if make}


def on_monitors(
    faults: FaultPlan, memories: Memories, time: Array, shown: Shown, last: Shown, monitors: Monitors
) -> tuple[Shown, Memories]:
    """Return what the screens show under the faults at `time`, and what these remember; `last` was shown before."""
    for name in dict.fromkeys(faults.names):
        fault = FAULTS.get(name)
        if fault.shown:
            given = faults.running(name, time), shown, last, monitors
            shown, memories = _done(fault, fault.shown, memories, name, given, faults.sizes_of(name, time))
    return shown, memories


def arriving(
    faults: FaultPlan, memories: Memories, time: Array, rates: Array, interval: float
) -> tuple[Array, Memories]:
    """Return the rates (3, patients) that arrive, and what faults remember: drug that they hold back, too."""
    for name in dict.fromkeys(faults.names):
        fault = FAULTS.get(name)
        if fault.arriving:
            given = faults.running(name, time), rates, interval
            rates, memories = _done(fault, fault.arriving, memories, name, given, faults.sizes_of(name, time))
    return rates, memories


def halted(faults: FaultPlan, time: Array, rates: Array) -> Array | None:
    """Return which pumps stand still, bool and of the shape of `rates` (3, patients); None where nothing halts any."""
    halts = {name: FAULTS.get(name).halts for name in faults.names}
    found = None
    for name, rows in halts.items():
        if rows:
            running = faults.running(name, time)
            here = namespace(rates).stack([running & (row in rows) for row in range(rates.shape[0])])
            found = here if found is None else found | here
    return found


def _done(
    fault: Fault, change: Any, memories: Memories, name: str, given: tuple[Any, ...], sizes: dict[str, Array]
) -> tuple[Any, Memories]:
    """Return what a function of a fault makes of what it is given, and what is remembered then."""
    if fault.memory is None:
        return change(*given, **sizes), memories
    changed, memory = change(*given, memory=memories[name], **sizes)
    return changed, {**memories, name: memory}
