"""Tables as spreadsheets write them: between commas, or between semicolons with decimal commas."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

DECIMAL_COMMA = r"^\s*(-?\d*),(\d+)\s*$"


def read_text(path: Path) -> pd.DataFrame:
    """Return the cells of a CSV file as text, stripped of nothing but decimal commas, which become points.

    A header with semicolons and no comma says that semicolons part the columns; only then are commas decimal.

    Raises:
        OSError: the file cannot be opened.
        ValueError: it is no UTF-8 text or no table (pandas' and Python's own errors are ValueErrors).
    """
    import pandas as pd  # only here: the rest of sim does without

    with path.open(encoding="utf-8-sig") as file:
        header = file.readline()
    semicolons = ";" in header and "," not in header
    table = pd.read_csv(
        path,
        sep=";" if semicolons else ",",
        dtype=str,
        keep_default_na=False,
        encoding="utf-8-sig",
        index_col=False,
    )
    return table.replace(DECIMAL_COMMA, r"\1.\2", regex=True) if semicolons else table
