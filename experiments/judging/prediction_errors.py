"""How far predictions lie from measurements: Varvel's measures, record by record."""

from __future__ import annotations

import numpy as np
import pandas as pd


def median_errors(error: np.ndarray, record: np.ndarray) -> pd.DataFrame:
    """Return bias and inaccuracy of each record that has any sample.

    Args:
        error: (samples, columns), %, NaN where there is none.
        record: (columns,) the record a column belongs to; records may have several.

    Returns:
        One row a record: record, samples, MDPE and MDAPE (%), in order of first appearance.
    """
    sample, column = np.nonzero(np.isfinite(error))
    table = pd.DataFrame({"record": record[column], "error": error[sample, column]})
    table["absolute"] = table["error"].abs()
    groups = table.groupby("record", sort=False)
    errors = pd.DataFrame(
        {"samples": groups.size(), "MDPE": groups["error"].median(), "MDAPE": groups["absolute"].median()}
    )
    return errors.loc[pd.unique(record[np.isfinite(error).any(axis=0)])].reset_index()
