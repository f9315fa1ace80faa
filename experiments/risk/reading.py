"""People of a table of one's own: a row an operation, the columns of a system, its outcomes, and who it was."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from experiments.recorded.tables import TEXT, Number, read_table
from sim.outcomes.people import Column, People, refuse

SUBJECT = "subject"


def read_people(path: Path, columns: Mapping[str, Column], outcomes: tuple[str, ...]) -> People:
    """Read a CSV or parquet file: the columns, NaN where empty; outcomes, 0 or 1; and `subject`.

    Raises:
        ValueError: naming the file, the column, the row and what is allowed: a column that is missing, an impossible
            value (with the unit it may be in), an outcome that is not 0 or 1.
        OSError: where the file cannot be opened.
    """
    values = {name: Number(optional=True) for name in columns}
    table = read_table(path, {SUBJECT: TEXT, **values, **dict.fromkeys(outcomes, Number(0.0, 1.0))})
    found = {name: table[name].to_numpy(dtype=float) for name in columns}
    refuse(path.name, columns, found)
    labels = {name: table[name].to_numpy(dtype=float) for name in outcomes}
    for name, label in labels.items():
        if (row := np.flatnonzero((label != 0.0) & (label != 1.0))).size:
            raise ValueError(
                f"{path.name}: {name} {label[row[0]]:g} (row {row[0] + 1}) is not allowed; 0 or 1"
            )
    return People(np.unique(table[SUBJECT], return_inverse=True)[1], found, labels)
