"""Charts of one's own: a folder with stays.csv, a row a stay, and charts.csv, a row a time of charting.

stays.csv: stay, subject, what is known at admission (`KNOWN`), and bleeding_h, kidney_h, death_h: h after admission at
which an end came, empty where it did not within three days. charts.csv: stay, hour (after admission), and a column a
channel (`CHANNELS`), empty where nothing was measured; beyond 48 h nothing is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.recorded.tables import TEXT, Number, read_table, require_increasing, require_unique
from experiments.risk.charted.alarms import time_name
from experiments.risk.intensive_care.sites import cases
from predictors.learning.cases import Cases
from sim.outcomes.intensive_care.channels import CHANNELS, ENDS, HOURS, KNOWN, Channel, check
from sim.outcomes.intensive_care.stay import SHOWN

STAYS_FILE, CHARTS_FILE = "stays.csv", "charts.csv"
TIME = Number(0.0, 24.0 * 3650.0, "h", optional=True)


def recorded(folder: Path | None) -> tuple[Cases, list[str]]:
    """Return the stays of a folder, and the lines that say what they are.

    Raises:
        ValueError: no folder, a folder without the two files, a missing column, a value that nobody alive can have
            (with the unit it may be in), a stay that is there twice, a chart of a stay that is not there, times that do
            not increase.
        OSError: where a file cannot be opened.
    """
    if folder is None or not folder.is_dir():
        raise ValueError(f"data: {folder} is not allowed; a folder with {STAYS_FILE} and {CHARTS_FILE}")
    for name in (STAYS_FILE, CHARTS_FILE):
        if not (folder / name).is_file():
            raise ValueError(f"data: {folder} holds no {name}; a folder with {STAYS_FILE} and {CHARTS_FILE}")
    stays = read_stays(folder / STAYS_FILE)
    values = read_charts(folder / CHARTS_FILE, stays["stay"])
    known = {name: stays[name].to_numpy(dtype=float) for name in KNOWN}
    ends = np.stack([stays[time_name(end)].to_numpy(dtype=float) for end in ENDS])
    found = cases(
        stays["stay"].to_numpy(dtype=str),
        stays["subject"].to_numpy(dtype=str),
        known,
        values,
        np.where(np.isnan(ends), np.inf, ends),
    )
    people = len(np.unique(found.subject))
    assumed = "whoever has no end is taken to have been followed for 72 h"
    return found, [f"{found.count} stays of {people} subjects; {assumed}."]


def read_stays(path: Path) -> pd.DataFrame:
    """Return the table of stays. Raises ValueError as `recorded` does."""
    columns = {"stay": TEXT, "subject": TEXT, **dict.fromkeys(KNOWN, Number())}
    stays = read_table(path, columns | {time_name(end): TIME for end in ENDS})
    require_unique(path.name, stays["stay"])
    _checked(path.name, KNOWN, stays)
    return stays


def read_charts(path: Path, stays: pd.Series) -> dict[str, np.ndarray]:
    """Return every channel at half hours, name -> (96, stays); the last value of each. Raises as `recorded` does."""
    columns = {"stay": TEXT, "hour": Number(0.0, unit="h"), **dict.fromkeys(CHANNELS, Number(optional=True))}
    rows = read_table(path, columns)
    place = pd.Index(stays).get_indexer(rows["stay"])
    if (place < 0).any():
        row = int(np.argmax(place < 0))
        raise ValueError(
            f"{path.name}: stay {rows['stay'].iloc[row]!r} (row {row + 1}) is not in {STAYS_FILE}"
        )
    require_increasing(path.name, rows["stay"], rows["hour"])
    _checked(path.name, CHANNELS, rows)
    step = np.maximum(np.ceil(rows["hour"].to_numpy() / HOURS).astype(int) - 1, 0)
    found = {}
    for name in CHANNELS:
        own = rows[name].to_numpy(dtype=float)
        kept = np.isfinite(own) & (step < SHOWN)
        found[name] = np.full((SHOWN, len(stays)), np.nan)
        found[name][step[kept], place[kept]] = own[kept]  # of several in half an hour, the last
    return found


def _checked(source: str, channels: Mapping[str, Channel], rows: pd.DataFrame) -> None:
    """Raise ValueError on a value that nobody alive can have."""
    try:
        check(channels, rows[list(channels)].to_numpy(dtype=float).T)
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from None
