import numpy as np
import pandas as pd
import pytest

from experiments.recorded.pumps.tracks import hold
from experiments.recorded.recordings import (
    INTERVAL,
    clean_bis,
    clean_pressure,
    data_folder,
    propofol_rate,
    read_cases,
    read_vitaldb,
    shown_pressure,
)

CASES = "caseid,age,sex,height,weight\n7,40,M,170,70\n8,60,F,160,60\n"


@pytest.fixture
def folder(tmp_path):
    """Two cases on the grid of the recordings, in the format of the data folder."""
    (tmp_path / "cases.csv").write_text(CASES)
    table = pd.DataFrame(
        {
            "caseid": [7, 7, 7, 8, 8],
            "Time": [0, 10, 30, 0, 10],
            "BIS/BIS": [97.0, 0.0, 41.0, 50.0, np.nan],
            "Solar8000/ART_MBP": [90.0, -50.0, 88.0, np.nan, np.nan],
            "Solar8000/PLETH_HR": [70.0, 70.0, 71.0, 60.0, 61.0],
            "Orchestra/PPF20_RATE": [0.0, 1200.0, 36.0, np.nan, 18.0],
            "Orchestra/RFTN20_RATE": [0.0, 18.0, 18.0, 0.0, 0.0],
        }
    )
    table.to_parquet(tmp_path / "signals.parquet")
    return tmp_path


def recorded():
    """The real recordings, or a skip that says why."""
    try:
        return data_folder()
    except ValueError as error:
        pytest.skip(str(error))


def test_cases_lie_side_by_side_with_nan_where_nothing_was_recorded(folder):
    recordings = read_vitaldb(folder)
    assert recordings.caseid.tolist() == ["7", "8"]
    np.testing.assert_array_equal(
        recordings.signals["bis"], [[97.0, 50.0], [0.0, np.nan], [np.nan, np.nan], [41.0, np.nan]]
    )
    np.testing.assert_array_equal(recordings.covariates.female, [0.0, 1.0])


def test_a_table_of_text_is_read_as_one_of_parquet_is(folder):
    parquet = read_vitaldb(folder)
    pd.read_parquet(folder / "signals.parquet").to_csv(folder / "signals.csv", index=False)
    (folder / "signals.parquet").unlink()
    text = read_vitaldb(folder)
    for name, values in parquet.signals.items():
        np.testing.assert_array_equal(text.signals[name], values)


def test_pump_rates_become_drug_per_second(folder):
    rate = propofol_rate(read_vitaldb(folder))
    # 1200 mL/h of 20 mg/mL is 6.667 mg/s; the missing third sample holds it
    np.testing.assert_allclose(rate[:, 0], [0.0, 20 / 3, 20 / 3, 0.2])
    np.testing.assert_allclose(rate[:, 1], [0.0, 0.1, 0.1, 0.1])


def test_gaps_in_rates_hold_the_last_rate_for_five_minutes_then_stop():
    rate = np.full((40, 1), np.nan)
    rate[2] = 36.0
    filled = hold(rate)[:, 0]
    assert filled[:2].tolist() == [0.0, 0.0]
    last_held = 2 + int(300 / INTERVAL)
    assert (filled[2 : last_held + 1] == 36.0).all()
    assert (filled[last_held + 1 :] == 0.0).all()


def test_bis_zero_is_missing():
    np.testing.assert_array_equal(
        clean_bis(np.array([0.0, 40.0, 120.0, -1.0])), [np.nan, 40.0, np.nan, np.nan]
    )


def test_pressure_artefacts_are_removed_and_true_changes_kept():
    pressure = np.full((60, 1), 80.0)
    pressure[20] = 150.0  # a flush inside the plausible range
    pressure[30] = -40.0
    pressure[31] = 270.0
    pressure[45:] = 130.0  # the patient wakes
    clean = clean_pressure(pressure)[:, 0]
    assert np.flatnonzero(np.isnan(clean)).tolist() == [20, 30, 31]


def test_the_cuff_speaks_where_there_never_was_an_arterial_line(folder):
    """A monitor shows its last measurement until the next; only the moment of measuring is a reading."""
    table = pd.read_parquet(folder / "signals.parquet")
    table["Solar8000/NIBP_MBP"] = [60.0, 60.0, 61.0, 75.0, 75.0]
    table.to_parquet(folder / "signals.parquet")
    table["Solar8000/ART_MBP"] = [90.0, 89.0, 88.0, np.nan, np.nan]
    dense = pd.concat([table.assign(Time=table["Time"] + shift) for shift in (0, 40, 80)])
    dense.sort_values(["caseid", "Time"]).to_parquet(folder / "signals.parquet")
    pressure = shown_pressure(read_vitaldb(folder))
    assert set(pressure[np.isfinite(pressure[:, 0]), 0]) == {90.0, 89.0, 88.0}
    assert np.flatnonzero(pressure[:, 1] == 75.0).tolist() == [0, 4, 8]
    assert np.isfinite(pressure[:, 1]).sum() == 3


def test_a_folder_without_pressure_and_heart_rate_is_read(folder):
    table = pd.read_parquet(folder / "signals.parquet")
    table.drop(columns=["Solar8000/ART_MBP", "Solar8000/PLETH_HR"]).to_parquet(folder / "signals.parquet")
    recordings = read_vitaldb(folder)
    assert np.isnan(shown_pressure(recordings)).all()
    assert np.isnan(recordings.signals["heart_rate"]).all()
    assert np.isfinite(recordings.signals["bis"]).any()


