"""Charts of one's own: a folder with stays.csv, a row a stay, and charts.csv, a row a time of charting.

stays.csv: stay, subject, what is known at admission, and a column an outcome (death_h): h after admission at which it
came, empty where it did not. charts.csv: stay, hour (after admission), and a column a channel, empty where nothing was
measured; what comes after the rows of the chart is not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.recorded.tables import TEXT, Number, read_table, require_increasing, require_unique
from experiments.risk.charted.alarms import time_name
from experiments.risk.charted.chart import Chart
from predictors.learning.cases import Cases
from sim.outcomes.channel import Channel, check

STAYS_FILE, CHARTS_FILE = "stays.csv", "charts.csv"
TIME = Number(0.0, 24.0 * 3650.0, "h", optional=True)


def recorded(chart: Chart, folder: Path | None) -> tuple[Cases, list[str]]:
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
    stays = read_stays(chart, folder / STAYS_FILE)
    values = read_charts(chart, folder / CHARTS_FILE, stays["stay"])
    ends = np.stack([stays[time_name(outcome)].to_numpy(dtype=float) for outcome in chart.outcomes])
    found = chart.cases(
        stays["stay"].to_numpy(dtype=str),
        stays["subject"].to_numpy(dtype=str),
        {name: stays[name].to_numpy(dtype=float) for name in chart.known},
        values,
        np.where(np.isnan(ends), np.inf, ends),
    )
    people = len(np.unique(found.subject))
    assumed = f"an outcome without a time is taken not to have come in {chart.followed:g} h"
    return found, [f"{found.count} stays of {people} subjects; {assumed}."]


def read_stays(chart: Chart, path: Path) -> pd.DataFrame:
    """Return the table of stays. Raises ValueError as `recorded` does."""
    columns = {"stay": TEXT, "subject": TEXT, **dict.fromkeys(chart.known, Number())}
    stays = read_table(path, columns | {time_name(outcome): TIME for outcome in chart.outcomes})
    require_unique(path.name, stays["stay"])
    _checked(path.name, chart.known, stays)
    return stays


def read_charts(chart: Chart, path: Path, stays: pd.Series) -> dict[str, np.ndarray]:
    """Return every channel, name -> (rows, stays); of several values in a row, the last. Raises as `recorded` does."""
    columns = {"stay": TEXT, "hour": Number(0.0, unit="h")}
    rows = read_table(path, columns | dict.fromkeys(chart.channels, Number(optional=True)))
    place = pd.Index(stays).get_indexer(rows["stay"])
    if (place < 0).any():
        row = int(np.argmax(place < 0))
        raise ValueError(
            f"{path.name}: stay {rows['stay'].iloc[row]!r} (row {row + 1}) is not in {STAYS_FILE}"
        )
    require_increasing(path.name, rows["stay"], rows["hour"])
    _checked(path.name, chart.channels, rows)
    step = np.maximum(np.ceil(rows["hour"].to_numpy() / chart.hours).astype(int) - 1, 0)
    found = {}
    for name in chart.channels:
        own = rows[name].to_numpy(dtype=float)
        kept = np.isfinite(own) & (step < chart.rows)
        found[name] = np.full((chart.rows, len(stays)), np.nan)
        found[name][step[kept], place[kept]] = own[kept]
    return found


def _checked(source: str, channels: Mapping[str, Channel], rows: pd.DataFrame) -> None:
    """Raise ValueError on a value that nobody alive can have."""
    try:
        check(channels, rows[list(channels)].to_numpy(dtype=float).T)
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from None
