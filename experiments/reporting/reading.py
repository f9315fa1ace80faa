"""A finished evaluation, read from its folder: whole, or refused with the name of the file that is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.judging.arms.seeds import arm
from experiments.judging.verdicts import PRESSURE, PRIMARY, agents_of

DRAWN = 2000  # patients, chosen at random where there are more; tables are of all
ROWS = 50_000  # of the table of cases, read at a time
PEOPLE = ["patient", "age", "sex", "height", "weight"]
COLUMNS = {
    "cases.csv": ("agent", *PEOPLE, PRIMARY, PRESSURE),
    "summary.csv": ("agent", "metric", "label", "unit", "n", "median", "iqm", "difference", "difference_low"),
    "traces.parquet": ("agent", "patient", "time_s", "bis"),
    "worst.parquet": ("agent", "patient", "time_s", "bis"),
    "moments.csv": ("agent", "moment", "signal", "offset_s", "mean", "low", "high"),
    "aggregates.csv": ("arm", "seeds", "iqm", "gap", "worst", "lowest", "highest"),
    "profiles.csv": ("arm", "value", "share", "low", "high"),
    "pairs.csv": ("arm", "other", "metric", "difference", "low", "high", "p_holm"),
}
MAY_BE_EMPTY = ("pairs.csv", "moments.csv")
KEYS = {
    "config.json": ("config", "versions", "date", "command"),
    "run.json": ("agents", "observers", "notes", "code"),
}
ASKED = ("patients", "horizon", "seed", "cohort", "faults", "models")  # of the configuration in config.json
AGAIN = "run python -m experiments.closed_loop into another folder, or again after removing this file"


@dataclass(frozen=True)
class Results:
    """The tables of a folder. Agents are arms, the reference first; what was trained several times is one.

    Attributes:
        people: who the patients are, one row each.
        cases: of the patients that are drawn: all, or a sample where there are more than `DRAWN`.
        worst_cases: of the patients whose traces are in `worst`.
        summary, worst: as they are.
        traces: of one seed of every arm, the first.
        moments, aggregates, profiles, pairs: as they are.
        config, run: what was asked, and what it became.
    """

    people: pd.DataFrame
    cases: pd.DataFrame
    worst_cases: pd.DataFrame
    summary: pd.DataFrame
    traces: pd.DataFrame
    worst: pd.DataFrame
    moments: pd.DataFrame
    aggregates: pd.DataFrame
    profiles: pd.DataFrame
    pairs: pd.DataFrame
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
    summary, moments, aggregates, profiles, pairs = (
        _table(folder / name, pd.read_csv)
        for name in ("summary.csv", "moments.csv", "aggregates.csv", "profiles.csv", "pairs.csv")
    )
    traces, worst = (_table(folder / name, pd.read_parquet) for name in ("traces.parquet", "worst.parquet"))
    patients = config["config"]["patients"]
    drawn = np.random.default_rng(0).permutation(patients)[:DRAWN]
    agents = agents_of(summary)
    people, cases, worst_cases = read_cases(
        folder / "cases.csv", agents, patients, drawn, worst["patient"].unique()
    )
    worst_cases = worst_cases.merge(worst[["agent", "patient"]].drop_duplicates())
    first = traces["agent"].drop_duplicates()
    first = first[~first.map(arm).duplicated()]
    traces = traces[traces["agent"].isin(first)]
    cases, worst_cases, traces, worst = map(_of_arms, (cases, worst_cases, traces, worst))
    return Results(
        people, cases, worst_cases, summary, traces, worst,
        moments, aggregates, profiles, pairs, config, made,
    )  # fmt: skip


def _of_arms(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with arms in the place of agents."""
    names = {label: arm(label) for label in table["agent"].unique()}
    return table.assign(agent=table["agent"].map(names))


def read_cases(path: Path, agents: list[str], patients: int, *chosen: np.ndarray) -> list[pd.DataFrame]:
    """Return who the patients are, as the first agent met them, and all rows of each set of patients; a part at a time.

    Raises:
        ValueError: a row is cut short, or an agent has not as many rows as there are patients.
    """
    found: list[list[pd.DataFrame]] = [[] for _ in range(1 + len(chosen))]
    rows_of: dict[str, int] = {}
    for rows in _tried(path, lambda file: list(pd.read_csv(file, chunksize=ROWS))):
        _checked(path, rows)
        if rows[PEOPLE].isna().to_numpy().any() or not pd.api.types.is_numeric_dtype(rows[PRIMARY]):
            raise _refused(path, "has a row that is cut short or holds something else than numbers")
        for agent, count in rows["agent"].value_counts().items():
            rows_of[str(agent)] = rows_of.get(str(agent), 0) + count
        rows_of_first = rows["agent"].map(arm) == agents[0]
        found[0].append(rows.loc[rows_of_first, PEOPLE].drop_duplicates("patient"))
        for kept, patients_kept in zip(found[1:], chosen, strict=True):
            kept.append(rows[rows["patient"].isin(patients_kept)])
    absent = dict.fromkeys(set(agents) - {arm(label) for label in rows_of}, 0)
    for agent, count in (rows_of | absent).items():
        if count != patients:
            raise _refused(path, f"has {count} rows of {agent}; {patients} are needed, one a patient")
    tables = [pd.concat(rows, ignore_index=True) for rows in found]
    return [tables[0].drop_duplicates("patient", ignore_index=True), *tables[1:]]


def _record(path: Path) -> dict[str, Any]:
    record = _tried(path, lambda file: json.loads(file.read_text(encoding="utf-8")))
    _has(path, record, KEYS[path.name])
    return record


def _table(path: Path, reader: Callable[[Path], pd.DataFrame]) -> pd.DataFrame:
    table = _tried(path, reader)
    _checked(path, table)
    return table


def _checked(path: Path, table: pd.DataFrame) -> None:
    if table.empty and path.name not in MAY_BE_EMPTY:
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