def test_people_between_semicolons_and_cases_as_spreadsheets_write_them(folder):
    (folder / "cases.csv").write_text("caseid;age;sex;height;weight\n7,0;40;M;170;70,5\n8.0;60;F;160;60\n")
    recordings = read_vitaldb(folder)
    assert recordings.caseid.tolist() == ["7", "8"]
    assert recordings.covariates.weight.tolist() == [70.5, 60.0]


def test_a_table_between_tabs_says_what_was_seen(folder):
    (folder / "cases.csv").write_text(CASES.replace(",", "\t"))
    with pytest.raises(ValueError, match=r"column 'caseid' is missing; .*there are caseid\tage\tsex"):
        read_cases(folder / "cases.csv")


def test_vital_files_are_read_onto_the_same_grid(tmp_path):
    vitaldb = pytest.importorskip("vitaldb", reason="the package vitaldb is not installed")
    (tmp_path / "cases.csv").write_text(CASES)
    file = vitaldb.VitalFile()
    file.dtstart, file.dtend = 1000.0, 1100.0
    file.add_track("BIS/BIS", [{"dt": 1000.0 + t, "val": 90.0 - t} for t in range(50)])
    file.add_track("Orchestra/PPF20_RATE", [{"dt": 1000.0 + t, "val": 36.0} for t in range(0, 100, 2)])
    file.to_vital(str(tmp_path / "0008.vital"))
    recordings = read_vitaldb(tmp_path)
    assert recordings.caseid.tolist() == ["8"]
    assert recordings.covariates.age.tolist() == [60.0]
    # the last value of each 10 s, as in the parquet files
    np.testing.assert_allclose(recordings.signals["bis"][:5, 0], [81.0, 71.0, 61.0, 51.0, 41.0])
    assert np.isnan(recordings.signals["bis"][5:]).all()
    np.testing.assert_allclose(recordings.signals["propofol"][:, 0], 36.0)


def test_a_broken_vital_file_is_named(tmp_path):
    pytest.importorskip("vitaldb", reason="the package vitaldb is not installed")
    (tmp_path / "cases.csv").write_text(CASES)
    (tmp_path / "7.vital").write_bytes(b"not gzip")
    with pytest.raises(ValueError, match=r"7\.vital: not a readable \.vital file"):
        read_vitaldb(tmp_path)


def test_a_truncated_parquet_file_is_named(folder):
    path = folder / "signals.parquet"
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ValueError, match=r"signals\.parquet: not a readable parquet file"):
        read_vitaldb(folder)


def test_time_that_runs_backward_is_refused(folder):
    table = pd.read_parquet(folder / "signals.parquet")
    table["Time"] = [0, 30, 10, 0, 10]
    table.to_parquet(folder / "signals.parquet")
    with pytest.raises(ValueError, match=r"Time 10 \(row 3, case 7\) comes after 30; it must increase"):
        read_vitaldb(folder)


def test_a_case_without_a_patient_is_refused(folder):
    (folder / "cases.csv").write_text(CASES.replace("8,60", "9,60"))
    with pytest.raises(ValueError, match="case '8' is not in the table of patients"):
        read_vitaldb(folder)


def test_a_misspelt_column_names_the_closest(folder):
    (folder / "cases.csv").write_text(CASES.replace("weight", "wieght"))
    with pytest.raises(ValueError, match=r"cases\.csv: column 'weight' is missing; did you mean 'wieght'\?"):
        read_cases(folder / "cases.csv")


def test_a_folder_without_recordings_says_what_is_expected(tmp_path):
    (tmp_path / "cases.csv").write_text(CASES)
    with pytest.raises(
        ValueError, match=r"holds neither signals\.parquet nor signals\.csv nor \.vital files"
    ):
        read_vitaldb(tmp_path)


def test_the_data_folder_is_found_by_the_environment(tmp_path, monkeypatch):
    (tmp_path / "here").write_text("")
    monkeypatch.setenv("ANESTHESIA_DATA", str(tmp_path))
    assert data_folder() == tmp_path


@pytest.mark.parametrize(("name", "words"), [("nowhere", "does not exist"), ("empty", "is empty")])
def test_a_missing_or_empty_data_folder_is_refused(tmp_path, name, words):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=words):
        data_folder(tmp_path / name)


def test_real_cases_look_as_they_are_described():
    recordings = read_vitaldb(recorded() / "vitaldb")
    assert len(recordings.caseid) == 957
    bis = clean_bis(recordings.signals["bis"])
    steady = np.nanmedian(bis)
    assert 38.0 < steady < 44.0  # clinicians hold BIS near 41
    pressure = clean_pressure(recordings.signals["pressure"])
    assert 70.0 < np.nanmedian(pressure) < 90.0
    doses = propofol_rate(recordings)
    awake = np.isfinite(bis)
    per_hour = 3600.0 * doses.sum(axis=0) / np.maximum(awake.sum(axis=0), 1) / recordings.covariates.weight
    assert 4.0 < np.median(per_hour) < 8.0  # mg/kg/h
