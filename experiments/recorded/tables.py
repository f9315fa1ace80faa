"""Tables that people hand us: read, checked column by column, refused with one line saying where and why."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow.parquet

from sim.registry import Registry
from sim.settings import read_text, shown


class Number(NamedTuple):
    """What a numeric column may hold: finite, from `low` to `high`, in `unit`; empty only where said."""

    low: float = -np.inf
    high: float = np.inf
    unit: str = ""
    optional: bool = False


TEXT = (
    None  # a column of names, kept as written (but 7.0, as spreadsheets write numbers, is 7) and never empty
)
WHOLE = r"^(\d+)\.0+$"
Columns = Mapping[str, Number | None]


def read_table(path: str | Path, columns: Columns) -> pd.DataFrame:
    """Read the named columns of a CSV or parquet file.

    Args:
        path: *.parquet is read as parquet, everything else as UTF-8 text; see `read_cells`.
        columns: name -> `Number` (becomes float64) or `TEXT` (becomes str).

    Raises:
        ValueError: naming the file, the column, the row (1 is the first below the header), the value and what
            is allowed: a column that is missing (with the closest name found), a table without rows, an empty
            cell, a value that is no number or out of range.
        OSError: where the file cannot be opened.
    """
    path = Path(path)
    return checked(path.name, read_cells(path), columns)


def checked(source: str, table: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """Return the named columns of a table as `read_table` does. Raises ValueError as it does, naming the source."""
    for name in columns:
        if name not in table.columns:
            raise ValueError(f"{source}: column {name!r} is missing{closest(name, table.columns)}")
    if table.empty:
        raise ValueError(f"{source}: there are no rows below the header")
    return pd.DataFrame(
        {
            name: _text(source, table[name]) if number is TEXT else _number(source, table[name], number)
            for name, number in columns.items()
        }
    )


def closest(name: str, allowed: Iterable[str]) -> str:
    """Return the end of an error line: the likely meant name, if one is close, and all that is allowed."""
    names = [str(other) for other in allowed]
    folded = {other.lower().strip(): other for other in names}
    near = difflib.get_close_matches(name.lower(), folded, n=1)
    hint = f"; did you mean {folded[near[0]]!r}?" if near else ";"
    return f"{hint} there are {', '.join(names)}"


def require_known(field: str, name: str, registry: Registry) -> None:
    """Raise ValueError where a registry does not know a name, with the closest one it knows."""
    if name not in registry:
        raise ValueError(f"{field}: {name!r} is not known{closest(name, registry)}")


def require_names(source: str, column: pd.Series, registry: Registry) -> None:
    """Raise ValueError at the first name in a column that a registry does not know."""
    for row, name in enumerate(column, start=1):
        require_known(f"{source}: {column.name} (row {row})", name, registry)


def require_unique(source: str, column: pd.Series) -> None:
    """Raise ValueError at the first repeated value."""
    repeated = column.duplicated().to_numpy()
    if repeated.any():
        row = int(np.argmax(repeated))
        raise ValueError(
            f"{source}: {column.name} {column.iloc[row]!r} (row {row + 1}) is there twice; once is allowed"
        )


def require_increasing(source: str, case: pd.Series, time: pd.Series) -> None:
    """Raise ValueError where time does not increase from row to row within a case."""
    before = time.groupby(case, sort=False).shift()
    backward = (time <= before).to_numpy()
    if backward.any():
        row = int(np.argmax(backward))
        raise ValueError(
            f"{source}: {time.name} {time.iloc[row]:g} (row {row + 1}, case {case.iloc[row]}) comes after "
            f"{before.iloc[row]:g}; it must increase within a case"
        )


def columns_of(path: Path) -> list[str]:
    """Return the names of the columns of a table. Raises ValueError or OSError as `read_table` does."""
    if path.suffix != ".parquet":
        return list(read_cells(path).columns)
    with _refusing(path):
        return list(pyarrow.parquet.read_schema(path).names)


def read_cells(path: Path) -> pd.DataFrame:
    """Read a table as it is written: text of a CSV file (see `sim.settings.read_text`), values of a parquet file.

    Raises:
        ValueError: the file cannot be read as what it is called.
        OSError: the file cannot be opened.
    """
    with _refusing(path):
        return pd.read_parquet(path) if path.suffix == ".parquet" else read_text(path)


@contextlib.contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Turn whatever a reader says of a file that is there into one line."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (ValueError, OSError) as error:
        kind = "parquet file" if path.suffix == ".parquet" else "CSV file"
        raise ValueError(f"{path}: not a readable {kind} ({error})") from None


def _text(source: str, column: pd.Series) -> pd.Series:
    text = column.astype(str).str.strip().str.replace(WHOLE, r"\1", regex=True)
    empty = (column.isna() | (text == "")).to_numpy()
    if empty.any():
        row = int(np.argmax(empty)) + 1
        raise ValueError(f"{source}: {column.name} (row {row}) is empty; a name is needed")
    return text


def _number(source: str, column: pd.Series, allowed: Number) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    bad = ~(numbers.between(allowed.low, allowed.high) & np.isfinite(numbers)).to_numpy()
    if allowed.optional:
        bad &= ~(column.isna() | column.isin([""])).to_numpy()
    if bad.any():
        row = int(np.argmax(bad))
        raise ValueError(
            f"{source}: {column.name} {shown(column.iloc[row])} (row {row + 1}) is not allowed; {_range(allowed)}"
        )
    return numbers


def _range(allowed: Number) -> str:
    if np.isfinite(allowed.high):
        words = f"{allowed.low:g} to {allowed.high:g}"
    elif np.isfinite(allowed.low):
        words = f"a number of at least {allowed.low:g}"
    else:
        words = "a finite number"
    return f"{words} {allowed.unit}".strip()
