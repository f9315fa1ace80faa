"""A surgery from a table of events: what somebody wrote down of a real case, the same for every patient.

The table, a CSV file or a DataFrame, has a column `minute` and one or more of these, whose empty cells say nothing:

    minute      since the case began, 0 or more; rows rise, no minute comes twice
    phase       that begins then, of `PHASES`, in their order; some may be left out, the case begins with induction
    stimulus    BIS points of an undrugged patient, -100 to 100: linear between the rows that give it, the first and the
                last of them held; drugs blunt it, as in a random surgery. Skin incision is about 16, laryngoscopy 40
    bleeding    loss of blood from then on, mL/min, -1000 to 1000 (negative: transfusion, as far as blood was lost)

    minute,phase,stimulus,bleeding
    0,,0,
    4,intubation,40,
    5.5,preparation,10,
    30,incision,16,
    35,maintenance,12,
    60,,,200
    64,,,0
    110,closing,10,
    120,emergence,3,
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sim.settings import Source, read_table, shown
from sim.surgery.loads import nothing
from sim.surgery.timeline import INDUCTION, NEVER, PHASES, Surgery
from sim.units import SECONDS_PER_MINUTE

COLUMNS = ("minute", "phase", "stimulus", "bleeding")
ALLOWED = {
    "minute": (0.0, 1440.0, "minutes"),
    "stimulus": (-100.0, 100.0, "BIS points"),
    "bleeding": (-1000.0, 1000.0, "mL/min"),
}
ML_PER_L = 1000.0

Steps = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Listed:
    """A surgery written down, an entry for `sim.surgery.SURGERIES`.

    Attributes:
        description: where it comes from.
        phases: (s, index into `PHASES`) of each beginning.
        stimulus: (s, BIS points), linear between.
        bleeding: (s, L/s) from then on.
    """

    description: str
    phases: tuple[tuple[float, int], ...]
    stimulus: Steps
    bleeding: Steps

    def __call__(self, keys: np.ndarray, horizon: float, bleeding_probability: float) -> Surgery:
        """Return the surgery of each case; nothing of it is left to chance."""
        size = len(keys)
        starts = np.full(len(PHASES), NEVER)
        starts[INDUCTION] = 0.0
        for second, phase in self.phases:
            starts[phase] = second
        begins, rates = np.array(self.bleeding or ((0.0, 0.0),)).T
        ends = np.append(begins[1:], NEVER)
        times, heights = np.array(self.stimulus or ((0.0, 0.0),)).T
        columns = times, heights, starts, begins, ends, rates
        times, heights, starts, begins, ends, rates = (np.tile(c[:, None], size) for c in columns)
        return Surgery(times, heights, np.ones(size), starts, begins, ends, rates, nothing(size))


def listed(source: Source) -> Listed:
    """Return the surgery of a table of events, see above.

    Raises:
        ValueError: naming the file that cannot be read or the column it lacks; or the column, the value, its row and
            what is allowed.
    """
    table = read_table("surgery", source, ("minute",))
    named = "a table" if not isinstance(source, str) else source
    for column in table.columns:
        if column not in COLUMNS:
            raise ValueError(
                f"surgery: {named} has a column {column!r}, which is not allowed; {', '.join(COLUMNS)}"
            )
    if len(table.columns) < 2:
        raise ValueError(
            f"surgery: {named} says nothing; phase, stimulus or bleeding is needed beside minute"
        )
    cells = {name: table[name].tolist() if name in table else [None] * len(table) for name in COLUMNS}
    minutes = [_number("minute", row, cell) for row, cell in enumerate(cells["minute"], 1)]
    for row, (before, after) in enumerate(pairwise(minutes), 2):
        if not after > before:
            raise ValueError(
                f"minute: {after:g} (row {row}) is not allowed; more than {before:g}, as in the row above"
            )
    seconds = [SECONDS_PER_MINUTE * minute for minute in minutes]
    stimulus, bleeding = (
        tuple(
            (seconds[row - 1], _number(name, row, cell))
            for row, cell in enumerate(cells[name], 1)
            if not _empty(cell)
        )
        for name in ("stimulus", "bleeding")
    )
    per_second = ML_PER_L * SECONDS_PER_MINUTE
    return Listed(
        f"events of {named}",
        _phases(seconds, cells["phase"]),
        stimulus,
        tuple((second, rate / per_second) for second, rate in bleeding),
    )


def _phases(seconds: list[float], cells: list) -> tuple[tuple[float, int], ...]:
    """Return when each phase begins. Raises ValueError on an unknown one, or one out of order."""
    begins: list[tuple[float, int]] = []
    for row, (second, cell) in enumerate(zip(seconds, cells, strict=True), 1):
        if _empty(cell):
            continue
        if cell not in PHASES:
            raise ValueError(f"phase: {shown(cell)} (row {row}) is not allowed; {', '.join(PHASES)}")
        phase = PHASES.index(cell)
        if phase == INDUCTION and second > 0.0:
            raise ValueError(
                f"phase: {cell!r} (row {row}) is not allowed there; the case begins with it, at minute 0"
            )
        if begins and phase <= begins[-1][1]:
            raise ValueError(
                f"phase: {cell!r} (row {row}) is not allowed after {PHASES[begins[-1][1]]!r}; the order is "
                f"{', '.join(PHASES)}"
            )
        begins.append((second, phase))
    return tuple(begins)


def _number(column: str, row: int, cell: object) -> float:
    """Return the number in a cell. Raises ValueError naming column, value, row and what is allowed."""
    low, high, unit = ALLOWED[column]
    try:
        value = float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        value = float("nan")
    if not low <= value <= high:
        raise ValueError(f"{column}: {shown(cell)} (row {row}) is not allowed; {low:g} to {high:g} {unit}")
    return value


def _empty(cell: object) -> bool:
    """Say whether a cell says nothing: None, NaN or blank."""
    return cell is None or cell != cell or (isinstance(cell, str) and not cell.strip())
