"""Records that anaesthetists can be fitted to, made once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.depth_folder import recorded_cases, write_parquet_folder

PEOPLE = 70


@pytest.fixture(scope="session")
def dosed(tmp_path_factory):
    """Records of simulated people under the shipped anaesthetist, with times of surgery and totals of pressors."""
    path = tmp_path_factory.mktemp("records")
    cases = recorded_cases(PEOPLE)
    write_parquet_folder(path, cases)
    table = pd.read_csv(path / "cases.csv")
    over = (cases["phase"] == 6.0).argmax(axis=0)
    table["opstart"], table["opend"] = 1500.0, 10.0 * over + 120.0
    table["intraop_eph"], table["intraop_phe"] = (
        5.0 * (np.arange(PEOPLE) % 2),
        50.0 * (np.arange(PEOPLE) % 5 == 0),
    )
    table.to_csv(path / "cases.csv", index=False)
    return path
