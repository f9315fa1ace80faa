"""Recording cases from the command line: files that hold what the loop did, or one line that says what was wrong."""

from __future__ import annotations

import json

import numpy as np
import pytest

from experiments.record import Config, main
from experiments.running.command_line import run


def record(folder, *options):
    run(main, Config, ["--horizon", "60", "--out", str(folder), *options])


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    pytest.importorskip("vitaldb", reason="the package vitaldb is not installed")
    pytest.importorskip("edfio", reason="the package edfio is not installed")
    folder = tmp_path_factory.mktemp("recorded")
    record(folder, "--patients", "2", "--seed", "4", "--format", "both", "--picture")
    return folder


def test_a_file_a_case_and_what_made_them(recorded):
    names = {path.name for path in recorded.iterdir()}
    cases = {f"case_{number}.{suffix}" for number in (0, 1) for suffix in ("vital", "edf", "png")}
    assert names == cases | {"config.json"}
    assert json.loads((recorded / "config.json").read_text())["seed"] == 4


def test_tracks_are_called_as_in_vitaldb_and_hold_the_case(recorded):
    import vitaldb

    file = vitaldb.VitalFile(str(recorded / "case_1.vital"))
    names = set(file.get_track_names())
    assert {
        "BIS/EEG1_WAV", "BIS/BIS", "BIS/SQI", "BIS/SR", "BIS/EMG", "BIS/SEF", "SNUADC/ART", "SNUADC/PLETH",
        "SNUADC/ECG_II", "Solar8000/ART_MBP", "Solar8000/HR", "Orchestra/PPF20_RATE", "Orchestra/RFTN20_RATE",
        "Orchestra/PPF20_CE", "Orchestra/RFTN20_CE", "EVENT",
    } <= names  # fmt: skip
    pressure = file.to_numpy(["SNUADC/ART"], 0.01)[:, 0]
    assert len(pressure) == 6000
    mean, true = (
        np.median(pressure.reshape(6, -1).mean(1)),
        np.median(file.to_numpy(["Testbed/TRUE_MBP"], 10.0)),
    )
    assert mean == pytest.approx(true, rel=0.15)
    assert 80.0 < np.nanmedian(file.to_numpy(["BIS/BIS"], 1.0)[:10]) <= 100.0
    assert np.nanmax(file.to_numpy(["Orchestra/PPF20_RATE"], 10.0)) > 0.0


def test_a_case_is_the_same_alone_as_among_others(recorded, tmp_path):
    import vitaldb

    record(tmp_path, "--patients", "1", "--seed", "4")
    both = [vitaldb.VitalFile(str(folder / "case_0.vital")) for folder in (recorded, tmp_path)]
    for name, interval in (("BIS/EEG1_WAV", 1 / 128), ("SNUADC/ECG_II", 1 / 250), ("Solar8000/HR", 10.0)):
        np.testing.assert_allclose(*(file.to_numpy([name], interval) for file in both), rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--patients", "0"), "patients: 0"),
        (("--horizon", "-5"), "horizon: -5"),
        (("--horizon", "1e9"), "horizon: 1e+09"),
        (("--horizon", "61"), "horizon"),
        (("--agent", "nobody"), "nobody"),
        (("--bis-source", "tea"), "tea"),
        (("--format", "wav"), "wav"),
        (("--seed", "-1"), "-1"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(tmp_path, capsys, options, named):
    with pytest.raises(SystemExit) as stop:
        record(tmp_path / "out", *options)
    assert stop.value.code == 2
    said = capsys.readouterr().err.strip()
    assert said.count("\n") == 0
    assert named in said
    assert not (tmp_path / "out").exists()
