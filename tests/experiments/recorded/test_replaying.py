"""Recorded cases replayed: scored against what was shown, refused where there is nothing to score."""

import json

import numpy as np
import pandas as pd
import pytest

from experiments.recorded.recordings import data_folder, read_pump_displays
from experiments.recorded.replaying import PUMP_LIMITS, pump_table, score
from experiments.replay import Config, main
from experiments.running.command_line import run
from tests.experiments.test_replay import refused


@pytest.fixture
def recorded_folder(tmp_path):
    """A made-up recording of a case in the format of the data folder: bolus, then a steady infusion."""
    folder = tmp_path / "vitaldb"
    folder.mkdir()
    (folder / "cases.csv").write_text("caseid,age,sex,height,weight\n5,40,M,170,70\n")
    time = np.arange(0, 3000, 10)
    table = pd.DataFrame({"caseid": 5, "Time": time})
    table["BIS/BIS"] = np.where(time < 400, 90.0, 45.0 + time % 70 / 10)
    table["Solar8000/ART_MBP"] = np.where(time < 400, 95.0, 75.0 + time % 110 / 10)
    table["Solar8000/PLETH_HR"] = 70.0
    table["Orchestra/PPF20_RATE"] = np.where(time < 300, 0.0, np.where(time < 330, 800.0, 22.0))
    table["Orchestra/RFTN20_RATE"] = np.where(time < 300, 0.0, 25.0)
    table.to_parquet(folder / "signals.parquet")
    return folder


def test_recorded_cases_are_replayed_scored_and_drawn(recorded_folder, tmp_path, capsys):
    out = tmp_path / "out"
    run(main, Config, ["--vitaldb", str(recorded_folder), "--out", str(out)])
    names = {"cases.csv", "config.json", "examples.csv", "examples.png", "scores.png", "summary.md"}
    assert {path.name for path in out.iterdir()} == names
    case = pd.read_csv(out / "cases.csv").iloc[0]
    assert case["bis_samples"] == 270  # from the first propofol on
    assert case["bis_coverage"] == 100.0
    assert 0.3 < case["bis_correlation"] <= 1.0
    assert abs(case["bis_MDPE"]) <= case["bis_MDAPE"] < 60.0
    assert json.loads((out / "config.json").read_text())["config"]["bis_model"] == "bouillon"


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (lambda folder: [path.unlink() for path in folder.iterdir()], "is empty"),
        (lambda folder: (folder / "signals.parquet").write_bytes(b"PAR1half"), "not a readable parquet file"),
        (lambda folder: (folder / "cases.csv").unlink(), "cases.csv: No such file or directory"),
    ],
)
def test_damaged_recordings_are_refused_and_nothing_is_written(
    recorded_folder, tmp_path, capsys, damage, line
):
    damage(recorded_folder)
    arguments = ["--vitaldb", str(recorded_folder), "--out", str(tmp_path / "out")]
    refused(lambda: run(main, Config, arguments), capsys, line)
    assert not (tmp_path / "out").exists()


def rewrite(folder, **tracks):
    table = pd.read_parquet(folder / "signals.parquet")
    names = {"bis": "BIS/BIS", "pressure": "Solar8000/ART_MBP", "propofol": "Orchestra/PPF20_RATE"}
    table.assign(**{names[name]: value for name, value in tracks.items()}).to_parquet(
        folder / "signals.parquet"
    )


@pytest.mark.parametrize("tracks", [{"bis": 0.0}, {"bis": np.nan}, {"propofol": 0.0}])
def test_an_index_that_is_never_shown_under_propofol_is_refused(recorded_folder, tmp_path, capsys, tracks):
    rewrite(recorded_folder, **tracks)
    arguments = ["--vitaldb", str(recorded_folder), "--out", str(tmp_path / "out")]
    refused(
        lambda: run(main, Config, arguments), capsys, "has both propofol and, after it, a value of BIS/BIS"
    )
    assert not (tmp_path / "out").exists()


def test_an_index_that_never_moves_is_refused(recorded_folder, tmp_path, capsys):
    rewrite(recorded_folder, bis=50.0)
    arguments = ["--vitaldb", str(recorded_folder), "--out", str(tmp_path / "out")]
    refused(lambda: run(main, Config, arguments), capsys, "the track BIS/BIS in")


def test_a_record_without_pressure_is_scored_by_its_index(recorded_folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("experiments.recorded.replaying.write_figure", lambda path, figure: path.touch())
    rewrite(recorded_folder, pressure=np.nan)
    run(main, Config, ["--vitaldb", str(recorded_folder), "--out", str(tmp_path / "out")])
    summary = (tmp_path / "out" / "summary.md").read_text()
    assert "| mean arterial pressure, mmHg | 0 | none | none | none | none |" in summary
    assert "nan" not in summary


def test_scores_of_a_known_error():
    truth = 40.0 + 10.0 * np.sin(np.arange(100.0) / 7.0)[:, None]
    measured = {"bis": 1.1 * truth, "pressure": np.full_like(truth, np.nan)}
    measured["bis"][::4] = np.nan
    measured["bis"][0] = 1.1 * truth[0]
    row = score(np.array(["1"]), measured, {"bis": truth, "pressure": truth}).iloc[0]
    assert row["bis_MDPE"] == pytest.approx(10.0)
    assert row["bis_MDAPE"] == pytest.approx(10.0)
    assert row["bis_correlation"] == pytest.approx(1.0)
    assert row["bis_coverage"] == pytest.approx(76.0)
    assert row["pressure_samples"] == 0
    assert np.isnan(row["pressure_MDPE"])


def test_simulated_effect_sites_are_those_the_real_pumps_displayed():
    try:
        folder = data_folder()
    except ValueError as error:
        pytest.skip(str(error))
    errors = pump_table(read_pump_displays(folder / "vitaldb"))
    assert errors.groupby("drug").size().to_dict() == {"propofol": 13, "remifentanil": 13}
    for drug, rows in errors.groupby("drug"):
        assert rows["MDAPE"].median() <= PUMP_LIMITS[drug]
