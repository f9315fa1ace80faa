"""Charts of one's own are read as they were written; what is wrong with them is said in a line."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.risk.charted.alarms import time_name
from experiments.risk.charted.recorded import recorded
from experiments.risk.intensive_care.sites import CHART, SURGICAL
from sim.outcomes.intensive_care.channels import CHANNELS, ENDS, HOURS, KNOWN
from sim.outcomes.intensive_care.stay import SHOWN

PEOPLE = 30


@pytest.fixture(scope="module")
def simulated():
    return SURGICAL.cases(PEOPLE, 21)


@pytest.fixture
def folder(simulated, tmp_path):
    """The simulated stays as somebody would export them."""
    known = {name: simulated[name][0] for name in KNOWN}
    ends = {time_name(end): simulated.label(time_name(end))[0] for end in ENDS}
    people = pd.DataFrame({"stay": simulated.who, "subject": simulated.subject, **known, **ends})
    people.replace(np.inf, np.nan).to_csv(tmp_path / "stays.csv", index=False)
    rows = pd.DataFrame({name: simulated[name].astype(float).T.ravel() for name in CHANNELS})
    rows.insert(0, "hour", np.tile(HOURS * (1.0 + np.arange(SHOWN)), PEOPLE))
    rows.insert(0, "stay", np.repeat(simulated.who, SHOWN))
    rows.to_csv(tmp_path / "charts.csv", index=False)
    return tmp_path


def change(path, column, value):
    table = pd.read_csv(path)
    table[column] = value(table[column])
    table.to_csv(path, index=False)


def test_what_is_exported_is_read_again(simulated, folder):
    found, lines = recorded(CHART, folder)
    assert f"{PEOPLE} stays" in lines[0]
    for name in (*CHANNELS, *KNOWN):
        np.testing.assert_allclose(found[name], simulated[name], rtol=1e-6)
    for end in ENDS:
        np.testing.assert_array_equal(found.label(end), simulated.label(end))


def test_a_folder_of_another_kind_is_named(folder, tmp_path):
    (folder / "charts.csv").unlink()
    with pytest.raises(ValueError, match=r"holds no charts.csv; a folder with stays.csv and charts.csv"):
        recorded(CHART, folder)
    with pytest.raises(ValueError, match=r"data: .*nowhere is not allowed"):
        recorded(CHART, tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("file", "column", "value", "words"),
    [
        ("charts.csv", "creatinine", lambda old: 88.4 * old, r"charts.csv: creatinine: .* not µmol/L"),
        ("charts.csv", "saturation", lambda old: old + 20.0, r"charts.csv: saturation: .* 30 to 100 %"),
        ("charts.csv", "stay", lambda old: "nobody", r"charts.csv: stay 'nobody' \(row 1\) is not in stays.csv"),
        ("charts.csv", "hour", lambda old: 5.0, r"charts.csv: hour 5 \(row 2, case .*it must increase"),
        ("stays.csv", "age", lambda old: -old, r"stays.csv: age: -.* is not allowed; 16 to 110 years"),
        ("stays.csv", "stay", lambda old: "same", r"stays.csv: stay 'same' \(row 2\) is there twice"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(folder, file, column, value, words):
    change(folder / file, column, value)
    with pytest.raises(ValueError, match=words):
        recorded(CHART, folder)


def test_a_missing_column_is_named(folder):
    pd.read_csv(folder / "charts.csv").drop(columns="lactate").to_csv(folder / "charts.csv", index=False)
    with pytest.raises(ValueError, match=r"charts.csv: column 'lactate' is missing"):
        recorded(CHART, folder)
