"""A finished evaluation, read from its folder: whole, or refused with the name of the file that is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.judging.verdicts import PRESSURE, PRIMARY, agents_of

DRAWN = 2000  # patients, chosen at random where there are more; tables are of all
ROWS = 50_000  # of the table of cases, read at a time
PEOPLE = ["patient", "age", "sex", "height", "weight"]
COLUMNS = {
    "cases.csv": ("agent", *PEOPLE, PRIMARY, PRESSURE),
    "summary.csv": ("agent", "metric", "label", "unit", "n", "median", "iqm", "difference", "difference_low"),
    "traces.parquet": ("agent", "patient", "time_s", "bis"),
    "worst.parquet": ("agent", "patient", "time_s", "bis"),
}
KEYS = {
    "config.json": ("config", "versions", "date", "command"),
    "run.json": ("agents", "observers", "notes", "code"),
}
ASKED = ("patients", "horizon", "seed", "cohort", "faults", "models")  # of the configuration in config.json
AGAIN = "run python -m experiments.closed_loop into another folder, or again after removing this file"


@dataclass(frozen=True)
class Results:
    """The tables of a folder; agents start with the reference.

    Attributes:
        people: who the patients are, one row each.
        cases: of the patients that are drawn: all, or a sample where there are more than `DRAWN`.
        worst_cases: of the patients whose traces are in `worst`.
        summary, traces, worst: as they are.
        config, run: what was asked, and what it became.
    """

    people: pd.DataFrame
    cases: pd.DataFrame
    worst_cases: pd.DataFrame
    summary: pd.DataFrame
    traces: pd.DataFrame
    worst: pd.DataFrame
    config: dict[str, Any]
    run: dict[str, Any]

    @property
    def agents(self) -> list[str]:
        """Names, the reference first."""
        return agents_of(self.summary)


def read(folder: Path) -> Results:
    """Read a finished evaluation.

    Raises:
        ValueError: naming the file that is missing, cannot be read, or is not whole, and what it lacks.
    """
    for name in (*COLUMNS, *KEYS):
        if not (folder / name).exists():
            raise ValueError(f"results: {folder} has no {name}; run python -m experiments.closed_loop first")
    config, made = (_record(folder / name) for name in KEYS)
    _has(folder / "config.json", config["config"], ASKED, "config.")
    summary = _table(folder / "summary.csv", pd.read_csv)
    traces, worst = (_table(folder / name, pd.read_parquet) for name in ("traces.parquet", "worst.parquet"))
    patients = config["config"]["patients"]
    drawn = np.random.default_rng(0).permutation(patients)[:DRAWN]
    agents = agents_of(summary)
    people, cases, worst_cases = read_cases(
        folder / "cases.csv", agents, patients, drawn, worst["patient"].unique()
    )
    return Results(people, cases, worst_cases, summary, traces, worst, config, made)


def read_cases(path: Path, agents: list[str], patients: int, *chosen: np.ndarray) -> list[pd.DataFrame]:
    """Return who the patients are, as the first agent met them, and all rows of each set of patients; a part at a time.

    Raises:
        ValueError: a row is cut short, or an agent has not as many rows as there are patients.
    """
    found: list[list[pd.DataFrame]] = [[] for _ in range(1 + len(chosen))]
    rows_of = dict.fromkeys(agents, 0)
    for rows in _tried(path, lambda file: list(pd.read_csv(file, chunksize=ROWS))):
        _checked(path, rows)
        if rows[PEOPLE].isna().to_numpy().any() or not pd.api.types.is_numeric_dtype(rows[PRIMARY]):
            raise _refused(path, "has a row that is cut short or holds something else than numbers")
        for agent, count in rows["agent"].value_counts().items():
            rows_of[str(agent)] = rows_of.get(str(agent), 0) + count
        found[0].append(rows.loc[rows["agent"] == agents[0], PEOPLE])
        for kept, patients_kept in zip(found[1:], chosen, strict=True):
            kept.append(rows[rows["patient"].isin(patients_kept)])
    for agent, count in rows_of.items():
        if count != patients:
            raise _refused(path, f"has {count} rows of {agent}; {patients} are needed, one a patient")
    return [pd.concat(tables, ignore_index=True) for tables in found]


def _record(path: Path) -> dict[str, Any]:
    record = _tried(path, lambda file: json.loads(file.read_text(encoding="utf-8")))
    _has(path, record, KEYS[path.name])
    return record


def _table(path: Path, reader: Callable[[Path], pd.DataFrame]) -> pd.DataFrame:
    table = _tried(path, reader)
    _checked(path, table)
    return table


def _checked(path: Path, table: pd.DataFrame) -> None:
    if table.empty:
        raise _refused(path, "has no rows")
    _has(path, table.columns, COLUMNS[path.name], "column ")


def _has(path: Path, found: Any, needed: Iterable[str], what: str = "") -> None:
    absent = [name for name in needed if not (hasattr(found, "__contains__") and name in found)]
    if absent:
        raise _refused(path, f"has no {what}{absent[0]}")


def _tried(path: Path, reader: Callable[[Path], Any]) -> Any:
    """Return what a reader makes of a file. Raises ValueError, with its name, if that is nothing."""
    try:
        return reader(path)
    except (ValueError, OSError) as error:  # of JSON, of CSV and of parquet alike
        said = " ".join(str(error).split())[:120]
        raise _refused(path, f"cannot be read ({said})") from None


def _refused(path: Path, why: str) -> ValueError:
    return ValueError(f"results: {path} {why}; {AGAIN}")
