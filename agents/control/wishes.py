"""What a clinician asks for during a case: a target range, a floor of opioid, or that doses stay as they are.

Wishes reach agents beside the readings, in `Readings.more`; nobody has to know them. `Asked` tells an agent those of a
schedule; the console those of whoever sits there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from agents.control.around import Around, explained, reported
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import REMIFENTANIL, Orders, Readings
from sim.settings import read_table
from sim.surgery import CLOSING, EMERGENCE
from sim.units import SECONDS_PER_MINUTE

PREFIX = "wish_"  # before the names of wishes among the readings


@dataclass(frozen=True)
class Wishes:
    """What is wished for, one for all patients or (patients,) each.

    Attributes:
        low, high: of the range that the index shall be in, BIS.
        opioid_floor: effect-site target of remifentanil that is not gone below before the closing, ng/mL.
        hold: whether propofol and remifentanil stay as they are, above 0 for yes; not in emergence.
    """

    low: Array | float = 40.0
    high: Array | float = 60.0
    opioid_floor: Array | float = 0.0
    hold: Array | float = 0.0


NAMES = tuple(one.name for one in fields(Wishes))
USUAL = Wishes()
ALLOWED = {"low": (10.0, 80.0), "high": (20.0, 90.0), "opioid_floor": (0.0, 10.0), "hold": (0.0, 1.0)}


def wishes(readings: Readings, usual: Wishes = USUAL) -> Wishes:
    """Return what is wished for, (patients,) each; the usual where nobody has said anything."""
    zero = 0.0 * readings.bis
    return Wishes(**{name: zero + readings.more.get(PREFIX + name, getattr(usual, name)) for name in NAMES})


def told(readings: Readings, asked: Wishes) -> Readings:
    """Return readings that tell these wishes."""
    zero = 0.0 * readings.bis
    said = {PREFIX + name: zero + getattr(asked, name) for name in NAMES}
    return replace(readings, more={**readings.more, **said})


def obeyed(asked: Wishes, targets: Array, present: Array, phase: Array) -> Array:
    """Return targets of propofol and remifentanil (2, patients) that keep to the floor of opioid and to a hold.

    Args:
        asked: what is wished for, (patients,) each.
        targets: what would be ordered, µg/mL and ng/mL.
        present: in force; NaN before any.
        phase: (patients,); who stops a drug at the closing may.
    """
    floor = np.where((phase < CLOSING) & (targets[REMIFENTANIL] > 0.0), asked.opioid_floor, 0.0)
    raised = np.stack([targets[0], np.maximum(targets[REMIFENTANIL], floor)])
    ends = (phase >= EMERGENCE) | ((phase >= CLOSING) & (targets == 0.0))
    held = (asked.hold > 0.0) & ~ends & ~np.isnan(present)
    return np.where(held, present, raised)


Schedule = tuple[tuple[float, Wishes], ...]


def scheduled(path: str | Path) -> Schedule:
    """Return wishes by the time, s, from which they hold: a CSV file with `minute` and some of low, high, opioid_floor
    and hold. What a row leaves out stays as the row before has it.

    Raises:
        ValueError: naming the file, the row, the value and what is allowed.
    """
    table = read_table("wishes", str(path), ("minute",))
    last = USUAL
    rows: list[tuple[float, Wishes]] = []
    for row in table.to_dict("records"):
        said = {str(name): value for name, value in row.items() if value == value}
        minute = said.pop("minute", np.nan)
        for name, value in said.items():
            if name not in ALLOWED:
                raise ValueError(f"wishes: {path} names {name}, which is not allowed; {', '.join(NAMES)}")
            low, high = ALLOWED[name]
            if not low <= value <= high:
                raise ValueError(
                    f"wishes: {name} {value:g} at {minute:g} min is not allowed; {low:g} to {high:g}"
                )
        last = replace(last, **said)
        if not last.low < last.high:
            raise ValueError(
                f"wishes: low {last.low:g} at {minute:g} min is not allowed; below high, {last.high:g}"
            )
        if not minute >= 0.0 or (rows and minute * SECONDS_PER_MINUTE <= rows[-1][0]):
            raise ValueError(f"wishes: minute {minute:g} is not allowed; 0 or more, and rising")
        rows.append((minute * SECONDS_PER_MINUTE, last))
    return tuple(rows)


@dataclass(frozen=True)
class Asked(Around):
    """An agent who is told the wishes of a schedule.

    Attributes:
        schedule: from when, s, which wishes hold; the usual before.
    """

    schedule: Schedule

    def initial(self, covariates: Covariates, keys: np.ndarray) -> Any:
        """Return the agent's memory."""
        return self.inner.initial(covariates, keys)

    def act(self, state: Any, readings: Readings, estimates: Mapping[str, Array]) -> tuple[Orders, Any]:
        """Return the agent's orders, told what is wished for, and its memory."""
        asked = USUAL
        for start, one in self.schedule:
            begun = readings.time >= start
            asked = Wishes(**{n: np.where(begun, getattr(one, n), getattr(asked, n)) for n in NAMES})
        return self.inner.act(state, told(readings, asked), estimates)

    def report(self, state: Any) -> Mapping[str, Array]:
        """Return what the agent says of itself."""
        return reported(self.inner, state)

    def explain(self, state: Any) -> list[str]:
        """Return why the agent ordered what it did, a line a patient."""
        return explained(self.inner, state)
